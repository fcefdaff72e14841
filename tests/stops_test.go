package tests

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// On a frozen connection nothing is given, and what ends is taken.
func TestFreezeConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	stands, expires := w.approved(t, eve, "30 DAYS"), w.approved(t, frank, "1 HOURS")
	must(t, w.StopSwitches().FreezeConnection(ctx, gov, "warehouse", "an incident"))
	if err := w.StopSwitches().FreezeConnection(ctx, gov, "warehouse", "again"); !errors.Is(err, store.ErrState) {
		t.Errorf("frozen twice: %v", err)
	}
	second := w.submit(t, eve, "20 DAYS")
	w.determine(t, twice, second, review.Approve)
	w.work(t)
	if g := w.caseOf(t, second).Grant; g.State != provision.Pending || g.Attempts != 0 {
		t.Errorf("what was approved is %s, after %d attempts", g.State, g.Attempts)
	}
	w.clock.Move(time.Hour)
	w.work(t)
	if g := w.caseOf(t, expires).Grant; g.State != provision.Revoked || w.platform.Allows("frank", orders) {
		t.Errorf("what has expired is %s", g.State)
	}
	_, err := w.Revoke(ctx, eve, stands.ID, "")
	must(t, err)
	if g := w.settle(t, stands); g.State != provision.Revoked || w.platform.Allows("eve", orders) {
		t.Errorf("what was revoked is %s, and the platform allows %v: the one that waits was given", g.State, w.platform.Allows("eve", orders))
	}
	if _, err := w.Reconcile(ctx, gov, "warehouse", provision.Reconcile{}); !errors.Is(err, store.ErrState) {
		t.Errorf("reconciled while it is frozen: %v", err)
	}
	must(t, w.StopSwitches().ThawConnection(ctx, admin, "warehouse", "it is over"))
	w.work(t)
	if g := w.settle(t, second); g.State != provision.Active || !w.platform.Allows("eve", orders) {
		t.Errorf("after the thaw it is %s", g.State)
	}
	if err := w.StopSwitches().ThawConnection(ctx, admin, "warehouse", "again"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("thawed twice: %v", err)
	}
}

// What is given by hand is not given either, and people are not asked to.
func TestFreezeByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byHand)
	ctx := t.Context()
	given := w.approved(t, frank, "30 DAYS")
	w.attest(t, given, provision.Attest{Done: true})
	must(t, w.StopSwitches().FreezeConnection(ctx, admin, "warehouse", "an incident"))
	req := w.approved(t, eve, "30 DAYS")
	w.work(t)
	id := provision.GrantID(req.ID)
	if job, err := w.Grants().Job(ctx, admin, id); err != nil || job.Stopped == "" || !job.Grant.Task.Since.IsZero() {
		t.Errorf("what must not be done now: %+v, %v", job, err)
	}
	if _, err := w.Grants().Attest(ctx, admin, id, provision.Attest{Done: true}); !errors.Is(err, store.ErrState) {
		t.Errorf("given while it is frozen: %v", err)
	}
	_, err := w.Revoke(ctx, frank, given.ID, "")
	must(t, err)
	w.work(t)
	if g := w.attest(t, given, provision.Attest{Done: true}); g.State != provision.Revoked {
		t.Errorf("taken while it is frozen: %s", g.State)
	}
	must(t, w.StopSwitches().ThawConnection(ctx, admin, "warehouse", "over"))
	if g := w.attest(t, req, provision.Attest{Done: true}); g.State != provision.Active {
		t.Errorf("after the thaw: %s", g.State)
	}
}

