package review_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

func TestStepUpIsMet(t *testing.T) {
	t.Parallel()
	quarter := request.For(15, request.Minutes)
	ago := func(d time.Duration) request.SignIn { return request.SignIn{At: now.Add(-d)} }
	for _, tt := range []struct {
		name  string
		asks  review.StepUp
		by    request.SignIn
		meets bool
	}{
		{"nothing asked, nothing known", review.StepUp{}, request.SignIn{}, true},
		{"just now", review.StepUp{Within: quarter}, ago(0), true},
		{"at the end", review.StepUp{Within: quarter}, ago(15 * time.Minute), true},
		{"too long ago", review.StepUp{Within: quarter}, ago(15*time.Minute + time.Second), false},
		{"the time is not known", review.StepUp{Within: quarter}, request.SignIn{ACR: "high"}, false},
		{"the clock of the provider is a little ahead", review.StepUp{Within: quarter}, ago(-time.Minute), true},
		{"it is far ahead", review.StepUp{Within: quarter}, ago(-2 * time.Minute), false},
		{"the level", review.StepUp{ACR: []string{"low", "high"}}, request.SignIn{ACR: "high"}, true},
		{"another level", review.StepUp{ACR: []string{"high"}}, request.SignIn{ACR: "low"}, false},
		{"the level is not known", review.StepUp{ACR: []string{"high"}}, ago(0), false},
		{"the level, but too long ago", review.StepUp{Within: quarter, ACR: []string{"high"}}, request.SignIn{At: now.Add(-time.Hour), ACR: "high"}, false},
	} {
		if got := tt.asks.Met(tt.by, now); got != tt.meets {
			t.Errorf("%s: met is %v", tt.name, got)
		}
	}
}

func TestStepUpCovers(t *testing.T) {
	t.Parallel()
	within := func(n int, acr ...string) review.StepUp {
		return review.StepUp{Within: request.For(n, request.Minutes), ACR: acr}
	}
	for _, tt := range []struct {
		is, other review.StepUp
		covers    bool
	}{
		{review.StepUp{}, review.StepUp{}, true},
		{within(5), review.StepUp{}, true},
		{review.StepUp{}, within(5), false},
		{within(5), within(15), true},
		{within(15), within(5), false},
		{within(5, "high"), within(5), true},
		{within(5), within(5, "high"), false},
		{within(5, "high"), within(5, "high", "highest"), true},
		{within(5, "high", "low"), within(5, "high"), false},
	} {
		if got := tt.is.Covers(tt.other); got != tt.covers {
			t.Errorf("%v covers %v: %v", tt.is, tt.other, got)
		}
	}
}

// An approval counts only of whoever has signed in as the stage that is open asks; a denial
// always counts.
func TestApprovalsTakeTheSignIn(t *testing.T) {
	t.Parallel()
	fresh := stage(review.Any, "a")
	fresh.StepUp = review.StepUp{Within: request.For(15, request.Minutes), ACR: []string{"high"}}
	flow := asking(stage(review.Any, "b"), fresh)
	p, r := compile(t, flow), open(t, factsOf(request.Endless), flow)
	both := says(review.Approve, "a", "b").by("x").who
	say := func(act review.Act, in request.SignIn) error {
		next, err := r.Determine(review.Determination{By: "x", Act: act, At: now, Matches: matching(t, p, r, both), SignedIn: in})
		if err == nil {
			r = next
		}
		return err
	}
	if err := say(review.Approve, request.SignIn{At: now}); err != nil {
		t.Fatalf("the first stage asks for no sign-in: %v", err)
	}
	if kept := r.Determinations[0].SignedIn; !kept.At.IsZero() {
		t.Errorf("a stage that asks for no sign-in keeps %v", kept)
	}
	err := say(review.Approve, request.SignIn{At: now, ACR: "low"})
	again := (*review.StepUpError)(nil)
	if !errors.Is(err, review.ErrSignInAgain) || !errors.As(err, &again) || again.StepUp.MaxAge() != 900 ||
		!strings.HasSuffix(err.Error(), "signed in within the last 15 minutes and to the level high") {
		t.Fatalf("the second stage is approved without: %v", err)
	}
	before := r
	if err := say(review.Deny, request.SignIn{}); err != nil || r.Status != request.Denied {
		t.Errorf("a denial: %v, %v", r.Status, err)
	}
	r = before
	if err := say(review.Approve, request.SignIn{At: now, ACR: "high"}); err != nil || r.Status != request.Approved || r.Determinations[1].SignedIn.ACR != "high" {
		t.Errorf("with the sign-in: %v %v %v", r.Status, r.Determinations, err)
	}
}

func TestStepUpOfAFlowIsChecked(t *testing.T) {
	t.Parallel()
	for says, asks := range map[string]review.StepUp{
		"default.stages[0].stepUp.within": {Within: request.Endless},
		"default.stages[0].stepUp.acr[1]": {ACR: []string{"high", "very high"}},
		"default.stages[0].stepUp.acr":    {ACR: make([]string, 11)},
	} {
		s := stage(review.Any, "a")
		s.StepUp = asks
		_, err := review.Compile(asking(s))
		if invalid := (*request.InvalidError)(nil); !errors.As(err, &invalid) || len(invalid.Faults) != 1 || invalid.Faults[0].Field != says {
			t.Errorf("%s: %v", says, err)
		}
	}
}
