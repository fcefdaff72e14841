package tests

import (
	"errors"
	"testing"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// R25: whoever looks after an asset today reads and revokes what was given on it, also where
// a rule approved, or other stewards did, and by each kind of selector.
func TestTodaysStewardsReadAndRevoke(t *testing.T) {
	t.Parallel()
	later := request.Identity{ID: "later@example.com", Groups: []string{"later"}, Attributes: map[string][]string{"region": {"emea"}, "login": {"later"}}}
	asks := func(s review.Selector) review.Action {
		return review.Action{Act: review.Ask, Stages: []review.Stage{{Name: "later", Mode: review.Any, Selectors: []review.Selector{s}}}}
	}
	never := review.Rule{Name: "never", When: `request.columns == ["none"]`, Then: asks(review.Selector{Group: "later"})}
	for name, next := range map[string]review.Flow{
		"by group":                 {Default: asks(review.Selector{Group: "later"})},
		"by person":                {Default: asks(review.Selector{Person: later.Person()})},
		"by attribute":             {Default: asks(review.Selector{Attribute: &request.Attribute{Key: "region", Value: "emea"}})},
		"by a condition":           {Default: asks(review.Selector{When: `"emea" in steward.attributes.region && asset.name == "orders"`})},
		"by owning it":             {Default: asks(review.Selector{Owners: true})},
		"by a rule that is passed": {Rules: []review.Rule{never}, Default: review.Action{Act: review.Approve}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.Directory.Put(later)
			w.platform.Own(orders, "later")
			_, err := w.Sync(t.Context(), admin, "warehouse")
			must(t, err)
			w.decides(t, review.Flow{Name: "first", Default: review.Action{Act: review.Approve}})
			byRule := w.submit(t, eve, "30 DAYS")
			must(t, attach(t.Context(), w.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Flow: flow.Name}))
			byPeople := w.approved(t, frank, "30 DAYS")
			pending := w.submit(t, privacyWithLogin(w), "30 DAYS")
			next.Name = "next"
			if byRule.Status != request.Approved {
				t.Fatalf("the rule has not approved: %s", byRule.Status)
			}
			for _, req := range []request.Request{byRule, byPeople} {
				if _, err := w.Request(t.Context(), later, req.ID); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("before the flow is theirs: %v", err)
				}
			}
			w.decides(t, next)
			for _, req := range []request.Request{byRule, byPeople} {
				if c, err := w.Request(t.Context(), later, req.ID); err != nil || !c.May.Revoke || !c.May.Explain {
					t.Errorf("they read %+v, %v", c.May, err)
				}
				if _, err := w.Revoke(t.Context(), later, req.ID, ""); err != nil {
					t.Errorf("they revoke: %v", err)
				}
				if _, err := w.Request(t.Context(), later, req.ID); err != nil {
					t.Errorf("they read on: %v", err)
				}
				if _, err := w.Request(t.Context(), nobody, req.ID); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("a stranger reads: %v", err)
				}
			}
			if _, err := w.Request(t.Context(), later, pending.ID); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("the flow of a pending request is its own: %v", err)
			}
		})
	}
}

// Whose stage is approved already reads on, and revokes in the end; so does a substitute of
// today's steward.
func TestStewardsOfPastStagesReadAndRevoke(t *testing.T) {
	t.Parallel()
	w, _ := staffed(t, askingIn(groups(review.Any, "sales-owners"), groups(review.Any, "privacy")))
	other := request.Identity{ID: "other-owner@example.com", Groups: []string{"sales-owners"}}
	w.Directory.Put(other)
	req := w.submit(t, eve, "30 DAYS")
	must(t, w.approves(t, owner, req))
	if _, err := w.Request(t.Context(), other, req.ID); err != nil {
		t.Errorf("while the next stage is open: %v", err)
	}
	must(t, w.approves(t, privacy, req))
	if _, err := w.Revoke(t.Context(), other, req.ID, ""); err != nil {
		t.Errorf("in the end: %v", err)
	}
	again := w.submit(t, frank, "30 DAYS")
	must(t, w.approves(t, owner, again))
	must(t, w.approves(t, privacy, again))
	w.decides(t, review.Flow{Name: "next", Default: review.Action{Act: review.Ask, Stages: []review.Stage{groups(review.Any, "later")}}})
	later := request.Identity{ID: "later@example.com", Groups: []string{"later"}}
	w.Directory.Put(later)
	_, err := w.Substitutes().Name(t.Context(), later, nobody.Person(), w.clock.Now(), w.clock.Now().AddDate(0, 0, 7), "")
	must(t, err)
	if _, err := w.Revoke(t.Context(), nobody, again.ID, ""); err != nil {
		t.Errorf("in the place of today's steward: %v", err)
	}
}
