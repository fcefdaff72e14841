package review_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

func atLeast(n int, groups ...string) review.Stage {
	s := stage(review.AtLeast, groups...)
	s.People = n
	return s
}

// allOf is a stage that wants so many different people beside its selectors.
func allOf(n int, groups ...string) review.Stage {
	s := stage(review.All, groups...)
	s.People = n
	return s
}

// person is a steward with a name, in some groups.
func (a act) by(id string) act { a.who.ID = id; return a }

func TestPeopleOfStages(t *testing.T) {
	t.Parallel()
	const yes, no = review.Approve, review.Deny
	for _, tt := range []struct {
		name   string
		stages []review.Stage
		acts   []act
		want   request.Status
		states string
		people int // that count in the first stage
	}{
		{"at least two: one is not enough", []review.Stage{atLeast(2, "a")}, []act{says(yes, "a").by("x")}, request.Pending, "?", 1},
		{"at least two: not twice the same", []review.Stage{atLeast(2, "a", "b")}, []act{says(yes, "a").by("x"), says(yes, "a", "b").by("x").failing(review.ErrNotOpen)}, request.Pending, "??", 1},
		{"at least two: of one group", []review.Stage{atLeast(2, "a", "b")}, []act{says(yes, "a").by("x"), says(yes, "a").by("y")}, request.Approved, "+x", 2},
		{"at least two: of both", []review.Stage{atLeast(2, "a", "b")}, []act{says(yes, "a").by("x"), says(yes, "a", "b").by("y")}, request.Approved, "++", 2},
		{"at least one", []review.Stage{atLeast(1, "a", "b")}, []act{says(yes, "b").by("x")}, request.Approved, "x+", 1},
		{"at least three, then another", []review.Stage{atLeast(3, "a"), stage(review.Any, "b")}, []act{says(yes, "a").by("x"), says(yes, "a").by("y"), says(yes, "b").by("w").failing(review.ErrNotOpen), says(yes, "a").by("z")}, request.Pending, "+|?", 3},
		{"at least two: one denies", []review.Stage{atLeast(2, "a", "b")}, []act{says(yes, "a").by("x"), says(no, "b").by("y")}, request.Denied, "x-", 1},
		{"all by two: one of both is not enough", []review.Stage{allOf(2, "a", "b")}, []act{says(yes, "a", "b").by("x"), says(yes, "a", "b").by("x").failing(review.ErrNotOpen)}, request.Pending, "++", 1},
		{"all by two: another of either", []review.Stage{allOf(2, "a", "b")}, []act{says(yes, "a", "b").by("x"), says(yes, "b").by("y")}, request.Approved, "++", 2},
		{"all by two: one each", []review.Stage{allOf(2, "a", "b")}, []act{says(yes, "a").by("x"), says(yes, "b").by("y")}, request.Approved, "++", 2},
		{"all by two: selectors are still missing", []review.Stage{allOf(2, "a", "b")}, []act{says(yes, "a").by("x"), says(yes, "a").by("y")}, request.Pending, "+?", 2},
	} {
		flow := asking(tt.stages...)
		p, r := compile(t, flow), open(t, factsOf(request.Endless), flow)
		for i, a := range tt.acts {
			next, err := r.Determine(review.Determination{By: a.who.Person(), Act: a.act, At: now, Matches: matching(t, p, r, a.who)})
			if !errors.Is(err, a.err) || (err == nil) != (a.err == nil) {
				t.Errorf("%s: act %d: got %v, want %v", tt.name, i, err, a.err)
			}
			r = next
		}
		if r.Status != tt.want || states(r) != tt.states || len(r.Stages[0].ApprovedBy) != tt.people {
			t.Errorf("%s: got %s %s by %v, want %s %s", tt.name, r.Status, states(r), r.Stages[0].ApprovedBy, tt.want, tt.states)
		}
	}
}

