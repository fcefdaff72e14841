package tests

import (
	"errors"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// gainsAPart has the customers become a part of the orders, on the platform alone: no sync
// sees it.
func (w *world) gainsAPart() {
	w.platform.Parted = map[catalog.Ref][]catalog.Ref{orders: {customersTable}}
}

// othersDecide has another flow decide about the customers.
func (w *world) othersDecide(t *testing.T) {
	t.Helper()
	_, err := w.Governance().Flows.Save(t.Context(), gov, staged)
	must(t, err)
	must(t, attach(t.Context(), w.Governance(), gov, request.Attachment{At: customersTable, Type: request.DataAccess, Flow: "staged"}))
}

// customersArePersonal tags a column of the customers.
func (w *world) customersArePersonal(t *testing.T) {
	t.Helper()
	_, err := w.Governance().Classifications.Save(t.Context(), gov, catalog.Classification{At: customersTable, Columns: []catalog.ClassifiedColumn{{Name: "mail", Tags: []string{"pii"}}}})
	must(t, err)
}

// What is read through an asset when it is given, and was not when it was approved, is asked
// about first: guardrails end the grant, others have to look, and what the same people
// decide about anyhow is given.
func TestWhatIsReadWhenItIsGivenIsAskedAbout(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before   func(t *testing.T, w *world)
		duration string // an hour is approved by a rule
		want     provision.State
		says     string
	}{
		"the same decide":               {func(*testing.T, *world) {}, "30 DAYS", provision.Active, ""},
		"a rule, which reads no facts":  {func(*testing.T, *world) {}, "1 HOURS", provision.Active, ""},
		"others decide":                 {func(t *testing.T, w *world) { w.othersDecide(t) }, "30 DAYS", provision.Suspended, string(customersTable)},
		"others decide, and not a rule": {func(t *testing.T, w *world) { w.othersDecide(t) }, "1 HOURS", provision.Suspended, string(customersTable)},
		"a guardrail is set there": {func(t *testing.T, w *world) { w.rail(t, "nobody", "false", customersTable) }, "30 DAYS", provision.Revoked,
			"guardrail nobody at " + string(customersTable)},
		"a guardrail reads its tags": {func(t *testing.T, w *world) {
			w.customersArePersonal(t)
			w.rail(t, "no pii", `!("pii" in asset.tags)`, "warehouse")
		}, "30 DAYS", provision.Revoked, "guardrail no pii at warehouse"},
		"a rule reads its tags": {func(t *testing.T, w *world) {
			w.customersArePersonal(t)
			next := flow
			next.Version, next.Rules = 1, []review.Rule{{Name: "no pii", When: `!("pii" in asset.tags)`, Then: review.Action{Act: review.Approve}}}
			_, err := w.Governance().Flows.Save(t.Context(), gov, next)
			must(t, err)
		}, "30 DAYS", provision.Suspended, string(customersTable)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tt.before(t, w)
			w.platform.Fail(errPlatform)
			req := w.approved(t, eve, tt.duration)
			w.restart(t)
			w.gainsAPart()
			w.platform.Fail(nil)
			w.clock.Move(store.MaxBackoff)
			w.work(t)
			all := w.caseOf(t, req)
			g := all.Grant
			if g.State != tt.want || !strings.Contains(g.Withheld+g.Prevented, tt.says) {
				t.Fatalf("the grant is %s: %s", g.State, g.Withheld+g.Prevented+g.Error)
			}
			if w.platform.Allows("eve", orders) != (tt.want == provision.Active) {
				t.Error("what eve has is another thing")
			}
			switch tt.want {
			case provision.Revoked:
				if all.Request.Status != request.Revoked || all.Request.Reason != g.Prevented {
					t.Errorf("the request is %s: %q", all.Request.Status, all.Request.Reason)
				}
			case provision.Suspended:
				_, err := w.Grants().Resume(t.Context(), gov, g.ID, "looked at")
				must(t, err)
				if g := w.settle(t, req); g.State != provision.Active || !w.platform.Allows("eve", orders) {
					t.Errorf("looked at, it is %s: %s", g.State, g.Withheld+g.Error)
				}
			}
		})
	}
}

// What the platform says when access is asked for, and no sync has seen, is asked about by
// rules and guardrails: at preview, at submission and when a steward decides.
func TestRulesAreAskedAboutWhatThePlatformSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.customersArePersonal(t)
	w.gainsAPart()
	pending := w.submit(t, eve, "30 DAYS")
	w.rail(t, "no pii", `!("pii" in asset.tags)`, "warehouse")
	p, err := w.Preview(t.Context(), frank, asking("30 DAYS"))
	must(t, err)
	if len(p.Prevented) != 1 || p.Prevented[0].Asset != customersTable {
		t.Errorf("the preview says %+v", p.Prevented)
	}
	if req := w.submit(t, frank, "1 HOURS"); req.Status != request.Denied {
		t.Errorf("what a rule would approve is %s", req.Status)
	}
	if _, err := w.Determine(t.Context(), twice, pending.ID, review.Determination{Act: review.Approve}); !errors.As(err, new(*review.PreventedError)) {
		t.Errorf("approving it ended in %v", err)
	}
	if c := w.caseOf(t, pending); len(c.Prevented) != 1 {
		t.Errorf("the stewards see %+v", c.Prevented)
	}
}

// A reconciliation asks guardrails about what the platform says is read now, whatever the
// last sync has seen.
func TestReconciliationAsksGuardrailsAboutWhatIsReadNow(t *testing.T) {
	t.Parallel()
	for _, dry := range []bool{true, false} {
		w := newWorld(t)
		w.customersArePersonal(t)
		w.rail(t, "no pii", `!("pii" in asset.tags)`, "warehouse")
		req := w.approved(t, eve, "30 DAYS")
		_, found := w.reconcile(t, provision.Reconcile{})
		same(t, "found before", []string(nil), found)
		w.gainsAPart()
		r, _ := w.reconcile(t, provision.Reconcile{DryRun: dry})
		if len(r.Findings) != 1 || r.Findings[0].Kind != provision.FoundPrevented || r.Findings[0].Mended == dry || !strings.Contains(r.Findings[0].Detail, string(customersTable)) {
			t.Errorf("found %+v", r.Findings)
		}
		want := provision.Revoked
		if dry {
			want = provision.Active
		}
		if g := w.settle(t, req); g.State != want || w.platform.Allows("eve", orders) != dry {
			t.Errorf("after a dry run (%v) the grant is %s", dry, g.State)
		}
	}
}
