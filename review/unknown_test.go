package review_test

import (
	"errors"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// factsFor are those of a request of somebody's for themselves.
func factsFor(who request.Identity) review.Facts {
	req := request.Request{Type: request.DataAccess, Privilege: request.Read, Requester: who.Person(), Beneficiary: who.Person()}
	return review.NewFacts(req, request.Form{}, catalog.Asset{Ref: "warehouse:sales.public.orders", Kind: catalog.Table}, who, who, time.Date(2031, 1, 31, 9, 0, 0, 0, time.UTC))
}

// TestUnknownIsNotEmpty holds conditions about somebody of whom something is not known: an
// error, unless the result is the same whatever it is.
func TestUnknownIsNotEmpty(t *testing.T) {
	t.Parallel()
	none := request.Identity{ID: "none", Groups: []string{}, Attributes: map[string][]string{}}
	nothing := request.Identity{ID: "nothing"}
	for _, tt := range []struct {
		condition     string
		none, nothing string // true, false, or the error
	}{
		{`"staff" in beneficiary.groups`, "false", "beneficiary.groups is not known"},
		{`!("interns" in beneficiary.groups)`, "true", "beneficiary.groups is not known"},
		{`beneficiary.groups.all(g, g != "interns")`, "true", "beneficiary.groups is not known"},
		{`size(beneficiary.groups) == 0`, "true", "beneficiary.groups is not known"},
		{`beneficiary.groups == []`, "true", "beneficiary.groups is not known"},
		{`[beneficiary].exists(p, "staff" in p.groups)`, "false", "beneficiary.groups, beneficiary.attributes are not known"},
		{`sets.intersects(beneficiary.groups, ["staff"])`, "false", "beneficiary.groups is not known"},
		{`"country" in beneficiary.attributes`, "false", "beneficiary.attributes is not known"},
		{`has(beneficiary.attributes.country)`, "false", "beneficiary.attributes is not known"},
		{`"staff" in requester.groups && request.privilege == "READ"`, "false", "requester.groups is not known"},
		{`"staff" in beneficiary.groups && request.privilege == "READ_WRITE"`, "false", "false"},
		{`"staff" in beneficiary.groups || request.privilege == "READ"`, "true", "true"},
		{`request.privilege == "READ" ? beneficiary.id != "" : "staff" in beneficiary.groups`, "true", "true"},
	} {
		holds, err := review.CompileQuestion("test", tt.condition)
		if err != nil {
			t.Fatal(err)
		}
		for who, want := range map[*request.Identity]string{&none: tt.none, &nothing: tt.nothing} {
			yes, err := holds(t.Context(), factsFor(*who))
			got := map[bool]string{true: "true", false: "false"}[yes]
			if err != nil {
				got = err.Error()
			}
			if got != want {
				t.Errorf("%s of %s is %s, want %s", tt.condition, who.ID, got, want)
			}
			if isError := want != "true" && want != "false"; isError != errors.Is(err, review.ErrUnknown) {
				t.Errorf("%s of %s fails with %v", tt.condition, who.ID, err)
			}
		}
	}
}

// TestUnknownPrevents tells members of whom nothing is known from those who do not comply.
func TestUnknownPrevents(t *testing.T) {
	t.Parallel()
	guard, err := review.CompileGuardrail(rail(`"staff" in beneficiary.groups`))
	if err != nil {
		t.Fatal(err)
	}
	staff, other, nothing := request.Identity{ID: "staff", Groups: []string{"staff"}}, request.Identity{ID: "other", Groups: []string{}}, request.Identity{ID: "nothing"}
	for _, tt := range []struct {
		name          string
		members       []request.Identity
		prevents, end bool
	}{
		{"all comply", []request.Identity{staff}, false, false},
		{"one is not known", []request.Identity{staff, nothing}, true, false},
		{"one does not comply, after one who is not known", []request.Identity{nothing, other, staff}, true, true},
		{"nobody is known", nil, true, false},
	} {
		p, err := guard.Prevents(t.Context(), "warehouse", factsFor(staff), &review.Members{Known: tt.members})
		if err != nil {
			t.Fatal(err)
		}
		var all []review.Prevention
		if p != nil {
			all = append(all, *p)
		}
		if len(all) > 0 != tt.prevents || len(review.Known(all)) > 0 != tt.end {
			t.Errorf("%s: %+v", tt.name, all)
		}
	}
}

// TestUnknownMembersAreBarred keeps those from deciding for a group who may be in it.
func TestUnknownMembersAreBarred(t *testing.T) {
	t.Parallel()
	r := review.Review{BarredGroup: "idp|analysts"}
	for who, want := range map[*request.Identity]bool{
		{Issuer: "idp", ID: "a", Groups: []string{"analysts"}}: true,
		{Issuer: "idp", ID: "a", Groups: []string{}}:           false,
		{Issuer: "idp", ID: "a"}:                               true,
		{Issuer: "other", ID: "a"}:                             false,
	} {
		if got := r.Bars(*who); got != want {
			t.Errorf("%+v is barred: %v", *who, got)
		}
	}
}

// Where a rule fails, or may not approve, people are asked; where it is not known whether one
// of their stages applies, the review goes on as it is.
func TestUnknownAddsNoStageToWhatWaits(t *testing.T) {
	t.Parallel()
	known, unknown := request.Identity{ID: "eve", Groups: []string{}, Attributes: map[string][]string{}}, request.Identity{ID: "eve", Attributes: map[string][]string{}}
	for name, tt := range map[string]struct {
		when  string
		facts func(*review.Facts)
		saved request.PersonID
	}{
		"no rule holds":         {when: "false"},
		"a rule fails":          {when: `beneficiary.attributes["none"][0] == "x"`},
		"approvals are frozen":  {when: "true", facts: func(f *review.Facts) { f.AskPeople = "automatic approvals are frozen" }},
		"a setter saved it":     {when: "true", saved: "eve"},
		"a setter set the form": {when: "true", facts: func(f *review.Facts) { f.Alone = []review.Alone{{What: "form f", By: "eve"}} }},
	} {
		interns, all := stage(review.Any, "a"), stage(review.Any, "b")
		interns.When, all.Name = `"interns" in beneficiary.groups`, "all"
		flow := asking(interns, all)
		flow.SavedBy, flow.Rules = tt.saved, []review.Rule{{Name: "approves", When: tt.when, Then: review.Action{Act: review.Approve}}}
		factsOf := func(who request.Identity) review.Facts {
			f := factsFor(who)
			if tt.facts != nil {
				tt.facts(&f)
			}
			return f
		}
		r := open(t, factsOf(known), flow)
		next, err := r.Reopen(t.Context(), factsOf(unknown), now, compile(t, flow))
		if err != nil || r.Status != request.Pending {
			t.Fatal(r.Status, err)
		}
		same(t, name, r, next)
	}
}
