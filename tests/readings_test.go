package tests

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// The readings are what the words of the engine leave open and what was decided. Each
// test is named after the reading that it holds the engine to.

func refuses(t *testing.T, what string, want, got error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func (w *world) approves(t *testing.T, by request.Identity, req request.Request) error {
	t.Helper()
	_, err := w.Determine(t.Context(), by, req.ID, review.Determination{Act: review.Approve})
	return err
}

func TestReading1TheFirstRuleThatHoldsWins(t *testing.T) {
	t.Parallel()
	f := review.Flow{Name: "first", Default: review.Action{Act: review.Delegate}, Rules: []review.Rule{
		{Name: "an hour", When: `request.duration <= duration("1h")`, Then: review.Action{Act: review.Approve, Comment: "fine", Duration: request.For(30, request.Minutes)}},
		{Name: "two hours", When: `request.duration <= duration("2h")`, Then: review.Action{Act: review.Deny, Comment: "one hour or a day"}},
		{Name: "a day", When: `request.duration <= duration("24h")`, Then: review.Action{Act: review.Ask, Stages: []review.Stage{groups(review.Any, "privacy")}}},
		{Name: "never reached", When: `request.duration <= duration("1h")`, Then: review.Action{Act: review.Deny}}}}
	w, _ := staffed(t, f)
	for _, tt := range []struct {
		duration string
		status   request.Status
		rule     string
		comment  string
	}{{"1 HOURS", request.Approved, "an hour", "fine"}, {"2 HOURS", request.Denied, "two hours", "one hour or a day"}, {"1 DAYS", request.Pending, "a day", ""}} {
		req := w.submit(t, eve, tt.duration)
		rev := w.review(t, req)
		if req.Status != tt.status || rev.Rule != tt.rule || rev.Comment != tt.comment {
			t.Errorf("%s: %s by %q, %q", tt.duration, req.Status, rev.Rule, rev.Comment)
		}
		if req.Status == request.Approved {
			if g := w.settle(t, req); g.Duration != request.For(30, request.Minutes) {
				t.Errorf("a rule's own duration is not kept: %s", g.Duration)
			}
		}
	}
	delegated, err := w.Submit(t.Context(), frank, asking("2 DAYS"))
	must(t, err)
	if rev := w.review(t, delegated); rev.Flow.Name != review.DefaultFlow.Name || rev.Stages[0].Approvals[0].Selector.Permission != request.Governance {
		t.Errorf("delegated to nothing, it is decided by %v", rev.Stages)
	}
}

func TestReading2OneApprovalForEachSelector(t *testing.T) {
	t.Parallel()
	two := groups(review.AtLeast, "analysts", "sales-owners")
	two.People = 2
	w, _ := staffed(t, askingIn(groups(review.All, "sales-owners", "privacy"), groups(review.All, "privacy", "sales-owners"), two))
	req := w.submit(t, eve, "30 DAYS")
	if c, err := w.Request(t.Context(), twice, req.ID); err != nil || len(c.May.Counts) != 2 {
		t.Errorf("before the act they are shown %v, %v", c.May.Counts, err)
	}
	w.determine(t, twice, req, review.Approve) // for both selectors of this stage, and for no later one
	if rev := w.review(t, req); rev.Stage() != 1 || approvals(rev) != "PENDING PENDING" {
		t.Errorf("after one act of somebody of both: stage %d, %s", rev.Stage(), approvals(rev))
	}
	w.determine(t, privacy, req, review.Approve)
	refuses(t, "twice for one selector", review.ErrNotOpen, w.approves(t, privacy, req))
	w.determine(t, owner, req, review.Approve)
	w.determine(t, twice, req, review.Approve)
	refuses(t, "twice by one person", review.ErrNotOpen, w.approves(t, twice, req))
	if req = w.determine(t, owner, req, review.Approve); req.Status != request.Approved {
		t.Errorf("the request is %s", req.Status)
	}
}

func TestReading3ADenialIsFinal(t *testing.T) {
	t.Parallel()
	w, _ := staffed(t, askingIn(groups(review.All, "sales-owners", "nobody"), groups(review.Any, "privacy")))
	req := w.submit(t, eve, "30 DAYS")
	refuses(t, "governance, where it is not selected", review.ErrNotSteward, w.approves(t, gov, req))
	w.determine(t, owner, req, review.Approve)
	if req = w.determine(t, privacy, req, review.Deny); req.Status != request.Denied {
		t.Errorf("denied by a steward of a later stage, the request is %s", req.Status)
	}
	refuses(t, "an approval afterwards", review.ErrDecided, w.approves(t, owner, req))
	w.decides(t, review.Flow{Name: "any", Default: review.Action{Act: review.Ask, Stages: []review.Stage{groups(review.Any, "sales-owners", "privacy")}}})
	if req = w.determine(t, owner, w.submit(t, eve, "30 DAYS"), review.Approve); req.Status != request.Approved {
		t.Errorf("in ANY, after the first determination, the request is %s", req.Status)
	}
	refuses(t, "the second", review.ErrDecided, w.approves(t, privacy, req))
}

func TestReading4NearestFirst(t *testing.T) {
	t.Parallel()
	w, _ := staffed(t, askingIn(groups(review.Any, "privacy")))
	ctx := t.Context()
	entry, err := w.Assets().Entry(ctx, eve, orders, request.DataAccess)
	must(t, err)
	if entry.From.Flow != "asks" || entry.From.FlowFrom != orders {
		t.Errorf("the flow %q comes from %s", entry.From.Flow, entry.From.FlowFrom)
	}
	must(t, attach(ctx, w.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess}))
	if entry, err = w.Assets().Entry(ctx, eve, orders, request.DataAccess); err != nil || entry.From.Flow != "sales" || entry.From.FlowFrom != "warehouse:sales" {
		t.Errorf("cleared, the flow %q comes from %s, %v", entry.From.Flow, entry.From.FlowFrom, err)
	}
	_, err = w.Governance().Forms.Save(ctx, gov, request.Form{Name: "own", Title: "Own", Flow: "asks", Questions: request.DefaultForm.Questions})
	must(t, err)
	must(t, attach(ctx, w.Governance(), gov, request.Attachment{At: "warehouse:sales.public", Type: request.DataAccess, Form: "own"}))
	if rev := w.review(t, w.submit(t, eve, "30 DAYS")); rev.Flow.Name != "asks" {
		t.Errorf("the form is nearer than the flow of the database, and %s holds", rev.Flow.Name)
	}
	must(t, attach(ctx, w.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Flow: "sales"}))
	if rev := w.review(t, w.submit(t, frank, "30 DAYS")); rev.Flow.Name != "sales" {
		t.Errorf("the flow of the table is nearer than the form, and %s holds", rev.Flow.Name)
	}
	err = attach(ctx, w.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Form: "own", Flow: "sales"})
	if !errors.As(err, new(*request.InvalidError)) || !strings.Contains(err.Error(), "would have no effect") {
		t.Errorf("a flow beside a form with its own, which never delegates: %v", err)
	}
}

