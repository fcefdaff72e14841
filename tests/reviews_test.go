package tests

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// staffed is a world with a directory of people who come and go, in which a flow
// decides about the orders.
func staffed(t *testing.T, f review.Flow) (*world, *grantwrighttest.Directory) {
	t.Helper()
	w := newWorld(t)
	w.decides(t, f)
	return w, w.Directory
}

// decides has a flow decide about the orders.
func (w *world) decides(t *testing.T, f review.Flow) {
	t.Helper()
	_, err := w.Governance().Flows.Save(t.Context(), gov, f)
	must(t, err)
	must(t, attach(t.Context(), w.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Flow: f.Name}))
}

// askingIn is a flow that asks the people of some stages.
func askingIn(stages ...review.Stage) review.Flow {
	return review.Flow{Name: "asks", Default: review.Action{Act: review.Ask, Stages: stages}}
}

func groups(mode review.Mode, names ...string) review.Stage {
	s := review.Stage{Name: strings.Join(names, " and "), Mode: mode}
	for _, g := range names {
		s.Selectors = append(s.Selectors, review.Selector{Group: g})
	}
	return s
}

func person(id string, groups ...string) request.Identity {
	return request.Identity{ID: id + "@example.com", Groups: groups}
}

// reviewActs are what can be said about requests, and who may.
var reviewActs = []struct {
	method string
	may    []string
	do     func(ctx context.Context, w *world, by request.Identity, pending, granted request.Request) error
}{
	{"Reviews.Determine", []string{"steward"}, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		all, err := w.Reviews().Determine(ctx, by, []review.Decision{{Request: pending.ID, Determination: review.Determination{Act: review.Approve}}})
		if err == nil {
			err = all[0].Err
		}
		return err
	}},
	{"Reviews.TakeBack", []string{"requester", "steward", "GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		_, err := w.Reviews().TakeBack(ctx, by, pending.ID, 0, "") // whoever has approved nothing is told so, if they may see it
		return err
	}},
	{"Reviews.Remarks", []string{"requester", "steward", "GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		_, _, err := w.Reviews().Remarks(ctx, by, pending.ID, store.Position{}, 10)
		return err
	}},
	{"Reviews.Comment", []string{"requester", "steward", "GOV"}, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		_, err := w.Reviews().Comment(ctx, by, pending.ID, "well")
		return err
	}},
	{"Reviews.Ask", []string{"steward"}, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		_, err := w.Reviews().Ask(ctx, by, pending.ID, "why?")
		return err
	}},
	{"Reviews.Answer", []string{"requester"}, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		_, err := w.Reviews().Answer(ctx, by, pending.ID, "because")
		return err
	}},
	{"Reviews.Edit", []string{"requester"}, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		_, err := w.Reviews().Edit(ctx, by, pending.ID, asking("20 DAYS").Answers)
		return err
	}},
	{"Substitutes.Name", []string{"requester", "steward", "nobody", "GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Substitutes().Name(ctx, by, frank.Person(), time.Time{}, w.clock.Now().Add(time.Hour), "")
		return err
	}},
	{"Substitutes.End", []string{"steward", "ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Substitutes().Name(ctx, owner, frank.Person(), time.Time{}, w.clock.Now().Add(time.Hour), "")
		return errors.Join(err, w.Substitutes().End(ctx, by, owner.Person()))
	}},
	{"Substitutes.Mine", []string{"requester", "steward", "nobody", "GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Substitutes().Mine(ctx, by)
		return err
	}},
}

