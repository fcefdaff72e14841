package tests

import (
	"errors"
	"testing"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// An approval of a stage that asks for a fresh sign-in counts once its steward has signed in
// again, one by one and several at once; the record keeps how, and no record of a person does.
func TestApprovalsTakeAFreshSignIn(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	fresh := groups(review.Any, "sales-owners")
	fresh.StepUp = review.StepUp{Within: request.For(15, request.Minutes), ACR: []string{"high"}}
	w, _ := staffed(t, review.Flow{Name: "fresh", Default: review.Action{Act: review.Ask, Stages: []review.Stage{fresh}}})
	first, second := w.submit(t, eve, "1 DAYS"), w.submit(t, frank, "1 DAYS")
	for name, in := range map[string]request.SignIn{
		"nothing is known": {},
		"too long ago":     {At: w.clock.Now().Add(-time.Hour), ACR: "high"},
		"another level":    {At: w.clock.Now(), ACR: "low"},
	} {
		by := twice
		by.SignedIn = in
		refuses(t, name, review.ErrSignInAgain, w.approves(t, by, first))
		all, err := w.Reviews().Determine(ctx, by, []review.Decision{{Request: first.ID, Determination: review.Determination{Act: review.Approve}}})
		must(t, err)
		refuses(t, name+", several at once", review.ErrSignInAgain, all[0].Err)
	}
	by := twice
	by.SignedIn = request.SignIn{At: w.clock.Now(), ACR: "high", AMR: []string{"hwk"}}
	must(t, w.approves(t, by, first))
	w.settle(t, first)
	if kept := w.review(t, first).Determinations[0].SignedIn; kept.ACR != "high" || !kept.At.Equal(by.SignedIn.At) {
		t.Errorf("the review keeps %+v", kept)
	}
	shown, err := w.Request(ctx, eve, first.ID)
	must(t, err)
	if in := shown.Review.Determinations[0].SignedIn; in.ACR != "" || !in.At.IsZero() {
		t.Errorf("the requester is told how the steward had signed in: %+v", in)
	}
	known, err := store.People.Get(ctx, w.store, twice.Person())
	must(t, err)
	if !known.Value.SignedIn.At.IsZero() {
		t.Errorf("the record of the person keeps %+v", known.Value.SignedIn)
	}
	w.determine(t, twice, second, review.Deny)
	w.clock.Move(16 * time.Minute)
	if err := w.approves(t, by, w.submit(t, frank, "1 DAYS")); !errors.Is(err, review.ErrSignInAgain) {
		t.Errorf("16 minutes later: %v", err)
	}
}