func TestReading5DefinitionsArePinnedAndFactsAreNot(t *testing.T) {
	t.Parallel()
	secret := groups(review.Any, "privacy")
	secret.When = `asset.source.comment == "secret"`
	f := askingIn(secret, groups(review.Any, "sales-owners"), groups(review.All, "analysts", "privacy"))
	f.Rules = []review.Rule{{Name: "open data", When: `asset.source.comment == "open"`, Then: review.Action{Act: review.Approve}}}
	w, _ := staffed(t, f)
	req := w.submit(t, eve, "30 DAYS")
	w.determine(t, owner, req, review.Approve)
	w.determine(t, privacy, req, review.Approve)

	f.Version, f.Default = 1, review.Action{Act: review.Deny}
	_, err := w.Governance().Flows.Save(t.Context(), gov, f)
	must(t, err)
	w.clock.Move(2 * time.Hour)
	w.work(t)
	if rev := w.review(t, req); rev.Flow.Version != 1 || rev.Status != request.Pending {
		t.Fatalf("a flow that was saved later holds: %+v", rev)
	}

	says := func(comment string) review.Review {
		t.Helper()
		w.platform.Describe(orders, comment)
		_, err := w.Sync(t.Context(), admin, "warehouse")
		must(t, err)
		w.work(t)
		return w.review(t, req)
	}
	rev := says("secret") // one more stage comes first; the approvals of the others count
	if rev.Stage() != 0 || rev.Version != 4 || rev.Determinations[0].Void != "" || rev.Stages[2].Approvals[1].By != privacy.Person() {
		t.Errorf("with another stage: %+v", rev)
	}
	_, err = w.Determine(t.Context(), privacy, req.ID, review.Determination{Act: review.Approve, Version: 3})
	refuses(t, "on what was shown before", review.ErrStale, err)
	w.determine(t, privacy, req, review.Approve)
	if rev = says(""); rev.Determinations[2].Void != review.Reopened || rev.Determinations[0].Void != "" || rev.Stage() != 2 {
		t.Errorf("without that stage: %+v", rev)
	}
	if rev = says("open"); rev.Status != request.Approved || rev.Rule != "open data" {
		t.Errorf("a rule holds now: %+v", rev)
	}
	if g := w.settle(t, req); g.State != provision.Active {
		t.Errorf("the grant is %s", g.State)
	}
}

