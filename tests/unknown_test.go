package tests

import (
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// forget lets the directory know somebody whose groups it does not know, as after a sign-in
// without a claim of them.
func (w *world) forget(who request.Identity) request.Identity {
	who.Groups = nil
	w.Directory.Put(who)
	return who
}

// TestUnknownGroupsEndNothing has a guardrail read groups of somebody who has access, and of
// whom none are known by now.
func TestUnknownGroupsEndNothing(t *testing.T) {
	t.Parallel()
	for name, forget := range map[string]func(w *world){
		"no claim of groups":               func(w *world) { w.forget(eve) },
		"the directory knows them no more": func(w *world) { w.Directory.Remove(eve.Person()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.train(eve, true)
			w.rail(t, "training", trained, orders)
			req := w.approved(t, w.asEve(t), "30 DAYS")
			forget(w)
			found, err := w.Reconcile(t.Context(), gov, "warehouse", provision.Reconcile{})
			must(t, err)
			w.work(t)
			if g := w.caseOf(t, req).Grant; g.State != provision.Active || !w.platform.Allows("eve", orders) {
				t.Errorf("the grant is %s: %s", g.State, g.Prevented)
			}
			told := false
			for _, f := range found.Findings {
				told = told || f.Kind == provision.FoundPrevented && !f.Mended && strings.Contains(f.Detail, "beneficiary.groups is not known")
			}
			if !told {
				t.Errorf("the reconciliation says nothing of it: %+v", found.Findings)
			}
			w.train(eve, false)
			must(t, justErr(w.Reconcile(t.Context(), gov, "warehouse", provision.Reconcile{})))
			w.work(t)
			if g := w.caseOf(t, req).Grant; g.State != provision.Revoked {
				t.Errorf("known not to be trained, the grant is %s", g.State)
			}
		})
	}
}

// TestUnknownGroupsGiveNothing has an approved grant wait while it is not known whether a
// guardrail prevents it, and go on afterwards.
func TestUnknownGroupsGiveNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.train(eve, true)
	w.rail(t, "training", trained, orders)
	w.platform.Fail(errPlatform)
	req := w.approved(t, w.asEve(t), "30 DAYS")
	w.forget(eve)
	w.platform.Fail(nil)
	w.clock.Move(store.MaxBackoff)
	w.work(t)
	if g := w.caseOf(t, req).Grant; g.State == provision.Active || g.Ending != "" || !strings.Contains(g.Error, "not known") || w.platform.Allows("eve", orders) {
		t.Errorf("the grant is %s, ending %q: %s", g.State, g.Ending, g.Error)
	}
	w.train(eve, true)
	w.clock.Move(store.MaxBackoff)
	w.work(t)
	if g := w.caseOf(t, req).Grant; g.State != provision.Active {
		t.Errorf("trained, the grant is %s: %s", g.State, g.Error)
	}
}

// TestUnknownGroupsAskPeople has neither a rule approve nor a guardrail deny because of groups
// that are not known.
func TestUnknownGroupsAskPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rail(t, "training", trained, "warehouse")
	req := w.submit(t, w.forget(eve), "1 HOURS") // which a rule approves
	rev := w.caseOf(t, req).Review
	if req.Status != request.Pending || !strings.Contains(strings.Join(rev.Why, "; "), "beneficiary.groups is not known") {
		t.Errorf("the request is %s: %q", req.Status, rev.Why)
	}
	if _, err := w.Determine(t.Context(), owner, req.ID, review.Determination{Act: review.Approve}); err == nil || !strings.Contains(err.Error(), "not known") {
		t.Errorf("approving says %v", err)
	}
	w.train(eve, true)
	w.clock.Move(time.Hour)
	w.work(t)
	if now := w.caseOf(t, req).Request; now.Status != request.Approved {
		t.Errorf("trained, the request is %s", now.Status)
	}
}

// TestUnknownGroupsVoidNothing lets an approval count on while the flow reads groups that are
// not known.
func TestUnknownGroupsVoidNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.decides(t, review.Flow{Name: "ruled", Default: review.Action{Act: review.Ask, Stages: []review.Stage{groups(review.Any, "privacy")}},
		Rules: []review.Rule{{Name: "analysts", When: `"analysts" in beneficiary.groups`, Then: review.Action{Act: review.Ask,
			Stages: []review.Stage{groups(review.All, "sales-owners", "privacy")}}}}})
	req := w.submit(t, eve, "30 DAYS")
	w.determine(t, owner, req, review.Approve)
	w.forget(eve)
	w.clock.Move(time.Hour)
	w.work(t)
	all := w.caseOf(t, req)
	if d := all.Review.Determinations; len(d) != 1 || d[0].Void != "" || all.Review.Rule != "analysts" {
		t.Errorf("rule %s, determinations %+v", all.Review.Rule, d)
	}
	who := eve
	who.Groups = []string{}
	w.Directory.Put(who)
	w.clock.Move(time.Hour)
	w.work(t)
	if d := w.caseOf(t, req).Review.Determinations; len(d) != 1 || d[0].Void != review.Reopened {
		t.Errorf("known to be in none, determinations %+v", d)
	}
}

// TestUnknownGroupsLeaveNothingBehind has access that does not work, and that opens more by
// now than was known: what a guardrail there reads is not known. It is taken until somebody
// has looked, and not left as what was never given.
func TestUnknownGroupsLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.train(eve, true)
	w.rail(t, "training", trained, customersTable)
	req := w.approved(t, w.asEve(t), "30 DAYS")
	w.platform.Break(orders, "no EXECUTE on function purge")
	must(t, justErr(w.Reconcile(t.Context(), gov, "warehouse", provision.Reconcile{})))
	w.work(t)
	if g := w.caseOf(t, req).Grant; g.State != provision.Failed || !w.platform.Allows("eve", orders) {
		t.Fatalf("what cannot be used is %s", g.State)
	}
	w.platform.Reach(orders, catalog.Through{Way: catalog.ByQuery, Ref: customersTable})
	w.forget(eve)
	w.clock.Move(store.MaxBackoff)
	w.work(t)
	if g := w.caseOf(t, req).Grant; g.State != provision.Suspended || w.platform.Allows("eve", orders) {
		t.Errorf("the grant is %s (%s), and the platform allows it: %v", g.State, g.Error, w.platform.Allows("eve", orders))
	}
}
