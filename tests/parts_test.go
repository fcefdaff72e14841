package tests

import (
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// A partition is read through its table. Where others decide about it, no rule
// approves the table by itself, and reconciliation tells of it.
func TestPartitionsWhereOthersDecideStopAutomaticApprovals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.approved(t, frank, "1 HOURS")
	w.platform.Parted = map[catalog.Ref][]catalog.Ref{orders: {"warehouse:sales.public.orders_2025", customersTable}}
	if req := w.submit(t, eve, "1 HOURS"); req.Status != request.Approved || len(req.Parts) > 0 {
		t.Fatalf("with partitions about which the same decide it is %s, %v", req.Status, req.Parts)
	}
	_, found := w.reconcile(t, provision.Reconcile{})
	same(t, "found", []string(nil), found)

	_, err := w.Governance().Flows.Save(t.Context(), gov, staged)
	must(t, err)
	must(t, attach(t.Context(), w.Governance(), gov, request.Attachment{At: customersTable, Type: request.DataAccess, Flow: "staged"}))
	again := asking("30 MINUTES")
	p, err := w.Preview(t.Context(), eve, again)
	must(t, err)
	same(t, "the preview names", []catalog.Ref{customersTable}, p.Parts)
	req, err := w.Submit(t.Context(), eve, again)
	must(t, err)
	c := w.caseOf(t, req)
	says := func(why string) bool {
		return strings.Contains(why, "customers is read through it, and others decide there")
	}
	if req.Status != request.Pending || p.Status != request.Pending || !slices.ContainsFunc(c.Review.Why, says) {
		t.Errorf("it is %s, previewed as %s: %q", req.Status, p.Status, c.Review.Why)
	}
	_, found = w.reconcile(t, provision.Reconcile{})
	same(t, "found", []string{"STRICTER  false"}, found)
	if g := w.caseOf(t, before).Grant; g.State != "ACTIVE" {
		t.Errorf("what stood is %s", g.State)
	}
}

// Access to a schema does not cover the partitions of a table that it does not cover.
func TestPartitionsOfWhatIsExcludedAreExcludedToo(t *testing.T) {
	t.Parallel()
	const yearly, first catalog.Ref = "warehouse:sales.public.yearly", "warehouse:sales.public.a2025"
	w := newWorld(t)
	w.platform.Add(catalog.Asset{Ref: yearly, Kind: catalog.PartitionedTable, ID: "50"})
	w.platform.Add(catalog.Asset{Ref: first, Kind: catalog.Table, ID: "51"})
	w.platform.Parted = map[catalog.Ref][]catalog.Ref{yearly: {first}}
	_, err := w.Sync(t.Context(), admin, "warehouse")
	must(t, err)
	_, err = w.Governance().Flows.Save(t.Context(), gov, staged)
	must(t, err)
	must(t, attach(t.Context(), w.Governance(), gov, request.Attachment{At: yearly, Type: request.DataAccess, Flow: "staged"}))
	s := asking("1 HOURS")
	s.Asset = "warehouse:sales.public"
	req, err := w.Submit(t.Context(), eve, s)
	must(t, err)
	if g := w.settle(t, req); g.State != "ACTIVE" {
		t.Fatalf("the grant is %s: %s", g.State, g.Error)
	}
	covered := w.platform.Covers("warehouse:sales.public")
	slices.Sort(covered)
	same(t, "covered", []catalog.Ref{customersTable, orders}, covered)
}