func TestReading6NobodyApprovesTheirOwn(t *testing.T) {
	t.Parallel()
	w := withKinds("PERSON", "GROUP", "SERVICE")(t)
	ctx := t.Context()
	member := request.Identity{ID: "member@example.com", Groups: []string{"analysts", "sales-owners"}}
	for name, tt := range map[string]struct{ requester, beneficiary, by request.Identity }{
		"the requester":             {owner, eve, owner},
		"the beneficiary":           {frank, eve, request.Identity{ID: eve.ID, Groups: []string{"sales-owners"}}},
		"the owner of a service":    {frank, robot, owner},
		"a member of a group":       {frank, team, member},
		"their substitute":          {frank, robot, privacy},
		"a substitute of a service": {privacy, robot, twice},
	} {
		_, err := w.Substitutes().Name(ctx, owner, privacy.Person(), time.Time{}, w.clock.Now().Add(time.Hour), "")
		must(t, err)
		_, err = w.Substitutes().Name(ctx, privacy, twice.Person(), time.Time{}, w.clock.Now().Add(time.Hour), "")
		must(t, err)
		req, err := w.Submit(ctx, tt.requester, forWhom(tt.beneficiary))
		must(t, err)
		refuses(t, name, review.ErrOwnRequest, w.approves(t, tt.by, req))
		_, err = w.Cancel(ctx, tt.requester, req.ID)
		must(t, err)
	}
	own := askingIn(groups(review.Any, "analysts"))
	own.OwnRequests = true
	w.decides(t, own)
	if err := w.approves(t, eve, w.submit(t, eve, "30 DAYS")); err != nil {
		t.Errorf("where the flow says that they may: %v", err)
	}
}