// reviewsHappen makes an event of each type that is about what becomes of a review.
func (w *world) reviewsHappen(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	next := func(err error) {
		t.Helper()
		must(t, err)
		w.work(t)
		w.clock.Move(time.Second)
	}
	patient := groups(review.AtLeast, "nobody", "sales-owners")
	patient.People = 9
	patient.Limit = review.Limit{Within: request.For(2, request.Days), Late: review.Escalate, Escalate: []review.Selector{{Group: "privacy"}}, Remind: request.For(1, request.Days)}
	stages := askingIn(groups(review.Any, "sales-owners"), patient)
	stages.Rules = []review.Rule{{Name: "described", When: `asset.source.comment != ""`, Then: review.Action{Act: review.Ask, Stages: []review.Stage{groups(review.Any, "privacy")}}}}
	w.decides(t, stages)
	req, err := w.Submit(ctx, frank, asking("19 DAYS"))
	next(err)
	_, err = w.Reviews().Ask(ctx, owner, req.ID, "What for?")
	next(err)
	_, err = w.Reviews().Answer(ctx, frank, req.ID, "The report.")
	next(err)
	_, err = w.Reviews().Comment(ctx, gov, req.ID, "Well.")
	next(err)
	w.determine(t, owner, req, review.Approve)
	next(nil)
	_, err = w.Reviews().TakeBack(ctx, owner, req.ID, 0, "a mistake")
	next(err)
	_, err = w.Reviews().Edit(ctx, frank, req.ID, asking("18 DAYS").Answers)
	next(err)
	w.determine(t, owner, req, review.Approve)
	next(nil)
	w.clock.Move(25 * time.Hour)
	next(nil)
	w.clock.Move(24 * time.Hour)
	next(nil)
	w.platform.Describe(orders, "Every order.")
	_, err = w.Sync(ctx, admin, "warehouse")
	next(err)
	_, err = w.Cancel(ctx, frank, req.ID)
	next(err)
	_, err = w.Substitutes().Name(ctx, owner, privacy.Person(), time.Time{}, w.clock.Now().Add(time.Hour), "on leave")
	next(err)
	next(w.Substitutes().End(ctx, owner, owner.Person()))
}

// eventsOf are the types of the events of a request, from one on.
func (w *world) eventsOf(t *testing.T, req request.Request, after int) []event.Name {
	t.Helper()
	events, err := w.Log().Of(t.Context(), gov, req.ID, after, 100)
	must(t, err)
	var types []event.Name
	for _, e := range events {
		types = append(types, e.Type)
	}
	return types
}

func (w *world) review(t *testing.T, req request.Request) review.Review {
	t.Helper()
	return w.caseOf(t, req).Review
}

func TestManyDeterminationsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, err := w.Submit(t.Context(), eve, asking("40 HOURS"))
	must(t, err)
	two, err := w.Submit(t.Context(), frank, asking("40 HOURS"))
	must(t, err)
	yes := review.Determination{Act: review.Approve}
	results, err := w.Reviews().Determine(t.Context(), owner, []review.Decision{{Request: one.ID, Determination: yes}, {Request: "none", Determination: yes}, {Request: two.ID, Determination: yes}, {Request: one.ID, Determination: yes},
		{Request: two.ID, Determination: review.Determination{Act: review.Deny, Version: 1}}})
	must(t, err)
	var got []string
	for _, r := range results {
		got = append(got, cmp.Or(string(r.Request.Status), "refused"))
	}
	if diff := gocmp.Diff([]string{"APPROVED", "refused", "APPROVED", "refused", "refused"}, got); diff != "" {
		t.Errorf("the results differ (-want +got):\n%s", diff)
	}
	if !errors.Is(results[1].Err, store.ErrNotFound) || !errors.Is(results[3].Err, review.ErrDecided) || !errors.Is(results[4].Err, review.ErrDecided) {
		t.Errorf("the reasons are %v, %v and %v", results[1].Err, results[3].Err, results[4].Err)
	}
	for _, n := range []int{0, review.MaxDecisions + 1} {
		var invalid *request.InvalidError
		if _, err := w.Reviews().Determine(t.Context(), owner, make([]review.Decision, n)); !errors.As(err, &invalid) {
			t.Errorf("%d at once: %v", n, err)
		}
	}
}

