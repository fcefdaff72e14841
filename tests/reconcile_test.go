package tests

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

var (
	reading = provision.Access{Privilege: request.Read}
	writing = provision.Access{Privilege: request.ReadWrite}
)

// reconcile compares the warehouse, and lists what was found: its kind, for whom,
// and whether it was mended.
func (w *world) reconcile(t *testing.T, how provision.Reconcile) (provision.Reconciliation, []string) {
	t.Helper()
	r, err := w.Reconcile(t.Context(), gov, "warehouse", how)
	must(t, err)
	var found []string
	for _, f := range r.Findings {
		found = append(found, fmt.Sprintf("%s %s %v", f.Kind, f.Principal, f.Mended))
	}
	slices.Sort(found)
	return r, found
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: (-want +got)\n%s", what, diff)
	}
}

func TestReconcileFindsNothingWhereAllIsWell(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.approved(t, eve, "30 DAYS")
	acts := w.platform.Acts()
	r, found := w.reconcile(t, provision.Reconcile{})
	same(t, "found", []string(nil), found)
	if r.Compared != 1 || r.Standing != 1 || r.Removals != 0 || r.Doubt != "" || r.Stopped || w.platform.Acts() != acts {
		t.Errorf("got %+v, %d acts", r, w.platform.Acts()-acts)
	}
}

// Access of ours that someone took away on the platform is not put back: governance
// decides (reading 15).
func TestAccessTakenAwayByOthersIsSuspended(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.approved(t, eve, "30 DAYS")
	w.platform.Set("eve", orders, "3")

	_, found := w.reconcile(t, provision.Reconcile{DryRun: true})
	same(t, "a dry run finds", []string{"SUSPENDED eve false"}, found)
	if g := w.caseOf(t, req).Grant; g.State != provision.Active {
		t.Fatalf("a dry run made the grant %s", g.State)
	}
	_, found = w.reconcile(t, provision.Reconcile{})
	same(t, "found", []string{"SUSPENDED eve true"}, found)
	w.work(t)
	g := w.caseOf(t, req).Grant
	if g.State != provision.Suspended || g.Withheld == "" || len(g.Leftovers) != 0 || w.platform.Allows("eve", orders) {
		t.Fatalf("the grant is %s (%s), left %v, access %v", g.State, g.Withheld, g.Leftovers, w.platform.Allows("eve", orders))
	}
	_, found = w.reconcile(t, provision.Reconcile{})
	same(t, "found again", []string(nil), found)

	for _, by := range []request.Identity{eve, admin, owner} {
		if _, err := w.Grants().Resume(t.Context(), by, g.ID, ""); !errors.Is(err, request.ErrForbidden) {
			t.Errorf("%s may resume: %v", by.ID, err)
		}
	}
	_, err := w.Grants().Resume(t.Context(), gov, g.ID, "it was a mistake")
	must(t, err)
	if g := w.settle(t, req); g.State != provision.Active || !w.platform.Allows("eve", orders) || g.Ends != w.caseOf(t, req).Grant.Started.AddDate(0, 0, 30) {
		t.Errorf("resumed: %s until %s, access %v", g.State, g.Ends, w.platform.Allows("eve", orders))
	}
	if _, err := w.Grants().Resume(t.Context(), gov, g.ID, ""); !errors.Is(err, store.ErrState) {
		t.Errorf("resumed twice: %v", err)
	}
}

// What went with an object that was dropped and made anew is restored, and nothing
// stays on the old one.
func TestGrantFollowsItsObject(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.approved(t, eve, "30 DAYS")
	ends := w.caseOf(t, req).Grant.Ends
	w.platform.Replace(orders, "33", "")
	_, found := w.reconcile(t, provision.Reconcile{DryRun: true})
	same(t, "a dry run finds", []string{"REPLACED eve false"}, found)
	_, found = w.reconcile(t, provision.Reconcile{})
	same(t, "found", []string{"REPLACED eve true"}, found)
	g := w.caseOf(t, req).Grant
	if g.State != provision.Active || g.Asset.ID != "33" || len(g.Leftovers) != 0 || g.Ends != ends || !w.platform.Allows("eve", orders) {
		t.Errorf("got %+v", g)
	}
	same(t, "on the old object", []provision.Access(nil), w.platform.On("eve", orders, "3"))
}