// A flow never approves by itself for whoever alone has saved that version.
func TestReading6NoFlowApprovesForWhoeverSavedIt(t *testing.T) {
	t.Parallel()
	w, people := staffed(t, askingIn(groups(review.Any, "analysts")))
	ctx := t.Context()
	saver := eve
	saver.Permissions = []request.Permission{request.Governance}
	people.Remove(gov.Person())
	people.Put(saver)
	_, err := w.Governance().Flows.Save(ctx, saver, review.Flow{Name: "mine", Default: review.Action{Act: review.Approve}})
	must(t, err)
	must(t, attach(ctx, w.Governance(), saver, request.Attachment{At: customersTable, Type: request.DataAccess, Flow: "mine"}))
	mine, err := w.Submit(ctx, saver, customers("30 DAYS"))
	must(t, err)
	others, err := w.Submit(ctx, frank, customers("30 DAYS"))
	must(t, err)
	if mine.Status != request.Pending || others.Status != request.Approved {
		t.Errorf("of a flow that eve saved: hers is %s, frank's %s", mine.Status, others.Status)
	}
	refuses(t, "and she approves nothing as governance either", review.ErrOwnRequest, w.approves(t, saver, mine))
}

// Nor for a group that they are in.
func TestReading6NoFlowApprovesForTheGroupOfWhoeverSavedIt(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in   []string
		want request.Status
	}{"a member": {[]string{"analysts"}, request.Pending}, "another": {nil, request.Approved}} {
		w := withKinds("PERSON", "GROUP")(t)
		saver := gov
		saver.Groups = tt.in
		w.Config.Directory = request.Roster{team, saver, frank}
		w.restart(t)
		_, err := w.Governance().Flows.Save(t.Context(), saver, review.Flow{Name: "mine", Default: review.Action{Act: review.Approve}})
		must(t, err)
		must(t, attach(t.Context(), w.Governance(), saver, request.Attachment{At: orders, Type: request.DataAccess, Flow: "mine"}))
		req, err := w.Submit(t.Context(), frank, forWhom(team))
		must(t, err)
		if req.Status != tt.want {
			t.Errorf("for the group of %s who saved the flow: %s, want %s", name, req.Status, tt.want)
		}
		w.clock.Move(2 * time.Hour)
		w.work(t)
		if c := w.caseOf(t, req); c.Request.Status != tt.want {
			t.Errorf("later, for the group of %s: %s", name, c.Request.Status)
		}
	}
}

func TestReading7NobodyToDecide(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w, people := staffed(t, askingIn(groups(review.All, "sales-owners", "privacy")))
	people.Remove(privacy.Person())
	people.Remove(twice.Person())
	req := w.submit(t, eve, "30 DAYS")
	refuses(t, "before anybody has looked", review.ErrNotSteward, w.approves(t, gov, req))
	if told := w.news(t, gov)[gov.ID]; !slices.Contains(told, "request.fell_back") {
		t.Errorf("governance is told %v", told)
	}
	if rev := w.review(t, req); !rev.Stages[0].Approvals[1].Fallback || rev.Stages[0].Approvals[0].Fallback || !rev.Unattended.IsZero() {
		t.Errorf("the record says %+v", rev.Stages)
	}
	people.Put(privacy) // whoever comes later still counts
	w.determine(t, privacy, req, review.Approve)
	if req = w.determine(t, owner, req, review.Approve); req.Status != request.Approved {
		t.Errorf("the request is %s", req.Status)
	}

	// Governance acts where nobody is left; the requester does not count.
	people.Remove(privacy.Person())
	only := request.Identity{ID: frank.ID, Groups: []string{"privacy"}, Attributes: frank.Attributes}
	people.Put(only)
	second, err := w.Submit(ctx, only, asking("30 DAYS"))
	must(t, err)
	w.work(t)
	w.determine(t, gov, second, review.Approve)
	w.determine(t, owner, second, review.Approve)

	// And if governance is empty too, an administrator is alerted, and nothing decides.
	people.Put(frank)
	people.Remove(gov.Person())
	w.decides(t, review.Flow{Name: "asks", Version: 1, Default: review.Action{Act: review.Ask, Stages: []review.Stage{groups(review.Any, "privacy")}}})
	w.settle(t, second)
	_, err = w.Revoke(ctx, frank, second.ID, "")
	must(t, err)
	w.settle(t, second)
	fourth, err := w.Submit(ctx, frank, asking("30 DAYS"))
	must(t, err)
	if told := w.news(t, admin)[admin.ID]; !slices.Contains(told, "request.unattended") {
		t.Errorf("the administrator is told %v", told)
	}
	if rev := w.review(t, fourth); rev.Unattended.IsZero() || rev.Status != request.Pending {
		t.Errorf("the record says %+v", rev)
	}
}