func TestTakingBackAnApproval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.submit(t, eve, "30 DAYS")
	w.determine(t, owner, req, review.Approve)
	if _, err := w.Reviews().TakeBack(t.Context(), owner, req.ID, 1, ""); !errors.Is(err, review.ErrStale) {
		t.Errorf("of a review that was another: %v", err)
	}
	if _, err := w.Reviews().TakeBack(t.Context(), privacy, req.ID, 0, ""); !errors.Is(err, review.ErrNothing) {
		t.Errorf("by whoever approved nothing: %v", err)
	}
	_, err := w.Reviews().TakeBack(t.Context(), owner, req.ID, 2, "too quick")
	must(t, err)
	if req = w.determine(t, privacy, req, review.Approve); req.Status != request.Pending {
		t.Fatalf("one approval is left, and the request is %s", req.Status)
	}
	if req = w.determine(t, owner, req, review.Approve); req.Status != request.Approved {
		t.Errorf("approved again, the request is %s", req.Status)
	}
	if _, err := w.Reviews().TakeBack(t.Context(), owner, req.ID, 0, ""); !errors.Is(err, review.ErrDecided) {
		t.Errorf("of what is decided: %v", err)
	}
	want := []event.Name{event.RequestDetermined.Name(), event.RequestTakenBack.Name(), event.RequestDetermined.Name(), event.RequestDetermined.Name()}
	if diff := gocmp.Diff(want, w.eventsOf(t, req, 1)[:4]); diff != "" {
		t.Errorf("the events differ (-want +got):\n%s", diff)
	}
}

func TestAQuestionAndItsAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.submit(t, eve, "30 DAYS")
	w.determine(t, privacy, req, review.Approve)
	_, err := w.Reviews().Ask(t.Context(), owner, req.ID, "Which report?")
	must(t, err)
	if c := w.caseOf(t, req); c.Request.Questioned.IsZero() || c.Review.Version != 2 {
		t.Errorf("asked at %v, version %d", c.Request.Questioned, c.Review.Version)
	}
	if got := w.news(t, eve)[eve.ID]; !slices.Contains(got, "request.questioned") {
		t.Errorf("eve is told %v", got)
	}
	_, err = w.Reviews().Answer(t.Context(), eve, req.ID, "The yearly one.")
	must(t, err)
	if got := w.news(t, owner)[owner.ID]; !slices.Contains(got, "request.answered") {
		t.Errorf("the owner is told %v", got)
	}
	c := w.caseOf(t, req)
	if !c.Request.Questioned.IsZero() || approvals(c.Review) != "PENDING APPROVED" {
		t.Errorf("after the answer: asked at %v, %s", c.Request.Questioned, approvals(c.Review))
	}
	remarks, _, err := w.Reviews().Remarks(t.Context(), eve, req.ID, store.Position{}, 10)
	must(t, err)
	var got []string
	for _, r := range remarks {
		got = append(got, string(r.Kind)+" "+string(r.By)+" "+r.Text)
	}
	if diff := gocmp.Diff([]string{"QUESTION sales-owner@example.com Which report?", "ANSWER eve@example.com The yearly one."}, got); diff != "" {
		t.Errorf("the remarks differ (-want +got):\n%s", diff)
	}
	for _, text := range []string{"", " \n", strings.Repeat("x", 4001), "a\x00b"} {
		var invalid *request.InvalidError
		if _, err := w.Reviews().Comment(t.Context(), eve, req.ID, text); !errors.As(err, &invalid) || invalid.Faults[0].Field != "text" {
			t.Errorf("%.9q: %v", text, err)
		}
	}
}

// approvals are the statuses of the approvals of the stage that is open.
func approvals(r review.Review) string {
	var all []string
	for _, a := range r.Stages[r.Stage()].Approvals {
		all = append(all, string(a.Status))
	}
	return strings.Join(all, " ")
}

// An edit voids the approvals so far, and the pinned flow is opened again with the
// new answers: the rule for a short time may decide at once.
func TestEditing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.submit(t, eve, "30 DAYS")
	w.determine(t, privacy, req, review.Approve)
	_, err := w.Reviews().Ask(t.Context(), owner, req.ID, "So long?")
	must(t, err)
	var invalid *request.InvalidError
	if _, err := w.Reviews().Edit(t.Context(), eve, req.ID, request.Answers{"duration": {"soon"}}); !errors.As(err, &invalid) || len(invalid.Faults) != 2 {
		t.Errorf("answers that miss the form: %v", err)
	}
	if req, err = w.Reviews().Edit(t.Context(), eve, req.ID, asking("20 DAYS").Answers); err != nil {
		t.Fatal(err)
	}
	rev := w.review(t, req)
	if approvals(rev) != "PENDING PENDING" || rev.Determinations[0].Void != review.Edited || req.Duration != request.For(20, request.Days) || !req.Questioned.IsZero() {
		t.Errorf("after the edit: %s, %+v, %s", approvals(rev), rev.Determinations, req.Duration)
	}
	if _, err := w.Determine(t.Context(), owner, req.ID, review.Determination{Act: review.Approve, Version: 2}); !errors.Is(err, review.ErrStale) {
		t.Errorf("an approval of what stood there before: %v", err)
	}
	if req, err = w.Reviews().Edit(t.Context(), eve, req.ID, asking("1 HOURS").Answers); err != nil || req.Status != request.Approved {
		t.Fatalf("an hour is fine, and the request is %s, %v", req.Status, err)
	}
	if g := w.settle(t, req); g.State != provision.Active || g.Duration != request.For(1, request.Hours) {
		t.Errorf("the grant is %s for %s", g.State, g.Duration)
	}
}