func TestObjectOfAnotherOwnerGoesBackToPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.approved(t, eve, "30 DAYS")
	w.platform.Replace(orders, "33", "mallory")
	_, found := w.reconcile(t, provision.Reconcile{})
	same(t, "found", []string{"SUSPENDED eve true"}, found)
	same(t, "on the old object", []provision.Access(nil), w.platform.On("eve", orders, "3"))
	if g := w.caseOf(t, req).Grant; g.State != provision.Suspended || w.platform.Allows("eve", orders) {
		t.Fatalf("the grant is %s", g.State)
	}
	_, err := w.Grants().Resume(t.Context(), gov, provision.GrantID(req.ID), "mallory keeps it now")
	must(t, err)
	if g := w.settle(t, req); g.State != provision.Active || g.Asset.Object() != (catalog.Object{ID: "33", Kind: catalog.Table, Owner: "mallory"}) || !w.platform.Allows("eve", orders) {
		t.Errorf("resumed: %+v", g)
	}
}

// An object that was replaced between the approval and the grant goes back to
// people too (reading 18).
func TestObjectReplacedBeforeTheGrantGoesBackToPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.submit(t, eve, "30 DAYS")
	w.platform.Replace(orders, "33", "")
	w.determine(t, twice, req, review.Approve)
	if g := w.settle(t, req); g.State != provision.Suspended || w.platform.Allows("eve", orders) {
		t.Errorf("the grant is %s", g.State)
	}
}

// What is asked for before the next sync is the object that stands by then, unless
// it is another's.
func TestRequestOfAnObjectMadeAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Replace(orders, "33", "")
	if req := w.submit(t, eve, "30 DAYS"); req.Object.ID != "33" {
		t.Errorf("pinned is %+v", req.Object)
	}
	w.platform.Replace(orders, "34", "mallory")
	if _, err := w.Submit(t.Context(), frank, asking("30 DAYS")); !errors.As(err, new(*provision.ReplacedError)) {
		t.Errorf("an object of another owner was asked for: %v", err)
	}
}

func TestPrincipalMadeAnewGoesBackToPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.approved(t, eve, "30 DAYS")
	w.platform.Renew("eve", "another")
	_, found := w.reconcile(t, provision.Reconcile{})
	same(t, "found", []string{"SUSPENDED eve true"}, found)
	_, err := w.Grants().Resume(t.Context(), gov, provision.GrantID(req.ID), "hired again")
	must(t, err)
	if g := w.settle(t, req); g.State != provision.Active || g.Principal.ID != "another" || !w.platform.Allows("eve", orders) {
		t.Errorf("resumed: %+v", g)
	}
}

// What stands although it has ended is removed, and what no record knows of is
// only reported.
func TestOrphans(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.approved(t, eve, "30 DAYS")
	_, err := w.Revoke(t.Context(), gov, req.ID, "")
	must(t, err)
	w.settle(t, req)
	w.platform.Set("eve", orders, "3", reading)
	w.platform.Set("stranger", orders, "3", reading)

	_, found := w.reconcile(t, provision.Reconcile{DryRun: true})
	same(t, "a dry run finds", []string{"ORPHAN eve false", "ORPHAN stranger false"}, found)
	if !w.platform.Allows("eve", orders) {
		t.Fatal("a dry run removed something")
	}
	r, found := w.reconcile(t, provision.Reconcile{})
	same(t, "found", []string{"ORPHAN eve true", "ORPHAN stranger false"}, found)
	if w.platform.Allows("eve", orders) || !w.platform.Allows("stranger", orders) || r.Removals != 1 {
		t.Errorf("eve has access: %v, the stranger: %v, %d removals", w.platform.Allows("eve", orders), w.platform.Allows("stranger", orders), r.Removals)
	}
	if n := w.count(t, event.AccessOrphaned.Name()); n != 2 {
		t.Errorf("%d events tell of orphans", n)
	}
}

