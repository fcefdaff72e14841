package tests

import (
	"context"
	"errors"
	"reflect"
	"sync/atomic"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/internal/records"
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
	if err := w.Ready(t.Context()); !errors.Is(err, store.ErrAway) {
		t.Errorf("before anybody has written it says %v, want ErrAway", err)
	}
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

// To be asked whether it is ready changes nothing in a store.
func TestReadyChangesNothing(t *testing.T) {
	t.Parallel()
	s := new(store.Memory)
	w := newWorld(t, func(c *grantwright.Config) { c.Store = s })
	for range 2 {
		before, err := s.Find(t.Context(), store.Query{Kind: records.Installations.Name})
		must(t, err)
		must(t, w.Ready(t.Context()))
		after, err := s.Find(t.Context(), store.Query{Kind: records.Installations.Name})
		if must(t, err); !reflect.DeepEqual(before, after) {
			t.Errorf("the store holds %v, and afterwards %v", before, after)
		}
		if len(after[0]) == 0 {
			must(t, s.Write(t.Context(), store.Commit{Writes: []store.Write{{Kind: records.Installations.Name, ID: records.InstallationKey, Body: []byte(`{"id":"x"}`)}}}))
		}
	}
}
