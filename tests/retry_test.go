package tests

import (
	"testing"
	"time"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// What could not be found out just now is tried again soon, and calls for nobody.
func TestBusyDirectoryDelaysAGrantForSecondsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.refusing(t)
	w.Directory.Fail(errDirectory)
	g := w.caseOf(t, req).Grant
	for g.Attempts < 2 && t.Context().Err() == nil { // the first attempt may still hold the task
		must(t, w.Work(t.Context()))
		g = w.caseOf(t, req).Grant
	}
	if g.State != provision.Failed || g.Attempts != 2 || g.Retry.Sub(w.clock.Now()) > time.Minute {
		t.Fatalf("the grant is %s (%s), tried %d times, again after %s", g.State, g.Error, g.Attempts, g.Retry.Sub(w.clock.Now()))
	}
	w.Directory.Fail(nil)
	w.clock.Move(store.MaxBackoff)
	if g := w.waitFor(t, req, provision.Active); g.Attempts != 0 {
		t.Errorf("got %+v", g)
	}
}