// A stage whose condition does not hold is passed, with the reason; one whose
// condition fails applies; where none applies governance is asked.
func TestStageConditions(t *testing.T) {
	t.Parallel()
	conditional := func(when string, groups ...string) review.Stage {
		s := stage(review.Any, groups...)
		s.When = when
		return s
	}
	for _, tt := range []struct {
		name   string
		stages []review.Stage
		states string
		passed string
		why    string
	}{
		{"holds", []review.Stage{conditional("asset.name == 'orders'", "a")}, "?", "", ""},
		{"does not", []review.Stage{conditional("asset.name == 'x'", "a"), stage(review.Any, "b")}, "x|?", "its condition does not hold: asset.name == 'x'", ""},
		{"the later one", []review.Stage{stage(review.Any, "b"), conditional("request.endless == false", "a")}, "?|x", "", ""},
		{"fails", []review.Stage{conditional("answers.nothing == 'x'", "a")}, "?", "", "flow flow, stage s applies: its condition failed: no such key: nothing"},
		{"none applies", []review.Stage{conditional("false", "a")}, "x|?", "its condition does not hold: false", "flow flow: no stage applies: governance is asked"},
	} {
		r := open(t, factsOf(request.Endless), asking(tt.stages...))
		if r.Status != request.Pending || states(r) != tt.states || r.Stages[0].Passed != tt.passed || strings.Join(r.Why, "; ") != tt.why {
			t.Errorf("%s: got %s %s %q %q", tt.name, r.Status, states(r), r.Stages[0].Passed, r.Why)
		}
	}
	p, r := compile(t, asking(conditional("false", "a"))), open(t, factsOf(request.Endless), asking(conditional("false", "a")))
	if m := matching(t, p, r, request.Identity{ID: "g", Permissions: []request.Permission{request.Governance}}); len(m) != 1 || m[0].Stage != 1 {
		t.Errorf("governance matches %v", m)
	}
	bad := asking(conditional("asset.nmae == ''", "a"))
	var rule *review.RuleError
	if _, err := review.Compile(bad); !errors.As(err, &rule) || rule.Rule != "default, stage s" || rule.Column != 6 {
		t.Errorf("a typo: %v", err)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	limited := func(l review.Limit, mode review.Mode, groups ...string) review.Flow {
		s := stage(mode, groups...)
		s.Limit = l
		return asking(s, stage(review.Any, "z"))
	}
	days := func(n int) request.Duration { return request.For(n, request.Days) }
	day := 24 * time.Hour
	director := []review.Selector{group("director")}
	escalating := limited(review.Limit{Within: days(2), Late: review.Escalate, Escalate: director}, review.All, "a", "b")

	r := open(t, factsOf(request.Endless), escalating)
	if !r.Next().Equal(now.Add(2 * day)) {
		t.Fatalf("next is %v", r.Next())
	}
	same(t, "before", r, r.Elapse(now.Add(2*day-1)))
	late := r.Elapse(now.Add(3 * day))
	if states(late) != "???|#" || late.Version != r.Version+1 || late.Stages[0].Escalated.IsZero() || !late.Next().Equal(late.Lapses) || !strings.Contains(late.Why[0], "escalated") {
		t.Errorf("escalated: %s %+v", states(late), late)
	}
	p := compile(t, escalating)
	boss := steward("boss", "director")
	done, err := late.Determine(review.Determination{By: "boss", Act: review.Approve, At: now.Add(3 * day), Matches: matching(t, p, late, boss)})
	if err != nil || states(done) != "xx+|?" {
		t.Errorf("the director approves for all that are missing: %s, %v", states(done), err)
	}
	again, err := done.TakeBack("boss", now.Add(4*day))
	if err != nil || states(again) != "???|#" || !again.Next().Equal(again.Lapses) {
		t.Errorf("taken back: %s, next %v, %v", states(again), again.Next(), err)
	}
	usual, err := late.Determine(review.Determination{By: "x", Act: review.Approve, At: now.Add(3 * day), Matches: []review.Match{{}, {Selector: 1}}})
	if err != nil || states(usual) != "++x|?" {
		t.Errorf("its own stewards still can: %s, %v", states(usual), err)
	}

	for _, tt := range []struct {
		late review.Late
		want request.Status
	}{{review.DenyLate, request.Denied}, {review.LapseLate, request.Lapsed}} {
		r := open(t, factsOf(request.Endless), limited(review.Limit{Within: days(2), Late: tt.late}, review.Any, "a")).Elapse(now.Add(2 * day))
		if r.Status != tt.want || states(r) != "x|x" || r.Decided.IsZero() || len(r.Why) != 1 || len(r.Determinations) != 0 {
			t.Errorf("%s: got %s %s %v", tt.late, r.Status, states(r), r.Why)
		}
	}

	r = open(t, factsOf(request.Endless), limited(review.Limit{Remind: days(3)}, review.Any, "a"))
	for i, at := range []int{2, 3, 4, 12, 13, 29} {
		r = r.Elapse(now.Add(time.Duration(at) * day))
		if want := []int{0, 1, 1, 2, 2, 3}[i]; r.Stages[0].Reminded != want || r.Version != 1 {
			t.Errorf("after %d days: reminded %d times, want %d, version %d", at, r.Stages[0].Reminded, want, r.Version)
		}
	}
	if lapsed := r.Elapse(now.Add(31 * day)); lapsed.Status != request.Lapsed {
		t.Errorf("the whole: %s", lapsed.Status)
	}
}

// The clock of a stage starts when its turn comes, and anew when it comes again.
func TestLimitOfALaterStage(t *testing.T) {
	t.Parallel()
	second := stage(review.Any, "b")
	second.Limit = review.Limit{Within: request.For(1, request.Days), Late: review.DenyLate}
	r := open(t, factsOf(request.Endless), asking(stage(review.Any, "a"), second))
	if !r.Next().Equal(r.Lapses) {
		t.Fatalf("next is %v before its turn", r.Next())
	}
	at := now.Add(100 * time.Hour)
	r, err := r.Determine(review.Determination{By: "x", Act: review.Approve, At: at, Matches: []review.Match{{}}})
	if err != nil || !r.Next().Equal(at.Add(24*time.Hour)) {
		t.Fatalf("next is %v, %v", r.Next(), err)
	}
	if r, err = r.TakeBack("x", at.Add(time.Hour)); err != nil || !r.Next().Equal(r.Lapses) {
		t.Fatalf("taken back: next is %v, %v", r.Next(), err)
	}
	r, err = r.Determine(review.Determination{By: "y", Act: review.Approve, At: at.Add(50 * time.Hour), Matches: []review.Match{{}}})
	if err != nil || !r.Next().Equal(at.Add(74*time.Hour)) {
		t.Errorf("the second time: next is %v, %v", r.Next(), err)
	}
}

func TestTakeBack(t *testing.T) {
	t.Parallel()
	r := open(t, factsOf(request.Endless), asking(stage(review.All, "a", "b"), stage(review.All, "c", "d")))
	says := func(by request.PersonID, m ...review.Match) {
		t.Helper()
		var err error
		if r, err = r.Determine(review.Determination{By: by, Act: review.Approve, At: now, Matches: m}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.TakeBack("x", now); !errors.Is(err, review.ErrNothing) {
		t.Errorf("nothing was said: %v", err)
	}
	says("x", review.Match{}, review.Match{Stage: 1})
	says("y", review.Match{Selector: 1})
	says("z", review.Match{Stage: 1})
	version := r.Version
	back, err := r.TakeBack("x", now)
	if err != nil || states(back) != "?+|+#" || back.Version != version+1 || back.Determinations[0].Void != review.TakenBack || states(r) != "++|+?" {
		t.Fatalf("got %s, %+v, %v", states(back), back.Determinations, err)
	}
	if _, err := back.TakeBack("x", now); !errors.Is(err, review.ErrNothing) {
		t.Errorf("twice: %v", err)
	}
	r = back
	says("v", review.Match{})
	if states(r) != "++|+?" {
		t.Errorf("approved by another: %s", states(r))
	}
	denied, err := r.Determine(review.Determination{By: "x", Act: review.Deny, At: now, Matches: []review.Match{{}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := denied.TakeBack("y", now); !errors.Is(err, review.ErrDecided) {
		t.Errorf("of what is decided: %v", err)
	}
}

// What several stewards leave is what each of them has approved, never more than was
// asked, and never nothing that would mean everything.
func TestNarrowing(t *testing.T) {
	t.Parallel()
	facts := func(privilege request.Privilege, columns ...string) review.Facts {
		req := request.Request{Requester: eve.Person(), Beneficiary: frank.Person(), Privilege: privilege, Columns: columns, Duration: request.For(30, request.Days)}
		return review.NewFacts(req, form, orders, eve, frank, now)
	}
	week := request.For(1, request.Weeks)
	type said = review.Determination
	for _, tt := range []struct {
		name  string
		facts review.Facts
		said  []said
		want  review.Terms
		field string // that the last one is refused for
	}{
		{"nothing narrowed", facts(request.ReadWrite), []said{{}, {}}, review.Terms{Privilege: request.ReadWrite, Duration: request.For(30, request.Days)}, ""},
		{"read only", facts(request.ReadWrite), []said{{Privilege: request.Read}, {Privilege: request.ReadWrite}}, review.Terms{Privilege: request.Read, Duration: request.For(30, request.Days)}, ""},
		{"columns of the whole", facts(request.Read), []said{{Columns: []string{"id"}}, {}}, review.Terms{Privilege: request.Read, Columns: []string{"id"}, Duration: request.For(30, request.Days)}, ""},
		{"what both leave", facts(request.Read, "a", "b", "c"), []said{{Columns: []string{"c", "a"}, Duration: week}, {Columns: []string{"b", "c"}}}, review.Terms{Privilege: request.Read, Columns: []string{"c"}, Duration: week}, ""},
		{"nothing in common", facts(request.Read), []said{{Columns: []string{"a"}}, {Columns: []string{"b"}}}, review.Terms{}, "columns"},
		{"more than was asked", facts(request.Read), []said{{Privilege: request.ReadWrite}}, review.Terms{}, "privilege"},
		{"no privilege", facts(request.Read), []said{{Privilege: "ALL"}}, review.Terms{}, "privilege"},
		{"a column that was not asked for", facts(request.Read, "a"), []said{{Columns: []string{"a", "b"}}}, review.Terms{}, "columns[1]"},
		{"a column twice", facts(request.Read), []said{{Columns: []string{"a", "a"}}}, review.Terms{}, "columns[1]"},
		{"a denial narrows nothing", facts(request.Read), []said{{Act: review.Deny, Privilege: request.Read}}, review.Terms{}, "privilege"},
	} {
		p := compile(t, asking(stage(review.All, "a", "b")))
		r, err := review.Open(t.Context(), tt.facts, p)
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range tt.said {
			if d.By, d.At, d.Matches = request.PersonID(fmt.Sprint(i)), now, []review.Match{{Selector: i}}; d.Act == "" {
				d.Act = review.Approve
			}
			r, err = r.Determine(d)
		}
		var invalid *request.InvalidError
		switch {
		case tt.field == "" && err == nil:
			same(t, tt.name, review.Outcome{Status: request.Approved, Granted: tt.want}, r.Outcome())
		case tt.field == "" || !errors.As(err, &invalid) || invalid.Faults[0].Field != tt.field:
			t.Errorf("%s: got %v, want a fault of %q", tt.name, err, tt.field)
		}
	}
}

func TestReasonsAreRequired(t *testing.T) {
	t.Parallel()
	flow := asking(stage(review.All, "a", "b"))
	flow.Reasons = []review.Act{review.Deny}
	r := open(t, factsOf(request.Endless), flow)
	d := review.Determination{By: "x", Act: review.Deny, Reason: " \n", At: now, Matches: []review.Match{{}}}
	var invalid *request.InvalidError
	if _, err := r.Determine(d); !errors.As(err, &invalid) || invalid.Faults[0].Field != "reason" {
		t.Errorf("a denial without a reason: %v", err)
	}
	if d.Reason = "no purpose"; true {
		if _, err := r.Determine(d); err != nil {
			t.Errorf("with a reason: %v", err)
		}
	}
	if d.Act, d.Reason = review.Approve, ""; true {
		if _, err := r.Determine(d); err != nil {
			t.Errorf("an approval without: %v", err)
		}
	}
	flow.Reasons = []review.Act{review.Deny, review.Deny}
	if _, err := review.Compile(flow); !errors.As(err, &invalid) || invalid.Faults[0].Field != "reasons[1]" {
		t.Errorf("twice the same: %v", err)
	}
}

// What a flow that delegates allows at most holds for the flow it delegates to.
func TestMaximumOfADelegatingFlow(t *testing.T) {
	t.Parallel()
	days := func(n int) request.Duration { return request.For(n, request.Days) }
	first := review.Flow{Name: "form", Max: days(10), Default: delegate}
	for _, tt := range []struct{ second, want request.Duration }{{days(20), days(10)}, {days(5), days(5)}, {request.Duration{}, days(10)}} {
		r := open(t, factsOf(request.Endless), first, review.Flow{Name: "asset", Max: tt.second, Default: approve})
		if got := r.Outcome().Granted.Duration; got != tt.want || len(r.Pinned) != 2 {
			t.Errorf("the second allows %v: got %v, pinned %v", tt.second, got, r.Pinned)
		}
	}
}

func TestNewSelectors(t *testing.T) {
	t.Parallel()
	flow := asking(review.Stage{Name: "s", Mode: review.All, Selectors: []review.Selector{{Owners: true}, {Manager: "boss"}, {When: "steward.groups.exists(g, g in requester.groups)"}, {When: "steward.attributes['x'][0] == ''"}}})
	boss := request.Identity{Issuer: "idp", ID: "m@example.com"}
	beneficiary := request.Identity{Issuer: "idp", ID: "w@example.com", Attributes: map[string][]string{"boss": {"m@example.com"}}}
	req := request.Request{Requester: eve.Person(), Beneficiary: beneficiary.Person(), Privilege: request.Read, Duration: request.Endless}
	f := review.NewFacts(req, form, orders, eve, beneficiary, now)
	f.Owners = []request.PersonID{"dba@example.com", "dbas"}
	p := compile(t, flow)
	r, err := review.Open(t.Context(), f, p)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		who  request.Identity
		want []review.Match
	}{
		{request.Identity{ID: "dba@example.com"}, []review.Match{{}}},
		{request.Identity{ID: "y", Groups: []string{"dbas"}}, []review.Match{{}}},
		{request.Identity{Issuer: "idp", ID: "y", Groups: []string{"dbas"}}, nil}, // another issuer's group
		{boss, []review.Match{{Selector: 1}}},
		{request.Identity{ID: "m@example.com"}, nil}, // another issuer's
		{request.Identity{Issuer: "other", ID: "m@example.com"}, nil},
		{request.Identity{ID: "z", Groups: []string{"analysts"}}, []review.Match{{Selector: 2}}},
	} {
		got, err := p.Matches(t.Context(), r, f, tt.who)
		if err != nil {
			t.Fatal(err)
		}
		same(t, string(tt.who.Person()), tt.want, got)
	}
}

// A group is one of an issuer, as a person is.
func TestSelectorsOfGroupsLookAtTheIssuer(t *testing.T) {
	t.Parallel()
	flow := asking(review.Stage{Name: "s", Mode: review.All, Selectors: []review.Selector{{Group: "owners"}, {Group: "corp|owners"}}})
	p := compile(t, flow)
	f := factsOf(request.Endless)
	r, err := review.Open(t.Context(), f, p)
	if err != nil {
		t.Fatal(err)
	}
	for issuer, want := range map[string][]review.Match{"": {{}}, "corp": {{Selector: 1}}, "partner": nil} {
		got, err := p.Matches(t.Context(), r, f, request.Identity{Issuer: issuer, ID: "y", Groups: []string{"owners"}})
		if err != nil {
			t.Fatal(err)
		}
		same(t, issuer, want, got)
	}
}

// Months are compared with days from the decision, also those that flows allow.
func TestMaximaAreComparedFromTheDecision(t *testing.T) {
	t.Parallel()
	first := review.Flow{Name: "first", Default: review.Action{Act: review.Delegate}, Max: request.For(1, request.Months)}
	second := asking(stage(review.Any, "a"))
	second.Max = request.For(30, request.Days)
	r := open(t, factsOf(request.For(90, request.Days)), first, second) // at the end of January
	march := now.AddDate(0, 0, 32)
	r, err := r.Determine(review.Determination{By: "ann", Act: review.Approve, At: march, Matches: []review.Match{{}}})
	if got := r.Outcome().Granted.Duration; err != nil || got != request.For(30, request.Days) {
		t.Errorf("granted for %s, %v", got, err)
	}
}
