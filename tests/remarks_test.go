package tests

import (
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/provision"
)

// What limits access that stands is said as soon as reconciliation finds it, once when it
// comes and once when it goes.
func TestRemarksOfWhatStandsAreRefreshed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := asking("1 HOURS") // approved by a rule
	s.Asset = customersTable
	req, err := w.Submit(t.Context(), frank, s)
	must(t, err)
	g := w.settle(t, req)
	if g.State != provision.Active || len(g.Remarks) > 0 {
		t.Fatalf("the grant is %s, with the remarks %q", g.State, g.Remarks)
	}
	finds := func(what string, how provision.Reconcile, want ...string) {
		t.Helper()
		r, found := w.reconcile(t, how)
		same(t, what, want, found)
		for _, f := range r.Findings {
			if !strings.Contains(f.Detail, "rows come from foreign servers") {
				t.Errorf("%s: it says %q", what, f.Detail)
			}
		}
	}
	finds("found when nothing has changed", provision.Reconcile{})
	w.platform.Reach(s.Asset, catalog.Through{Way: catalog.ByServer, Name: "archive", Own: true})
	finds("found by a dry run", provision.Reconcile{DryRun: true}, "REMARKS frank false")
	finds("found", provision.Reconcile{}, "REMARKS frank false")
	finds("found again", provision.Reconcile{})
	if g = w.caseOf(t, req).Grant; g.State != provision.Active || len(g.Remarks) != 1 || !strings.Contains(g.Remarks[0], "archive") {
		t.Errorf("the grant is %s, with the remarks %q", g.State, g.Remarks)
	}
	w.platform.Reach(s.Asset)
	finds("found when it is gone", provision.Reconcile{}, "REMARKS frank false")
	if g = w.caseOf(t, req).Grant; len(g.Remarks) > 0 {
		t.Errorf("the remarks are %q", g.Remarks)
	}
	same(t, "told of remarks", []int{0, 0}, w.gapEvents(t, req.ID, event.GrantRemarks.Name()))
}
