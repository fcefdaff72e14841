package tests

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// busyDirectory is everybody, and does not answer while it is busy.
type busyDirectory struct {
	request.Roster
	busy *atomic.Bool
}

func (d busyDirectory) Lookup(ctx context.Context, p request.PersonID) (request.Identity, error) {
	if d.busy.Load() {
		return request.Identity{}, errors.New("busy")
	}
	return d.Roster.Lookup(ctx, p)
}

// What could not be found out just now is tried again soon, and calls for nobody.
func TestBusyDirectoryDelaysAGrantForSecondsOnly(t *testing.T) {
	t.Parallel()
	var busy atomic.Bool
	w := newWorld(t, func(c *grantwright.Config) { c.Directory = busyDirectory{everybody, &busy} })
	req := w.refusing(t)
	busy.Store(true)
	g := w.caseOf(t, req).Grant
	for g.Attempts < 2 && t.Context().Err() == nil { // the first attempt may still hold the task
		must(t, w.Work(t.Context()))
		g = w.caseOf(t, req).Grant
	}
	if g.State != provision.Failed || g.Attempts != 2 || g.Retry.Sub(w.clock.Now()) > time.Minute {
		t.Fatalf("the grant is %s (%s), tried %d times, again after %s", g.State, g.Error, g.Attempts, g.Retry.Sub(w.clock.Now()))
	}
	busy.Store(false)
	w.clock.Move(store.MaxBackoff)
	if g := w.waitFor(t, req, provision.Active); g.Attempts != 0 {
		t.Errorf("got %+v", g)
	}
}
