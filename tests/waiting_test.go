package tests

import (
	"context"
	"sync"
	"testing"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// While a grant is being applied, those wait for it who may read its request: whoever it
// concerns without reading a record, and nobody else because of that.
func TestWhoMayWaitForAGrantThatIsBeingApplied(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	applying, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.platform.Before = func() { once.Do(func() { close(applying) }); <-release }
	req := w.determine(t, twice, w.submit(t, eve, "30 DAYS"), review.Approve)
	<-applying
	_, err := w.WaitForGrant(ctx, frank, req.ID)
	refuses(t, "a stranger", request.ErrForbidden, err)
	_, err = w.WaitForGrant(ctx, request.Identity{}, req.ID)
	if err == nil {
		t.Error("nobody may wait, and does")
	}
	settled := make(chan error, 2)
	for _, who := range []request.Identity{eve, twice} {
		go func() {
			g, err := w.WaitForGrant(ctx, who, req.ID)
			if err == nil && g.State != provision.Active {
				t.Errorf("%s is told %s", who.Person(), g.State)
			}
			settled <- err
		}()
	}
	close(release)
	for range 2 {
		must(t, <-settled)
	}
}

// A determination ends the rechecks of its review: nothing is left that would look at it.
func TestADecidedReviewIsNotRechecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pending := w.submit(t, frank, "30 DAYS")
	denied := w.determine(t, twice, w.submit(t, eve, "30 DAYS"), review.Deny)
	approved := w.determine(t, twice, w.submit(t, eve, "30 DAYS"), review.Approve)
	left, err := records.Rechecks.Some(t.Context(), w.store, pending.ID, approved.ID, denied.ID)
	if must(t, err); len(left) != 1 || left[0].Value.Request != pending.ID {
		t.Errorf("rechecked are %v, want that of %s only", left, pending.ID)
	}
}