// A directory that does not know everybody never makes a selector nobody's.
func TestReading7WhoIsNotKnownMayStillCome(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) { c.Directory = nil })
	must(t, w.People().Seen(t.Context(), everybody...))
	w.decides(t, askingIn(groups(review.Any, "strangers")))
	req := w.submit(t, eve, "30 DAYS")
	w.work(t)
	if rev := w.review(t, req); rev.Stages[0].Approvals[0].Fallback {
		t.Errorf("the record says %+v", rev.Stages)
	}
	if err := w.approves(t, person("stranger", "strangers"), req); err != nil {
		t.Errorf("somebody who was never seen: %v", err)
	}
}

func TestReading8WhatErrsAsksPeople(t *testing.T) {
	t.Parallel()
	broken := groups(review.Any, "sales-owners")
	broken.When = `requester.attributes["absent"][0] == ""`
	failing := groups(review.All, "privacy")
	failing.Selectors = append(failing.Selectors, review.Selector{When: `steward.attributes["absent"][0] == ""`})
	f := askingIn(broken, failing)
	f.Rules = []review.Rule{{Name: "absent", When: `requester.attributes["absent"][0] == ""`, Then: review.Action{Act: review.Deny}},
		{Name: "later", When: "true", Then: review.Action{Act: review.Approve}}}
	w, _ := staffed(t, f)
	req := w.submit(t, eve, "30 DAYS")
	rev := w.review(t, req)
	if req.Status != request.Pending || rev.Rule != "absent" || rev.Stage() != 0 || rev.Stages[0].Passed != "" || len(rev.Why) != 2 {
		t.Fatalf("it is %s by %q, because %q: %+v", req.Status, rev.Rule, rev.Why, rev.Stages)
	}
	w.determine(t, owner, req, review.Approve)
	w.determine(t, privacy, req, review.Approve)
	if rev = w.review(t, req); approvals(rev) != "APPROVED PENDING" {
		t.Errorf("a selector that fails is matched: %s", approvals(rev))
	}
}

// What the platform's people claim is text under a name that says so, and is never
// read as a condition.
func TestReading9FactsCarryWhereTheyComeFrom(t *testing.T) {
	t.Parallel()
	f := askingIn(groups(review.Any, "privacy"))
	f.Rules = []review.Rule{{Name: "claimed", When: `asset.source.comment == "true || request.endless"`, Then: review.Action{Act: review.Deny}}}
	w, _ := staffed(t, f)
	w.platform.Describe(orders, "true || request.endless")
	_, err := w.Sync(t.Context(), admin, "warehouse")
	must(t, err)
	if req := w.submit(t, eve, "30 DAYS"); req.Status != request.Denied {
		t.Errorf("the claim is not read as the text that it is: %s", req.Status)
	}
	_, err = w.Governance().Classifications.Save(t.Context(), gov, catalog.Classification{At: orders, Columns: []catalog.ClassifiedColumn{{Name: "email", Tags: []string{"pii"}}}})
	must(t, err)
	f.Name, f.Rules[0].When = "tagged", `asset.tags == ["pii"] && asset.source.tags == []`
	w.decides(t, f)
	if req := w.submit(t, frank, "30 DAYS"); req.Status != request.Denied {
		t.Errorf("the tag of governance is not read: %s, %v", req.Status, w.review(t, req).Why)
	}
	for _, when := range []string{`asset.comment == "x"`, `asset.owner == "x"`} {
		f.Rules[0].When, f.Name = when, request.FlowName("other")
		if _, err := w.Governance().Flows.Save(t.Context(), gov, f); !errors.As(err, new(*review.RuleError)) {
			t.Errorf("%s, a claim without the name of its source: %v", when, err)
		}
	}
}

