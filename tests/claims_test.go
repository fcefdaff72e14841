package tests

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

func claimFor(owner request.Identity, change ...func(*provision.Claim)) provision.Claim {
	c := provision.Claim{Asset: orders, Principal: owner.Attributes["login"][0], Owner: owner.Person(), Duration: request.For(90, request.Days), Reason: "has had it for years"}
	for _, f := range change {
		f(&c)
	}
	return c
}

func (w *world) claimed(t *testing.T, c provision.Claim, dryRun bool) provision.Claimed {
	t.Helper()
	all, err := w.Access().Claim(t.Context(), gov, []provision.Claim{c}, dryRun)
	must(t, err)
	return all[0]
}

func takingOver(c *provision.Claim) { c.TakeOver = true }

func TestForeignIsListedByPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"frank", "eve", "dba"} {
		w.platform.Gave("the owner", name, orders, false, request.Read)
	}
	w.platform.Gave("the owner", "eve", customersTable, false, request.Read)
	var got []string
	for after, pages := (store.Position{}), 0; pages == 0 || !after.Zero(); pages++ {
		page, next, err := w.Access().Foreign(t.Context(), auditor, "warehouse:sales", grantwright.AccessQuery{After: after, Limit: 1})
		must(t, err)
		for _, f := range page {
			got = append(got, f.Principal.Name+" on "+f.Asset.Ref.Name())
		}
		if after = next; pages > 5 {
			t.Fatal("the pages do not end")
		}
	}
	if diff := cmp.Diff([]string{"eve on customers", "dba on orders", "eve on orders", "frank on orders"}, got); diff != "" {
		t.Errorf("what others gave (-want +got):\n%s", diff)
	}
	for _, unknown := range []catalog.Ref{"warehouse:sales.no-such", "nowhere"} {
		if _, _, err := w.Access().Foreign(t.Context(), auditor, unknown, grantwright.AccessQuery{}); !errors.Is(err, catalog.ErrNotFound) && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("at %s nobody else gave access: %v", unknown, err)
		}
	}
}

func TestClaimMakesAGrant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Gave("the owner", "eve", orders, false, request.Read)
	dry := w.claimed(t, claimFor(eve), true)
	if dry.Trouble != "" || dry.Request != "" || dry.Plan == nil || len(dry.Plan.Statements) != 1 || dry.Found == nil {
		t.Errorf("a dry run says %+v", dry)
	}
	if got := w.to(t, orders, time.Time{}); len(got) > 0 {
		t.Errorf("a dry run has given access to %v", got)
	}
	done := w.claimed(t, claimFor(eve), false)
	if done.Trouble != "" || done.Already || done.Taken {
		t.Fatalf("claiming says %+v", done)
	}
	g := w.settle(t, request.Request{ID: done.Request})
	if g.State != provision.Active || !g.Ends.Equal(w.clock.Now().Add(90*24*time.Hour)) {
		t.Errorf("the grant is %s until %s", g.State, g.Ends)
	}
	page, err := w.Access().To(t.Context(), auditor, orders, grantwright.AccessQuery{})
	must(t, err)
	if e := page.Entitlements[0]; e.Beneficiary != eve.Person() || e.Approvers[0].Person != gov.Person() || e.Flow != review.DefaultFlow.Name {
		t.Errorf("who has access: %+v", e)
	}
	if len(w.platform.Others()) != 1 {
		t.Error("what the owner gave was taken away, and nobody has said so")
	}
	if again := w.claimed(t, claimFor(eve), false); !again.Already || again.Request != done.Request {
		t.Errorf("claiming it again says %+v", again)
	}
	w.clock.Move(90 * 24 * time.Hour)
	w.work(t)
	if g := w.caseOf(t, request.Request{ID: done.Request}).Grant; g.State != provision.Revoked || w.platform.Allows("eve", orders) {
		t.Errorf("after its end the grant is %s", g.State)
	}
}

// TestClaimTakesOver takes away what others gave once ours works, and not before.
func TestClaimTakesOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Gave("ourselves, once", "eve", orders, true, request.Read)
	w.platform.Gave("the owner", "frank", orders, false, request.Read)
	if refused := w.claimed(t, claimFor(frank, takingOver), true); !strings.Contains(refused.Trouble, `"the owner" gave, who can: undo it`) {
		t.Errorf("what cannot be taken over: %+v", refused)
	}
	w.platform.Fail(errPlatform)
	if failed := w.claimed(t, claimFor(eve, takingOver), false); failed.Taken || !strings.Contains(failed.Left, "our grant is FAILED") || len(w.platform.Others()) != 2 {
		t.Errorf("while the platform fails: %+v", failed)
	}
	w.platform.Fail(nil)
	w.clock.Move(store.MaxBackoff)
	w.work(t)
	done := w.claimed(t, claimFor(eve, takingOver), false)
	if !done.Already || !done.Taken || len(w.platform.Others()) != 1 || !w.platform.Allows("eve", orders) {
		t.Errorf("taking over says %+v", done)
	}
	events, err := w.Log().Of(t.Context(), gov, done.Request, 0, 50)
	must(t, err)
	var types []event.Name
	for _, e := range events {
		if e.Type == event.AccessClaimed.Name() || e.Type == event.AccessTaken.Name() {
			types = append(types, e.Type)
		}
	}
	if diff := cmp.Diff([]event.Name{event.AccessClaimed.Name(), event.AccessTaken.Name()}, types); diff != "" {
		t.Errorf("the events (-want +got):\n%s", diff)
	}
}

func TestClaimIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Gave("the owner", "eve", orders, false, request.Read)
	w.platform.Gave("the owner", "frank", orders, false, "")
	for name, tt := range map[string]struct {
		claim provision.Claim
		want  string
	}{
		"nobody has it":              {claimFor(eve, func(c *provision.Claim) { c.Asset = customersTable }), `nobody else has given "eve" access`},
		"by somebody else":           {claimFor(eve, func(c *provision.Claim) { c.By = "the dba" }), `nobody else has given "eve" access`},
		"somebody else's principal":  {claimFor(eve, func(c *provision.Claim) { c.Owner = frank.Person() }), `frank@example.com is principal "frank"`},
		"rights that are none of us": {claimFor(frank), "amounts to nothing"},
		"nobody we know":             {claimFor(eve, func(c *provision.Claim) { c.Owner = "mallory@example.com" }), "unknown person"},
	} {
		if got := w.claimed(t, tt.claim, false); !strings.Contains(got.Trouble, tt.want) || got.Request != "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	w.rail(t, "nobody", "false", orders)
	if got := w.claimed(t, claimFor(eve), false); !strings.Contains(got.Trouble, "guardrail nobody") {
		t.Errorf("with a guardrail: %+v", got)
	}
	var invalid *request.InvalidError
	_, err := w.Access().Claim(t.Context(), gov, []provision.Claim{{Duration: request.Endless, Asset: catalog.Ref("?"), Owner: gov.Person()}}, true)
	if !errors.As(err, &invalid) || len(invalid.Faults) != 5 {
		t.Errorf("a claim that says nothing: %v", err)
	}
	if _, err := w.Access().Claim(t.Context(), gov, nil, true); !errors.As(err, &invalid) {
		t.Errorf("no claim: %v", err)
	}
}
