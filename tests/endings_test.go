package tests

import (
	"errors"
	"testing"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// R6: what others ask for somebody is theirs to cancel too, and then they may ask for it
// themselves. Nobody else may.
func TestTheBeneficiaryMayCancel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := asking("30 DAYS")
	s.Beneficiary = eve.Person()
	req, err := w.Submit(t.Context(), frank, s)
	must(t, err)
	for _, by := range []request.Identity{owner, nobody, gov} {
		if _, err := w.Cancel(t.Context(), by, req.ID); !errors.Is(err, request.ErrForbidden) {
			t.Errorf("%s cancels: %v", by.ID, err)
		}
	}
	if c, err := w.Request(t.Context(), eve, req.ID); err != nil || !c.May.Cancel {
		t.Errorf("eve may %+v, %v", c.May, err)
	}
	if canceled, err := w.Cancel(t.Context(), eve, req.ID); err != nil || canceled.Status != request.Canceled {
		t.Errorf("eve cancels: %s, %v", canceled.Status, err)
	}
	if own := w.submit(t, eve, "30 DAYS"); own.Requester != eve.Person() {
		t.Errorf("she asks herself: %+v", own)
	}
}

// A stage whose condition does not hold is no stage of the request: its stewards neither
// decide nor read.
func TestStagesThatDoNotApplyGiveNobodyASay(t *testing.T) {
	t.Parallel()
	passed := groups(review.Any, "privacy")
	passed.When = `request.privilege == "READ_WRITE"`
	w, _ := staffed(t, askingIn(groups(review.Any, "sales-owners"), passed))
	req := w.submit(t, eve, "30 DAYS")
	if _, err := w.Request(t.Context(), privacy, req.ID); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("a steward of the passed stage reads: %v", err)
	}
	for _, act := range []review.Act{review.Approve, review.Deny} {
		_, err := w.Determine(t.Context(), privacy, req.ID, review.Determination{Act: act})
		refuses(t, string(act), review.ErrNotSteward, err)
	}
	if c, err := w.Request(t.Context(), owner, req.ID); err != nil || !c.May.Approve {
		t.Errorf("a steward of the open stage may %+v, %v", c.May, err)
	}
}

// R14: who is disabled while following the log is told nothing more.
func TestFollowersWhoAreDisabledAreToldNothingMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	disabled, again := false, errors.New("told again")
	err := w.Log().Follow(t.Context(), auditor, event.Filter{}, 0, func([]notify.CloudEvent, int64) error {
		if disabled {
			return again
		}
		disabled = true
		return w.StopSwitches().Disable(t.Context(), gov, auditor.Person(), "left")
	})
	if !errors.Is(err, request.ErrForbidden) || !disabled {
		t.Errorf("it ends with %v", err)
	}
}