func TestReading10PendingRequestsLapse(t *testing.T) {
	t.Parallel()
	for pending, days := range map[request.Duration]int{{}: 30, request.For(3, request.Days): 3} {
		f := askingIn(groups(review.Any, "privacy"))
		f.Pending = pending
		w, _ := staffed(t, f)
		req := w.submit(t, eve, "30 DAYS")
		w.clock.Move(time.Duration(days)*24*time.Hour - time.Second)
		w.work(t)
		if c := w.caseOf(t, req); c.Request.Status != request.Pending {
			t.Errorf("%s: a second before it is %s", pending, c.Request.Status)
		}
		w.clock.Move(time.Second)
		w.work(t)
		if c := w.caseOf(t, req); c.Request.Status != request.Lapsed || c.Review.Status != request.Lapsed {
			t.Errorf("%s: it is %s", pending, c.Request.Status)
		}
	}
}

func TestReading11HowLong(t *testing.T) {
	t.Parallel()
	days := func(n int) request.Duration { return request.For(n, request.Days) }
	none := request.Duration{}
	for _, tt := range []struct {
		asked       string
		most        request.Duration
		owner, priv request.Duration
		want        request.Duration
		ends        time.Time
	}{
		{"30 DAYS", none, none, none, days(30), time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)},
		{"ENDLESS", none, none, none, request.Endless, time.Time{}},
		{"ENDLESS", days(7), none, none, days(7), time.Date(2026, 2, 7, 12, 0, 0, 0, time.UTC)},
		{"ENDLESS", none, request.Endless, days(2), days(2), time.Date(2026, 2, 2, 12, 0, 0, 0, time.UTC)},
		{"5 DAYS", days(90), days(5), none, days(5), time.Date(2026, 2, 5, 12, 0, 0, 0, time.UTC)},
		{"1 MONTHS", none, none, none, request.For(1, request.Months), time.Date(2026, 2, 28, 12, 0, 0, 0, time.UTC)},
	} {
		f := askingIn(groups(review.All, "sales-owners", "privacy"))
		f.Max = tt.most
		f.Rules = []review.Rule{{Name: "endless is never short", When: `request.duration < duration("1h")`, Then: review.Action{Act: review.Deny}}}
		w, _ := staffed(t, f)
		w.clock.Move(time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC).Sub(w.clock.Now()))
		req := w.submit(t, eve, tt.asked)
		_, err := w.Determine(t.Context(), owner, req.ID, review.Determination{Act: review.Approve, Duration: tt.owner})
		must(t, err)
		_, err = w.Determine(t.Context(), privacy, req.ID, review.Determination{Act: review.Approve, Duration: tt.priv})
		must(t, err)
		if g := w.settle(t, req); g.Duration != tt.want || !g.Ends.Equal(tt.ends) {
			t.Errorf("%s, at most %s, said %s and %s: granted %s until %s", tt.asked, tt.most, tt.owner, tt.priv, g.Duration, g.Ends)
		}
	}

	// The clock starts at ACTIVE; what is not active within 14 days lapses.
	for days, want := range map[int]request.Status{2: request.Approved, 15: request.Lapsed} {
		w := newWorld(t)
		w.platform.Fail(errPlatform)
		req := w.approved(t, eve, "30 DAYS")
		w.clock.Move(time.Duration(days) * 24 * time.Hour)
		w.platform.Fail(nil)
		w.work(t)
		c := w.caseOf(t, req)
		if c.Request.Status != want || want == request.Approved && (!c.Grant.Ends.Equal(w.clock.Now().AddDate(0, 0, 30)) || !c.Grant.Started.Equal(w.clock.Now())) {
			t.Errorf("active after %d days: %s, from %s until %s", days, c.Request.Status, c.Grant.Started, c.Grant.Ends)
		}
	}
}