// What one grant is given beyond its own is taken back, and reported.
func TestMoreThanIsWanted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.approved(t, eve, "30 DAYS")
	w.platform.Set("eve", orders, "3", reading, writing)
	_, found := w.reconcile(t, provision.Reconcile{})
	same(t, "found", []string{"ORPHAN eve true"}, found)
	same(t, "left", []provision.Access{reading}, w.platform.On("eve", orders, "3"))
}

// count is how many events of a type are in the log.
func (w *world) count(t *testing.T, of event.Name) int {
	t.Helper()
	n := 0
	for after := int64(0); ; {
		page, err := w.Log().Events(t.Context(), auditor, after, store.MaxPage)
		must(t, err)
		for _, e := range page {
			after = e.Number
			if e.Type == of {
				n++
			}
		}
		if len(page) == 0 {
			return n
		}
	}
}

// A run that would remove much stops, and removes what somebody has looked at.
func TestReconcileStopsAndAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, who := range []request.Identity{eve, frank} {
		req := w.approved(t, who, "30 DAYS")
		_, err := w.Revoke(t.Context(), gov, req.ID, "")
		must(t, err)
		w.settle(t, req)
		w.platform.Set(who.Attributes["login"][0], orders, "3", reading)
	}
	r, found := w.reconcile(t, provision.Reconcile{})
	same(t, "found", []string{"ORPHAN eve false", "ORPHAN frank false"}, found)
	if !r.Stopped || r.Removals != 2 || !w.platform.Allows("eve", orders) {
		t.Fatalf("got %+v", r)
	}
	if n := w.count(t, event.ReconciliationStopped.Name()); n != 1 {
		t.Errorf("%d events say that it stopped", n)
	}
	if _, err := w.Reconcile(t.Context(), admin, "warehouse", provision.Reconcile{MaxRemovals: 2}); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("an administrator names a number: %v", err)
	}
	_, found = w.reconcile(t, provision.Reconcile{MaxRemovals: 2})
	same(t, "with a number", []string{"ORPHAN eve true", "ORPHAN frank true"}, found)
	if w.platform.Allows("eve", orders) || w.platform.Allows("frank", orders) {
		t.Error("the orphans stand")
	}
}

// With an empty, a second or a restored store nothing is removed, only reported.
func TestRecordsInDoubt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.approved(t, eve, "30 DAYS")
	_, err := w.Revoke(t.Context(), gov, req.ID, "")
	must(t, err)
	w.settle(t, req)
	w.reconcile(t, provision.Reconcile{})
	w.platform.Set("eve", orders, "3", reading)
	marked := w.platform.Stamped

	for name, mark := range map[string]provision.Mark{
		"another store":    {Store: "another", Generation: 1},
		"a later one":      {Store: marked.Store, Generation: marked.Generation + 1},
		"another, and old": {Store: "another"},
	} {
		w.platform.Stamped = mark
		r, found := w.reconcile(t, provision.Reconcile{})
		same(t, name, []string{"ORPHAN eve false"}, found)
		if r.Doubt == "" || w.platform.Stamped != mark {
			t.Errorf("%s: doubt %q, marked %v", name, r.Doubt, w.platform.Stamped)
		}
	}
	if _, err := w.Reconcile(t.Context(), admin, "warehouse", provision.Reconcile{Adopt: true}); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("an administrator adopts: %v", err)
	}
	r, found := w.reconcile(t, provision.Reconcile{Adopt: true})
	same(t, "adopted", []string{"ORPHAN eve true"}, found)
	if r.Doubt != "" || w.platform.Stamped.Store != marked.Store || w.platform.Stamped.Generation <= marked.Generation {
		t.Errorf("doubt %q, marked %v", r.Doubt, w.platform.Stamped)
	}
}

