package tests

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// gapEvents are the events of a kind about a request, each with how many gaps it tells of.
func (w *world) gapEvents(t *testing.T, id request.ID, name event.Name) (counts []int) {
	t.Helper()
	all, err := w.Log().Events(t.Context(), auditor, 0, 500)
	must(t, err)
	for _, ev := range all {
		if ev.Request == id && ev.Type == name {
			payload, err := ev.Payload()
			must(t, err)
			counts = append(counts, payload.(event.Grant).GapCount)
		}
	}
	return counts
}

// A grant on a container of which a part does not work is ACTIVE, with gaps: it says which
// and why everywhere, is told once when they come and once when they go, never lapses, and
// heals by reconciliation or when somebody asks for it.
func TestGapsOfAContainer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := asking("30 DAYS")
	s.Asset = "warehouse:sales.public"
	w.platform.Break(orders, "no SELECT on its base")
	line := string(orders) + ": no SELECT on its base"
	preview, err := w.Preview(t.Context(), eve, s)
	must(t, err)
	same(t, "foreseen", []string{line}, preview.Plan.Gaps.Lines())
	req, err := w.Submit(t.Context(), eve, s)
	must(t, err)
	w.determine(t, twice, req, review.Approve)
	g := w.settle(t, req)
	if g.State != provision.Active || !g.Gapped() || g.Started.IsZero() {
		t.Fatalf("the grant is %s (%s), with the gaps %q", g.State, g.Error, g.Gaps.Lines())
	}
	access, err := w.Access().Of(t.Context(), eve, eve.Person(), grantwright.AccessQuery{})
	must(t, err)
	same(t, "said of the access", g.Gaps, access.Entitlements[0].Gaps)
	w.work(t)
	notices, _, err := w.Inbox().Notices(t.Context(), eve, true, store.Position{}, store.MaxPage)
	must(t, err)
	at := slices.IndexFunc(notices, func(n notify.Notice) bool { return n.Topic == notify.Topic(event.GrantActive) })
	if at < 0 || notices[at].Detail != line || notices[at].Count != 1 {
		t.Errorf("the notices are %+v", notices)
	}

	finds := func(what string, how provision.Reconcile, want ...string) {
		t.Helper()
		_, found := w.reconcile(t, how)
		same(t, what, want, found)
	}
	finds("found when nothing has changed", provision.Reconcile{})
	w.clock.Move(provision.ActivationLimit + time.Hour)
	w.work(t)
	if g = w.settle(t, req); g.State != provision.Active {
		t.Fatalf("two weeks later the grant is %s", g.State)
	}
	w.platform.Break("warehouse:sales.public.returns", "it holds no data")
	w.platform.Add(catalog.Asset{Ref: "warehouse:sales.public.returns", Kind: catalog.Table, ID: "9"})
	_, err = w.Sync(t.Context(), admin, "warehouse")
	must(t, err)
	finds("found by a dry run", provision.Reconcile{DryRun: true}, "GAPS eve false")
	finds("found", provision.Reconcile{}, "GAPS eve false")
	w.platform.Break(customersTable, "it holds no data")
	finds("found where nothing works", provision.Reconcile{}, "BROKEN eve false")
	w.platform.Break(customersTable, "")
	w.clock.Move(store.MaxBackoff)
	w.work(t)
	if g = w.settle(t, req); g.State != provision.Active || g.Gaps.Count != 2 {
		t.Fatalf("where one works again, it is %s: %s", g.State, g.Error)
	}

	w.platform.Break(orders, "")
	w.platform.Break("warehouse:sales.public.returns", "")
	finds("found when all works again", provision.Reconcile{}, "GAPS eve true")
	w.platform.Break(orders, "no SELECT on its base")
	finds("found anew", provision.Reconcile{}, "GAPS eve false")
	w.platform.Break(orders, "")
	_, err = w.Grants().Retry(t.Context(), eve, g.ID)
	must(t, err)
	w.work(t)
	if g = w.settle(t, req); g.State != provision.Active || g.Gaps.Count != 0 || !g.Retry.IsZero() {
		t.Errorf("tried again, it is %s with %q", g.State, g.Gaps.Lines())
	}
	same(t, "told of gaps", []int{2, 0, 1, 0}, w.gapEvents(t, req.ID, event.GrantGaps.Name()))
	if _, err := w.Grants().Retry(t.Context(), eve, g.ID); !errors.Is(err, store.ErrState) {
		t.Errorf("there is nothing to try again: %v", err)
	}
}
