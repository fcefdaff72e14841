package tests

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/store"
)

// readOnly is a store that reads, and cannot write while full.
type readOnly struct {
	store.Store
	full atomic.Bool
}

func (s *readOnly) Write(ctx context.Context, c store.Commit) error {
	if s.full.Load() {
		return store.ErrAway
	}
	return s.Store.Write(ctx, c)
}

// An engine whose store cannot write is not ready, though it can read; it is again as soon
// as the store can, without anybody's act.
func TestReadyMeansThatItCanWrite(t *testing.T) {
	t.Parallel()
	s := &readOnly{Store: new(store.Memory)}
	w := newWorld(t, func(c *grantwright.Config) { c.Store = s })
	must(t, w.Ready(t.Context()))
	s.full.Store(true)
	if _, err := w.Submit(t.Context(), eve, asking("1 HOURS")); !errors.Is(err, store.ErrAway) {
		t.Fatalf("a submission says %v, want ErrAway", err)
	}
	if err := w.Ready(t.Context()); !errors.Is(err, store.ErrAway) {
		t.Errorf("after that it says %v, want ErrAway", err)
	}
	s.full.Store(false)
	must(t, w.Ready(t.Context()))
	must(t, w.Ready(t.Context()))
}