// Whoever is disabled does nothing, decides nothing and has nothing.
func TestDisable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	has := w.approved(t, eve, "30 DAYS")
	waits, others := w.submit(t, eve, "20 DAYS"), w.submit(t, frank, "30 DAYS")
	_, err := w.Substitutes().Name(ctx, eve, frank.Person(), time.Time{}, w.clock.Now().Add(24*time.Hour), "away")
	must(t, err)
	must(t, w.StopSwitches().Disable(ctx, gov, eve.Person(), "left in a hurry"))
	w.settle(t, has)
	if all := w.caseOf(t, has); all.Request.Status != request.Revoked || all.Grant.State != provision.Revoked || w.platform.Allows("eve", orders) {
		t.Errorf("what she had is %s, %s", all.Request.Status, all.Grant.State)
	}
	if got := w.caseOf(t, waits).Request; got.Status != request.Canceled || got.Reason != "left in a hurry" {
		t.Errorf("what she waited for is %s, %q", got.Status, got.Reason)
	}
	if got := w.caseOf(t, others).Request; got.Status != request.Pending {
		t.Errorf("what another waits for is %s", got.Status)
	}
	if mine, err := w.Substitutes().Mine(ctx, frank); err != nil || len(mine.StandsFor) != 0 {
		t.Errorf("her substitute stands for %+v, %v", mine.StandsFor, err)
	}
	if _, err := w.Submit(ctx, eve, asking("1 HOURS")); err == nil {
		t.Error("she asks for access")
	}
	forHer := asking("1 HOURS")
	forHer.Beneficiary = eve.Person()
	if _, err := w.Submit(ctx, frank, forHer); !errors.As(err, new(*request.InvalidError)) {
		t.Errorf("another asks for her: %v", err)
	}

	must(t, w.StopSwitches().Disable(ctx, gov, twice.Person(), "left as well"))
	for name, act := range map[string]func() error{
		"approves": func() error {
			_, err := w.Determine(ctx, twice, others.ID, review.Determination{Act: review.Approve})
			return err
		},
		"denies": func() error {
			_, err := w.Determine(ctx, twice, others.ID, review.Determination{Act: review.Deny})
			return err
		},
	} {
		if err := act(); !errors.Is(err, request.ErrForbidden) {
			t.Errorf("a steward who is disabled %s: %v", name, err)
		}
	}
	if got := w.caseOf(t, others); got.Request.Status != request.Pending || len(got.Review.Determinations) != 0 {
		t.Errorf("it is %s, after %+v", got.Request.Status, got.Review.Determinations)
	}
	if err := w.StopSwitches().Disabled(ctx, twice.Person()); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("disabled: %v", err)
	}
	w.submit(t, frank, "10 DAYS")
	w.work(t)
	told, _, err := w.Inbox().Notices(ctx, twice, true, store.Position{}, 50)
	must(t, err)
	if i := slices.IndexFunc(told, func(n notify.Notice) bool { return n.At.After(w.clock.Now()) }); i >= 0 {
		t.Errorf("told: %+v", told[i])
	}
	must(t, w.StopSwitches().Enable(ctx, admin, twice.Person(), "is back"))
	w.determine(t, twice, others, review.Approve)
	if err := w.StopSwitches().Disable(ctx, gov, gov.Person(), "oops"); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("disables themselves: %v", err)
	}
}

// switchesOff disables somebody, as a process does that is killed before it does
// what follows from it.
func (w *world) switchesOff(t *testing.T, who request.Identity) {
	t.Helper()
	var c store.Change
	records.Stops.Insert(&c, provision.Stop{ID: provision.StoppedPerson(who.Person()), By: gov.Person(), At: w.clock.Now(), Reason: "x"})
	c.Emit(store.Event{ID: "e", Type: event.PersonDisabled.Name(), At: w.clock.Now(), By: gov.Person(), About: []store.Subject{records.Stops.Subject(provision.StoppedPerson(who.Person()))}})
	must(t, c.Commit(t.Context(), w.store))
}

// What was on its way when somebody was disabled is never given.
func TestDisabledIsNeverGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Fail(errPlatform)
	req := w.approved(t, eve, "30 DAYS")
	w.switchesOff(t, eve) // while another process has read before
	w.platform.Fail(nil)
	w.clock.Move(store.MaxBackoff)
	w.work(t)
	if g := w.caseOf(t, req).Grant; g.State != provision.Failed || w.platform.Allows("eve", orders) {
		t.Errorf("it is %s: %s", g.State, g.Error)
	}
}

// The substitute of somebody who is disabled stands for nobody, also before what
// follows from the switch is done.
func TestADisabledPersonHasNoSubstitute(t *testing.T) {
	t.Parallel()
	w, _ := staffed(t, askingIn(groups(review.Any, "sales-owners")))
	ctx := t.Context()
	_, err := w.Substitutes().Name(ctx, owner, nobody.Person(), time.Time{}, w.clock.Now().Add(time.Hour), "")
	must(t, err)
	req := w.submit(t, eve, "30 DAYS")
	w.switchesOff(t, owner)
	refuses(t, "a substitute", review.ErrNotSteward, w.approves(t, nobody, req))
}

func TestRevokeAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	first, second, others := w.approved(t, eve, "30 DAYS"), w.approved(t, eve, "20 DAYS"), w.approved(t, frank, "30 DAYS")
	waits := w.submit(t, eve, "10 DAYS")
	must(t, w.StopSwitches().RevokeAll(ctx, gov, eve.Person(), "moved on"))
	w.work(t)
	for _, req := range []request.Request{first, second} {
		if all := w.caseOf(t, req); all.Request.Status != request.Revoked || all.Request.Reason != "moved on" || all.Grant.State != provision.Revoked {
			t.Errorf("%s is %s, %s", req.ID, all.Request.Status, all.Grant.State)
		}
	}
	if w.platform.Allows("eve", orders) || !w.platform.Allows("frank", orders) || w.caseOf(t, others).Request.Status != request.Approved {
		t.Error("the wrong access was revoked")
	}
	if got := w.caseOf(t, waits).Request.Status; got != request.Pending {
		t.Errorf("what she waits for is %s", got)
	}
	if set, err := w.StopSwitches().All(ctx, auditor, "", 10); err != nil || len(set) != 0 {
		t.Errorf("it is still going on: %+v, %v", set, err)
	}
	must(t, w.StopSwitches().RevokeAll(ctx, gov, eve.Person(), "once more"))
	if err := w.StopSwitches().RevokeAll(ctx, gov, eve.Person(), " "); !errors.As(err, new(*request.InvalidError)) {
		t.Errorf("without a reason: %v", err)
	}
}