// A copy of the records from before a reconciliation knows that it is one.
func TestRestoredRecordsAreInDoubt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.reconcile(t, provision.Reconcile{})
	backup := store.Store(copyOf(t, w.store))
	w.reconcile(t, provision.Reconcile{})
	w.Config.Store = backup
	w.restart(t)
	if r, _ := w.reconcile(t, provision.Reconcile{}); r.Doubt == "" {
		t.Error("restored records are not in doubt")
	}
}

// copyOf copies what names the records: all that a mark goes by, and the connection.
func copyOf(t *testing.T, s store.Store) *store.Memory {
	t.Helper()
	var backup store.Memory
	var c store.Change
	self, err := records.Installations.Get(t.Context(), s, records.InstallationKey)
	must(t, err)
	records.Installations.Insert(&c, self.Value)
	on, err := records.Connections.Get(t.Context(), s, "warehouse")
	must(t, err)
	records.Connections.Insert(&c, on.Value)
	c.Emit(store.Event{ID: "copied", Type: event.ConnectionRegistered.Name(), At: on.Value.Registered, By: admin.Person(), About: []store.Subject{records.Connections.Subject("warehouse")}})
	must(t, c.Commit(t.Context(), &backup))
	return &backup
}

// What has to be mended three times in a day is contested, and said so once.
func TestContested(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.approved(t, eve, "30 DAYS")
	for i := range 5 {
		w.platform.Replace(orders, fmt.Sprint(100+i), "")
		w.clock.Move(time.Hour)
		_, found := w.reconcile(t, provision.Reconcile{})
		same(t, "found", []string{"REPLACED eve true"}, found)
		want := 0
		if i >= 2 {
			want = 1
		}
		if n := w.count(t, event.GrantContested.Name()); n != want {
			t.Errorf("after %d: %d events say that it is contested", i+1, n)
		}
	}
}

// Reconciliation is done by itself, every so often and after a sync that saw a
// change.
func TestReconcileByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.approved(t, eve, "30 DAYS")
	w.work(t)
	w.platform.Replace(orders, "33", "")
	_, err := w.Sync(t.Context(), admin, "warehouse")
	must(t, err)
	w.work(t)
	if g := w.caseOf(t, req).Grant; g.Asset.ID != "33" || g.State != provision.Active {
		t.Errorf("after a sync: %s on %s", g.State, g.Asset.ID)
	}
	w.platform.Set("eve", orders, "33")
	w.work(t)
	if g := w.caseOf(t, req).Grant; g.State != provision.Active {
		t.Errorf("before its time: %s", g.State)
	}
	w.clock.Move(grantwright.DefaultReconcile)
	w.work(t)
	if g := w.caseOf(t, req).Grant; g.State != provision.Suspended {
		t.Errorf("after an hour: %s", g.State)
	}
}

// While the platform does not answer nothing is said of what stands.
func TestReconcileWithoutThePlatform(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.approved(t, eve, "30 DAYS")
	w.platform.Fail(errPlatform)
	for _, dry := range []bool{true, false} {
		_, found := w.reconcile(t, provision.Reconcile{DryRun: dry})
		same(t, "found", []string{"UNHEARD eve false"}, found)
	}
	if g := w.caseOf(t, req).Grant; g.State != provision.Active || g.Attempts != 0 {
		t.Errorf("the grant is %s", g.State)
	}
}

// Access to a container covers what lies below it, also what comes later, but not
// where another form or flow is attached (reading 14).
func TestContainer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := asking("30 DAYS")
	s.Asset = "warehouse:sales.public"
	req, err := w.Submit(t.Context(), eve, s)
	must(t, err)
	w.determine(t, twice, req, review.Approve)
	if g := w.settle(t, req); g.State != provision.Active {
		t.Fatalf("the grant is %s: %s", g.State, g.Error)
	}
	same(t, "covers", []catalog.Ref{customersTable, orders}, w.platform.Covers("warehouse:sales.public"))
	w.work(t)

	must(t, attach(t.Context(), w.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Flow: "sales"}))
	w.work(t)
	same(t, "after another flow was attached", []catalog.Ref{customersTable}, w.platform.Covers("warehouse:sales.public"))

	w.platform.Add(catalog.Asset{Ref: "warehouse:sales.public.returns", Kind: catalog.Table, ID: "9"})
	_, err = w.Sync(t.Context(), admin, "warehouse")
	must(t, err)
	w.work(t)
	same(t, "after a table came", []catalog.Ref{customersTable, "warehouse:sales.public.returns"}, w.platform.Covers("warehouse:sales.public"))
}

