package tests

import (
	"strings"
	"testing"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Where the platform refuses to let somebody write, or lets them and it does not work, they may
// read all the same, whichever they ask for first: the record of each says so, and so do the
// plan and a dry run.
func TestWhoMayNotWriteReads(t *testing.T) {
	t.Parallel()
	ways := map[string]func(*world) *bool{
		"refused":     func(w *world) *bool { return &w.platform.NoWrite },
		"of no avail": func(w *world) *bool { return &w.platform.Useless },
	}
	for way, of := range ways {
		for name, order := range map[string][]request.Privilege{
			"writing first": {request.ReadWrite, request.Read},
			"reading first": {request.Read, request.ReadWrite},
		} {
			t.Run(way+", "+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				whoMayNotWriteReads(t, w, of(w), order)
			})
		}
	}
}

// whoMayNotWriteReads asks for each privilege while noWrite is true.
func whoMayNotWriteReads(t *testing.T, w *world, noWrite *bool, order []request.Privilege) {
	ctx := t.Context()
	*noWrite = true
	grants := map[request.Privilege]provision.GrantID{}
	for _, privilege := range order {
		s := asking("1 HOURS") // which a rule approves
		s.Privilege = privilege
		req, err := w.Submit(ctx, eve, s)
		must(t, err)
		plan, err := w.Grants().Plan(ctx, eve, req.ID)
		must(t, err)
		if (plan.Err != nil) != (privilege == request.ReadWrite && w.platform.NoWrite) {
			t.Errorf("the plan of %s says %v", privilege, plan.Err)
		}
		w.settle(t, req)
		grants[privilege] = provision.GrantID(req.ID)
	}
	stand := func() {
		t.Helper()
		for privilege, want := range map[request.Privilege]provision.State{request.Read: provision.Active, request.ReadWrite: provision.Failed} {
			g := w.caseOf(t, request.Request{ID: request.ID(grants[privilege])}).Grant
			if g.State != want || (want == provision.Failed) != strings.Contains(g.Error, "cannot be written to") {
				t.Errorf("%s is %s: %s", privilege, g.State, g.Error)
			}
		}
	}
	stand()
	for _, dry := range []bool{true, false} {
		if _, found := w.reconcile(t, provision.Reconcile{DryRun: dry}); len(found) > 0 {
			t.Errorf("reconciling (dry run %v) finds %q", dry, found)
		}
	}
	stand()

	// What can be written to again is, when it is tried.
	*noWrite = false
	_, err := w.Grants().Retry(ctx, gov, grants[request.ReadWrite])
	must(t, err)
	if g := w.waitFor(t, request.Request{ID: request.ID(grants[request.ReadWrite])}, provision.Active); g.Error != "" {
		t.Errorf("the grant says %q", g.Error)
	}
}

// Where a connection is frozen, what the platform refuses of the access in force gives nobody
// the rest of what they want.
func TestARefusalGivesNothingWhileFrozen(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := newWorld(t)
	ask := func(privilege request.Privilege, columns ...string) request.Request {
		t.Helper()
		s := asking("1 HOURS") // which a rule approves
		s.Privilege, s.Columns = privilege, columns
		req, err := w.Submit(ctx, eve, s)
		must(t, err)
		return req
	}
	writes, reads := ask(request.ReadWrite), ask(request.Read)
	w.settle(t, writes)
	w.settle(t, reads)
	w.platform.NoWrite = true
	must(t, w.StopSwitches().FreezeConnection(ctx, gov, "warehouse", "an incident"))
	more := ask(request.Read, "id")
	_, err := w.Revoke(ctx, gov, reads.ID, "enough")
	must(t, err)
	w.work(t)
	for _, req := range []request.Request{writes, reads, more} {
		for _, ran := range w.caseOf(t, req).Grant.Ran {
			if strings.Contains(string(ran), "(id)") {
				t.Errorf("while it was frozen, the platform has run %s", ran)
			}
		}
	}
	if g := w.caseOf(t, more).Grant; g.State != provision.Pending {
		t.Errorf("what was approved meanwhile is %s", g.State)
	}
}
