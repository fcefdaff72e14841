package tests

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// TestAClockThatJumpedPutsNothingOff lets the clock run a year ahead for a while, in which
// attempts fail and tasks are put off, and wants everything done once it is back: by the same
// process, by one that begins anew, and within the hour by another.
func TestAClockThatJumpedPutsNothingOff(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	for name, back := range map[string]func(t *testing.T, w *world){
		"the same process": func(*testing.T, *world) {},
		"a new process":    func(t *testing.T, w *world) { t.Helper(); w.restart(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			r := newReceiver(t)
			w := newWorld(t, calling)
			hook := w.hook(t, r, "request.*", "grant.*")
			ending := w.approved(t, eve, "30 DAYS")
			forever := askingIn(groups(review.Any, "sales-owners"))
			forever.Pending = request.Endless
			w.decides(t, forever)
			pending := w.submit(t, frank, "30 DAYS")
			w.work(t)

			w.platform.Fail(errPlatform)
			r.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
			w.clock.Move(year)
			must(t, w.Work(ctx)) // the grant ends, and can be taken by nobody
			must(t, w.Work(ctx))
			ahead := w.clock.Now()
			for _, held := range []store.TaskID{journal.ReconcileTask("warehouse"), journal.DigestTask} {
				w.hold(t, held, ahead.Add(time.Hour))
			}
			w.clock.Move(-year)
			w.platform.Fail(nil)
			r.answers(nil)
			back(t, w)
			must(t, w.Work(ctx))
			w.work(t)

			if g := w.caseOf(t, ending).Grant; g.State != provision.Revoked {
				t.Errorf("the grant is %s, and tried again at %s", g.State, g.Retry)
			}
			recheck, err := records.Rechecks.Get(ctx, w.store, pending.ID)
			if must(t, err); recheck.Value.Due.After(w.clock.Now().Add(2 * time.Hour)) {
				t.Errorf("the review is looked at again at %s", recheck.Value.Due)
			}
			cursor, err := records.Cursors.Get(ctx, w.store, journal.HookCursor(hook.ID))
			if must(t, err); cursor.Value.Retry.After(w.clock.Now().Add(time.Hour)) {
				t.Errorf("the webhook is called again at %s", cursor.Value.Retry)
			}
			waiting, err := records.DeliveriesPending.Find(ctx, w.store, hook.ID, store.Position{}, store.MaxPage)
			must(t, err)
			for _, d := range waiting {
				if d.Value.Next.After(w.clock.Now().Add(2 * time.Hour)) {
					t.Errorf("a delivery is sent again at %s", d.Value.Next)
				}
			}
			tasks, err := store.Tasks.All(ctx, w.store, "", store.MaxPage)
			must(t, err)
			for _, task := range tasks {
				if task.Value.Due.After(w.clock.Now().Add(26*time.Hour)) && !strings.HasPrefix(string(task.Value.ID), journal.GrantTasks) {
					t.Errorf("%s is due at %s, held by %q", task.Value.ID, task.Value.Due, task.Value.Holder)
				}
			}
		})
	}
}

// hold has somebody who died hold a task until some time.
func (w *world) hold(t *testing.T, id store.TaskID, until time.Time) {
	t.Helper()
	read, err := store.Tasks.Some(t.Context(), w.store, id)
	must(t, err)
	var c store.Change
	if held := (store.Task{ID: id, Due: until, Holder: "died"}); len(read) == 0 {
		store.Tasks.Insert(&c, held)
	} else {
		store.Tasks.Update(&c, read[0], held)
	}
	must(t, c.Commit(t.Context(), w.store))
}

// TestTheEndOfAGrantIsNotPutForward leaves what the records put off.
func TestTheEndOfAGrantIsNotPutForward(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) { c.Reconcile = 72 * time.Hour })
	req := w.approved(t, eve, "30 DAYS")
	w.work(t)
	read, err := store.Tasks.Get(t.Context(), w.store, journal.ReconcileTask("warehouse"))
	must(t, err)
	for range 3 {
		w.clock.Move(time.Hour)
		w.restart(t)
		w.work(t)
	}
	after, err := store.Tasks.Get(t.Context(), w.store, journal.ReconcileTask("warehouse"))
	if must(t, err); !after.Value.Due.Equal(read.Value.Due) {
		t.Errorf("the next reconciliation is at %s, was at %s", after.Value.Due, read.Value.Due)
	}
	if g := w.caseOf(t, req).Grant; g.State != provision.Active {
		t.Errorf("the grant is %s", g.State)
	}
}

// TestAServiceIsNotWaitedForAYear asks a service again that was called while the clock was ahead.
func TestAServiceIsNotWaitedForAYear(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	w, s := newServiceWorld(t)
	s.AtOnce = true
	req := w.approved(t, eve, "30 DAYS")
	w.work(t)
	s.AtOnce = false
	w.clock.Move(year)
	w.work(t) // it is to take the access, and answers later
	w.clock.Move(-year)
	before := len(s.Calls())
	s.AtOnce = true
	for range 3 {
		w.restart(t)
		w.work(t)
		w.clock.Move(store.MaxBackoff)
	}
	if g := w.caseOf(t, req).Grant; len(s.Calls()) <= before || g.State != provision.Revoked {
		t.Errorf("it was called %d times more; the grant is %s, and waits until %s", len(s.Calls())-before, g.State, g.Waits)
	}
}