// Where a rule would approve, people are asked: those of the flow, or governance.
func TestFreezeApprovals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	must(t, w.StopSwitches().FreezeApprovals(ctx, gov, "a rule is wrong"))
	if p, err := w.Preview(ctx, eve, asking("1 HOURS")); err != nil || p.Status != request.Pending || len(p.Steps) == 0 {
		t.Errorf("previewed: %s, %+v, %v", p.Status, p.Steps, err)
	}
	req := w.submit(t, eve, "1 HOURS")
	if req.Status != request.Pending {
		t.Errorf("a rule approved it: %s", req.Status)
	}
	writes := asking("20 DAYS")
	writes.Privilege = request.ReadWrite
	if denied, err := w.Submit(ctx, eve, writes); err != nil || denied.Status != request.Denied {
		t.Errorf("what a rule denies is %s, %v", denied.Status, err)
	}
	if got := w.determine(t, twice, req, review.Approve); got.Status != request.Approved {
		t.Errorf("people approve, and it is %s", got.Status)
	}
	must(t, w.StopSwitches().ThawApprovals(ctx, gov, "mended"))
	if got := w.submit(t, frank, "1 HOURS"); got.Status != request.Approved {
		t.Errorf("after the thaw it is %s", got.Status)
	}
}

func TestRetireConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	both := request.Identity{ID: "both-admin@example.com", Permissions: []request.Permission{request.Admin, request.Governance}}
	live := w.approved(t, eve, "30 DAYS")
	waits := w.submit(t, frank, "30 DAYS")
	if err := w.StopSwitches().RetireConnection(ctx, admin, "warehouse", "moved", false); !errors.Is(err, store.ErrState) {
		t.Errorf("with live grants: %v", err)
	}
	if err := w.StopSwitches().RetireConnection(ctx, admin, "warehouse", "moved", true); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("an administrator revokes: %v", err)
	}
	w.platform.Fail(errPlatform)
	must(t, w.StopSwitches().RetireConnection(ctx, both, "warehouse", "moved", true))
	w.settle(t, live)
	if stop := w.stopOf(t, "connection/warehouse"); !stop.Retiring || !stop.Retired.IsZero() {
		t.Errorf("it is retired although access may stand: %+v", stop)
	}
	if a, b := w.caseOf(t, live).Request.Status, w.caseOf(t, waits).Request.Status; a != request.Revoked || b != request.Canceled {
		t.Errorf("what was live is %s, what was pending %s", a, b)
	}
	if _, err := w.Submit(ctx, frank, asking("1 HOURS")); !errors.As(err, new(*request.InvalidError)) {
		t.Errorf("asked for while it is retired: %v", err)
	}
	w.platform.Fail(nil)
	for range 3 {
		w.clock.Move(store.MaxBackoff)
		w.work(t)
	}
	if stop := w.stopOf(t, "connection/warehouse"); stop.Retired.IsZero() || w.platform.Allows("eve", orders) {
		t.Errorf("nothing is left, and it is %+v", stop)
	}
	if a, err := w.Config.Inventory.Asset(ctx, orders); err == nil && a.Gone.IsZero() {
		t.Error("its assets are still there")
	}
	if _, err := w.Sync(ctx, admin, "warehouse"); !errors.Is(err, store.ErrState) {
		t.Errorf("synced: %v", err)
	}
	must(t, w.StopSwitches().ThawConnection(ctx, admin, "warehouse", "moved back"))
	_, err := w.Sync(ctx, admin, "warehouse")
	must(t, err)
	if got := w.approved(t, frank, "1 HOURS"); got.Status != request.Approved {
		t.Errorf("in use again: %s", got.Status)
	}
}

func (w *world) stopOf(t *testing.T, id provision.StopID) provision.Stop {
	t.Helper()
	read, err := records.Stops.Get(t.Context(), w.store, id)
	must(t, err)
	return read.Value
}

// Every switch is an event with its reason, by whoever has set it.
func TestStopsAreAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	s := w.StopSwitches()
	for _, tt := range []struct {
		event event.Name
		do    func(context.Context, request.Identity, string) error
	}{
		{event.ApprovalsFrozen.Name(), s.FreezeApprovals}, {event.ApprovalsThawed.Name(), s.ThawApprovals},
	} {
		w.clock.Move(time.Second)
		must(t, tt.do(ctx, gov, "because"))
		events, err := w.Log().Events(ctx, auditor, 0, 500)
		must(t, err)
		last := events[len(events)-1]
		if last.Type != tt.event || last.By != gov.Person() || string(last.Data) != `{"stop":"approvals","reason":"because"}` {
			t.Errorf("%s by %s: %s", last.Type, last.By, last.Data)
		}
	}
}