// After a downtime what is overdue ends before anything is given.
func TestOverdueEndsFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.approved(t, eve, "10 DAYS")
	w.platform.Fail(errPlatform)
	waiting := w.approved(t, frank, "30 DAYS")
	w.restart(t) // so that what is under way is over
	w.platform.Fail(nil)
	w.clock.Move(11 * 24 * time.Hour)
	n, err := w.Overdue(t.Context())
	must(t, err)
	if n != 1 {
		t.Errorf("%d are overdue", n)
	}
	w.platform.Before = func() {
		if w.platform.Allows("eve", orders) && w.platform.Allows("frank", orders) {
			t.Error("something was given before what is overdue ended")
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- w.Run(ctx) }()
	enginetest.Until(t, "what is overdue has ended, and what waits is given", func() bool {
		return w.caseOf(t, old).Grant.State == provision.Revoked && w.caseOf(t, waiting).Grant.State == provision.Active
	})
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Run ended with %v", err)
	}
	if n, err := w.Overdue(t.Context()); n != 0 || err != nil {
		t.Errorf("%d are overdue, %v", n, err)
	}
}

func TestRetryByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Fail(errPlatform)
	req := w.approved(t, eve, "30 DAYS")
	w.platform.Fail(nil)
	if g := w.caseOf(t, req).Grant; g.State != provision.Failed || !g.Retry.After(w.clock.Now()) {
		t.Fatalf("the grant is %s, tried again at %s", g.State, g.Retry)
	}
	_, err := w.Grants().Retry(t.Context(), eve, provision.GrantID(req.ID))
	must(t, err)
	if g := w.waitFor(t, req, provision.Active); g.Attempts != 0 {
		t.Errorf("got %+v", g)
	}
	if _, err := w.Grants().Retry(t.Context(), eve, provision.GrantID(req.ID)); !errors.Is(err, store.ErrState) {
		t.Errorf("what works was retried: %v", err)
	}
}

// waitFor works until a grant is in a state.
func (w *world) waitFor(t *testing.T, req request.Request, state provision.State) provision.Grant {
	t.Helper()
	for range 100 {
		w.work(t)
		if g := w.caseOf(t, req).Grant; g.State == state {
			return g
		}
	}
	g := w.caseOf(t, req).Grant
	t.Fatalf("the grant is %s: %s", g.State, g.Error)
	return g
}

// A grant that keeps failing calls a person, once.
func TestFailingCallsAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Fail(errPlatform)
	req := w.approved(t, eve, "30 DAYS")
	for range provision.FailingAfter + 2 {
		w.clock.Move(store.MaxBackoff)
		w.work(t)
	}
	if g := w.caseOf(t, req).Grant; g.Attempts < provision.FailingAfter || w.count(t, event.GrantFailing.Name()) != 1 {
		t.Errorf("after %d attempts, %d events call a person", g.Attempts, w.count(t, event.GrantFailing.Name()))
	}
}

// The end of a grant is announced 7 days and 1 day before.
func TestEndIsAnnounced(t *testing.T) {
	t.Parallel()
	for day, want := range map[int]int{22: 0, 23: 1, 24: 1, 28: 1, 29: 2} {
		t.Run(fmt.Sprint("day ", day), func(t *testing.T) {
			w := newWorld(t)
			w.approved(t, eve, "30 DAYS")
			for range day {
				w.clock.Move(24 * time.Hour)
				w.work(t)
			}
			same(t, "announced", want, w.count(t, event.GrantExpiring.Name()))
		})
	}
}