func TestReading12CancelRevokeAndExpire(t *testing.T) {
	t.Parallel()
	w, people := staffed(t, askingIn(groups(review.Any, "sales-owners")))
	ctx := t.Context()
	req := w.submit(t, eve, "30 DAYS")
	_, err := w.Cancel(ctx, owner, req.ID)
	refuses(t, "canceled by a steward", request.ErrForbidden, err)
	_, err = w.Cancel(ctx, eve, req.ID)
	must(t, err)
	newcomer := person("newcomer", "sales-owners")
	people.Put(newcomer)
	moved := request.Identity{ID: owner.ID}
	for _, by := range []request.Identity{eve, gov, moved, newcomer} {
		req := w.submit(t, eve, "30 DAYS")
		w.determine(t, owner, req, review.Approve)
		w.settle(t, req)
		_, err := w.Revoke(ctx, nobody, req.ID, "")
		refuses(t, "revoked by anybody", request.ErrForbidden, err)
		if _, err := w.Revoke(ctx, by, req.ID, "over"); err != nil {
			t.Errorf("revoked by %s: %v", by.ID, err)
		}
		w.settle(t, req)
	}
	req = w.submit(t, eve, "30 DAYS")
	w.determine(t, owner, req, review.Approve)
	w.settle(t, req)
	w.work(t)
	var told []string
	for range 31 {
		w.clock.Move(24 * time.Hour)
		w.work(t)
		for range w.newOf(t, eve, "grant.expiring") {
			told = append(told, fmt.Sprint(int(w.caseOf(t, req).Grant.Ends.Sub(w.clock.Now()).Hours()/24)))
		}
	}
	if diff := cmp.Diff([]string{"7", "1"}, told); diff != "" {
		t.Errorf("announced so many days before (-want +got):\n%s", diff)
	}
	if c := w.caseOf(t, req); c.Request.Status != request.Expired {
		t.Errorf("it is %s", c.Request.Status)
	}
}

// newOf is what somebody is told anew of a topic.
func (w *world) newOf(t *testing.T, who request.Identity, topic string) (all []string) {
	t.Helper()
	for _, got := range w.news(t, who)[who.ID] {
		if string(got) == topic {
			all = append(all, topic)
		}
	}
	return all
}

func TestReading13OneOpenRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	first := w.submit(t, eve, "30 DAYS")
	if again := w.submit(t, eve, "20 DAYS"); again.ID != first.ID {
		t.Errorf("the same again is %s, want %s", again.ID, first.ID)
	}
	s := asking("30 DAYS")
	s.Beneficiary = eve.Person()
	_, err := w.Submit(ctx, frank, s)
	open := (*request.OpenError)(nil)
	if !errors.As(err, &open) || strings.Contains(err.Error(), string(first.ID)) || strings.Contains(err.Error(), eve.ID) {
		t.Errorf("somebody else is told %v", err)
	}
	s = asking("30 DAYS")
	s.Columns = []string{"id"}
	if other, err := w.Submit(ctx, eve, s); err != nil || other.ID == first.ID {
		t.Errorf("for a column alone: %s, %v", other.ID, err)
	}
	s.Key = "k"
	s.Columns = []string{"email"}
	one, err := w.Submit(ctx, eve, s)
	must(t, err)
	_, err = w.Cancel(ctx, eve, one.ID)
	must(t, err)
	if same, err := w.Submit(ctx, eve, s); err != nil || same.ID != one.ID {
		t.Errorf("the same key: %s, %v, want %s", same.ID, err, one.ID)
	}
	s.Privilege = request.ReadWrite
	if _, err := w.Submit(ctx, eve, s); !errors.As(err, new(*request.KeyError)) {
		t.Errorf("the same key for something else: %v", err)
	}
	if theirs, err := w.Submit(ctx, frank, s); err != nil || theirs.ID == one.ID {
		t.Errorf("the same key of somebody else: %s, %v", theirs.ID, err)
	}
}
