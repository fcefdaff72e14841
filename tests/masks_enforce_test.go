package tests

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/grantwright/grantwright/store"
)

// A look that is under way began before the call, and may have missed what the call is
// about. So it is waited for, and another one follows.
func TestEnforcingWaitsForALookUnderWay(t *testing.T) {
	t.Parallel()
	w, _ := maskedWorld(t)
	var looks atomic.Int64
	looking, release := make(chan struct{}), make(chan struct{})
	w.platform.Masking = func() {
		if looks.Add(1) == 1 {
			close(looking)
			<-release
		}
	}
	var callers sync.WaitGroup
	enforce := func() {
		callers.Go(func() {
			before := looks.Load()
			if err := w.Masks().Enforce(t.Context(), gov, "warehouse"); err != nil {
				t.Error(err)
			}
			if looks.Load() == before {
				t.Error("enforced, and nobody has looked since")
			}
		})
	}
	enforce()
	<-looking
	for range 3 {
		enforce()
	}
	// The others are under way once one of them has rung the task that is worked on.
	for rung := false; !rung; runtime.Gosched() {
		task, err := store.Tasks.Get(t.Context(), w.store, "masks/warehouse")
		must(t, err)
		rung = !task.Value.Again.IsZero()
	}
	close(release)
	callers.Wait()
}