func TestNarrowedDetermination(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	writing := askingIn(groups(review.All, "sales-owners", "privacy"))
	w.decides(t, writing)
	s := asking("30 DAYS")
	s.Privilege = request.ReadWrite
	req, err := w.Submit(t.Context(), eve, s)
	must(t, err)
	var invalid *request.InvalidError
	for field, d := range map[string]review.Determination{
		"columns[0]": {Act: review.Approve, Columns: []string{"nmae"}},
		"columns[1]": {Act: review.Approve, Columns: []string{"id", "id"}},
		"privilege":  {Act: review.Approve, Privilege: "ALL"},
	} {
		if _, err := w.Determine(t.Context(), owner, req.ID, d); !errors.As(err, &invalid) || invalid.Faults[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	_, err = w.Determine(t.Context(), owner, req.ID, review.Determination{Act: review.Approve, Columns: []string{"email", "id"}, Privilege: request.Read})
	must(t, err)
	req, err = w.Determine(t.Context(), privacy, req.ID, review.Determination{Act: review.Approve, Columns: []string{"id"}, Duration: request.For(30, request.Days)})
	must(t, err)
	g := w.settle(t, req)
	want := provision.Access{Privilege: request.Read, Columns: []string{"id"}}
	if diff := gocmp.Diff(want, g.Access); diff != "" || g.Duration != request.For(30, request.Days) || g.State != provision.Active {
		t.Errorf("the grant is %s for %s (-want +got):\n%s", g.State, g.Duration, diff)
	}
}

func TestSubstitutes(t *testing.T) {
	t.Parallel()
	w, people := staffed(t, askingIn(groups(review.All, "sales-owners", "privacy")))
	ctx := t.Context()
	name := func(by, substitute request.Identity) {
		t.Helper()
		_, err := w.Substitutes().Name(ctx, by, substitute.Person(), time.Time{}, w.clock.Now().Add(24*time.Hour), "on leave")
		must(t, err)
	}
	name(owner, nobody)
	name(nobody, frank) // not transitive
	req := w.submit(t, eve, "30 DAYS")
	if told := w.news(t, nobody, frank); !slices.Contains(told[nobody.ID], "request.created") || slices.Contains(told[frank.ID], "request.created") {
		t.Errorf("told: %v", told)
	}
	page, err := w.Requests(ctx, nobody, grantwright.RequestQuery{Role: grantwright.Steward})
	if err != nil || len(page.Requests) != 1 {
		t.Errorf("what waits for the substitute: %d, %v", len(page.Requests), err)
	}
	if _, err := w.Determine(ctx, frank, req.ID, review.Determination{Act: review.Approve}); !errors.Is(err, review.ErrNotSteward) {
		t.Errorf("a substitute of a substitute: %v", err)
	}
	w.determine(t, nobody, req, review.Approve)
	d := w.review(t, req).Determinations[0]
	if d.By != nobody.Person() || !slices.Contains(d.Matches, review.Match{For: owner.Person()}) || !slices.Contains(d.StandsFor, owner.Person()) {
		t.Errorf("recorded as %+v", d)
	}

	// Barred is barred, also through another: eve names the only one of privacy.
	people.Remove(twice.Person())
	name(eve, privacy)
	if _, err := w.Determine(ctx, privacy, req.ID, review.Determination{Act: review.Approve}); !errors.Is(err, review.ErrOwnRequest) {
		t.Errorf("the requester's substitute: %v", err)
	}
	w.clock.Move(2 * time.Hour)
	w.work(t)
	if rev := w.review(t, req); !rev.Stages[0].Approvals[1].Fallback {
		t.Errorf("nobody is left of privacy, and governance may not act: %+v", rev.Stages)
	}
	must(t, w.Substitutes().End(ctx, eve, eve.Person()))
	if req = w.determine(t, privacy, req, review.Approve); req.Status != request.Approved {
		t.Errorf("the request is %s", req.Status)
	}

	// It ends when whoever has named them is known no more, and with its time.
	name(owner, nobody)
	second, err := w.Submit(ctx, frank, asking("30 DAYS"))
	must(t, err)
	people.Remove(owner.Person())
	if _, err := w.Determine(ctx, nobody, second.ID, review.Determination{Act: review.Approve}); !errors.Is(err, review.ErrNotSteward) {
		t.Errorf("for somebody who is disabled: %v", err)
	}
	people.Put(owner)
	w.clock.Move(24 * time.Hour)
	if _, err := w.Determine(ctx, nobody, second.ID, review.Determination{Act: review.Approve}); !errors.Is(err, review.ErrNotSteward) {
		t.Errorf("after its time: %v", err)
	}
}

func TestSubstitutionsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.clock.Now()
	for field, try := range map[string]struct {
		who         request.PersonID
		from, until time.Time
	}{
		"substitute":         {"", time.Time{}, now.Add(time.Hour)},
		"substitute itself":  {owner.Person(), time.Time{}, now.Add(time.Hour)},
		"substitute unknown": {"x@example.com", time.Time{}, now.Add(time.Hour)},
		"until":              {frank.Person(), time.Time{}, time.Time{}},
		"until over":         {frank.Person(), now.Add(-2 * time.Hour), now.Add(-time.Hour)},
		"until too far":      {frank.Person(), now.Add(time.Hour), now.Add(31*24*time.Hour + 1)},
	} {
		var invalid *request.InvalidError
		_, err := w.Substitutes().Name(t.Context(), owner, try.who, try.from, try.until, "")
		if !errors.As(err, &invalid) || !strings.HasPrefix(field, invalid.Faults[0].Field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	_, err := w.Substitutes().Name(t.Context(), owner, frank.Person(), now.Add(time.Hour), now.Add(30*24*time.Hour+time.Hour), "")
	must(t, err)
	mine, err := w.Substitutes().Mine(t.Context(), owner)
	theirs, err2 := w.Substitutes().Mine(t.Context(), frank)
	if err != nil || err2 != nil || mine.Named.Substitute != frank.Person() || len(theirs.StandsFor) != 1 || theirs.Named.Substitute != "" {
		t.Errorf("mine %+v, theirs %+v, %v, %v", mine, theirs, err, err2)
	}
}

// A stage that nobody decides reminds its stewards, and then asks others too.
func TestRemindersAndEscalation(t *testing.T) {
	t.Parallel()
	stage := groups(review.Any, "sales-owners")
	stage.Limit = review.Limit{Within: request.For(3, request.Days), Late: review.Escalate, Escalate: []review.Selector{{Group: "privacy"}}, Remind: request.For(1, request.Days)}
	w, people := staffed(t, askingIn(stage))
	people.Remove(twice.Person())
	req := w.submit(t, eve, "30 DAYS")
	w.news(t, owner, privacy)
	w.clock.Move(25 * time.Hour)
	if told := w.news(t, owner, privacy); !slices.Contains(told[owner.ID], "request.reminded") || slices.Contains(told[privacy.ID], "request.reminded") {
		t.Errorf("after a day: %v", told)
	}
	if _, err := w.Determine(t.Context(), privacy, req.ID, review.Determination{Act: review.Approve}); !errors.Is(err, review.ErrNotSteward) {
		t.Errorf("before the escalation: %v", err)
	}
	w.clock.Move(48 * time.Hour)
	if told := w.news(t, privacy); !slices.Contains(told[privacy.ID], "request.escalated") {
		t.Errorf("after three days: %v", told)
	}
	if req = w.determine(t, privacy, req, review.Approve); req.Status != request.Approved {
		t.Errorf("the request is %s", req.Status)
	}
}

func TestStagesThatEndByTime(t *testing.T) {
	t.Parallel()
	for late, want := range map[review.Late]request.Status{review.DenyLate: request.Denied, review.LapseLate: request.Lapsed} {
		stage := groups(review.Any, "sales-owners")
		stage.Limit = review.Limit{Within: request.For(3, request.Days), Late: late}
		w, _ := staffed(t, askingIn(stage))
		req := w.submit(t, eve, "30 DAYS")
		w.clock.Move(72 * time.Hour)
		_, err := w.Determine(t.Context(), owner, req.ID, review.Determination{Act: review.Approve})
		c := w.caseOf(t, req)
		if !errors.Is(err, review.ErrDecided) || c.Request.Status != want || c.Review.Status != want || c.Request.Ended.IsZero() {
			t.Errorf("%s: got %v, the request is %s, the review %s", late, err, c.Request.Status, c.Review.Status)
		}
		if told := w.news(t, eve)[eve.ID]; len(told) != 1 {
			t.Errorf("%s: eve is told %v", late, told)
		}
	}
}

// What time has decided stays decided, also where nobody has noticed yet.
func TestNoActOutlivesTheTimeOfAStage(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(w *world, id request.ID) error{
		"an edit that a rule would approve": func(w *world, id request.ID) error {
			_, err := w.Reviews().Edit(t.Context(), eve, id, asking("1 HOURS").Answers)
			return err
		},
		"an approval taken back": func(w *world, id request.ID) error {
			_, err := w.Reviews().TakeBack(t.Context(), privacy, id, 0, "")
			return err
		},
	} {
		second := groups(review.Any, "sales-owners")
		second.Limit = review.Limit{Within: request.For(3, request.Days), Late: review.DenyLate}
		f := askingIn(groups(review.Any, "privacy"), second)
		f.Rules = []review.Rule{{Name: "an hour", When: `request.duration <= duration("1h")`, Then: review.Action{Act: review.Approve}}}
		w, _ := staffed(t, f)
		req := w.submit(t, eve, "30 DAYS")
		w.determine(t, privacy, req, review.Approve)
		w.clock.Move(72 * time.Hour)
		refuses(t, name, review.ErrDecided, act(w, req.ID))
		if c := w.caseOf(t, req); c.Request.Status != request.Denied || c.Review.Status != request.Denied {
			t.Errorf("%s: the request is %s, the review %s", name, c.Request.Status, c.Review.Status)
		}
	}
}

// Owners and managers are looked up as they are at each act.
func TestOwnersAndManagers(t *testing.T) {
	t.Parallel()
	w, people := staffed(t, askingIn(review.Stage{Name: "both", Mode: review.All, Selectors: []review.Selector{{Owners: true}, {Manager: "boss"}}}))
	dba := request.Identity{ID: "dba@example.com", Attributes: map[string][]string{"login": {"etl"}}}
	w.platform.Own(orders, "etl")
	_, err := w.Sync(t.Context(), admin, "warehouse")
	must(t, err)
	people.Put(dba)
	led := eve
	led.Attributes = map[string][]string{"login": {"eve"}, "boss": {privacy.ID}}
	people.Put(led)
	req, err := w.Submit(t.Context(), led, asking("30 DAYS"))
	must(t, err)
	if told := w.news(t, privacy)[privacy.ID]; !slices.Contains(told, notify.Topic("request.created")) {
		t.Errorf("the manager is told %v", told)
	}
	if _, err := w.Determine(t.Context(), owner, req.ID, review.Determination{Act: review.Approve}); !errors.Is(err, review.ErrNotSteward) {
		t.Errorf("somebody else: %v", err)
	}
	w.determine(t, dba, req, review.Approve)
	led.Attributes = map[string][]string{"login": {"eve"}, "boss": {owner.ID}}
	people.Put(led)
	if _, err := w.Determine(t.Context(), privacy, req.ID, review.Determination{Act: review.Approve}); !errors.Is(err, review.ErrNotSteward) {
		t.Errorf("who was the manager: %v", err)
	}
	if req = w.determine(t, owner, req, review.Approve); req.Status != request.Approved {
		t.Errorf("the request is %s", req.Status)
	}
}
