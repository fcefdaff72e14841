package catalogtest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/grantwright/grantwright/catalog"
)

func testCancelled(t *testing.T, m mirror) {
	m.replaces("warehouse", stream(warehouse()...), catalog.Synced{Added: 5})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range map[string]func() error{
		"Asset":   func() error { _, err := m.Asset(ctx, "warehouse:sales"); return err },
		"Find":    func() error { _, err := m.Find(ctx, catalog.Name{Path: []string{"sales"}}); return err },
		"Search":  func() error { _, err := m.Search(ctx, catalog.Query{}); return err },
		"Replace": func() error { _, err := m.Replace(ctx, "warehouse", stream(), tuesday); return err },
	} {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s of a cancelled context returned %v, want context.Canceled", name, err)
		}
	}
	m.searches(catalog.Query{}, refs(warehouse())...)
}

// testCancelledReading ends the context in a stream that does not look at it: a
// stream that merely stopped looks like one that came to its end.
func testCancelledReading(t *testing.T, m mirror) {
	m.replaces("warehouse", stream(warehouse()...), catalog.Synced{Added: 5})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s, err := m.Replace(ctx, "warehouse", func(yield func(catalog.Asset, error) bool) {
		if yield(warehouse()[0], nil) {
			cancel()
		}
	}, tuesday)
	if !errors.Is(err, context.Canceled) || s.Gone != 0 {
		t.Errorf("Replace returned %+v, %v, want nothing gone and context.Canceled", s, err)
	}
	m.searches(catalog.Query{}, refs(warehouse())...)
}

func testAtOnceSame(t *testing.T, m mirror) {
	var together sync.WaitGroup
	for range 4 {
		together.Go(func() {
			if s, err := m.Replace(t.Context(), "warehouse", stream(warehouse()...), monday); err != nil || s.Gone != 0 {
				t.Errorf("Replace returned %+v, %v, want nothing gone and no error", s, err)
			}
		})
	}
	together.Wait()
	m.searches(catalog.Query{}, refs(warehouse())...)
	m.replaces("warehouse", stream(warehouse()...), catalog.Synced{Same: 5})
}

// testAtOnceDifferent lets two streams that differ in one table run side by side:
// whichever counts as the later one, its own table stands and the other's is gone.
func testAtOnceDifferent(t *testing.T, m mirror) {
	all := warehouse()
	for range 20 {
		var together sync.WaitGroup
		for _, own := range all[3:5] {
			together.Go(func() {
				if _, err := m.Replace(t.Context(), "warehouse", stream(all[0], all[1], all[2], own), monday); err != nil {
					t.Errorf("Replace: %v", err)
				}
			})
		}
		together.Wait()
		for _, shared := range all[:3] {
			m.holds(shared)
		}
		first, second := m.asset(all[3].Ref), m.asset(all[4].Ref)
		if first.Gone.IsZero() == second.Gone.IsZero() {
			t.Fatalf("after two at once, %s is gone at %v and %s at %v: one of them stands", first.Ref, first.Gone, second.Ref, second.Gone)
		}
	}
}

func testReaders(t *testing.T, m mirror) {
	m.replaces("warehouse", stream(warehouse()...), catalog.Synced{Added: 5})
	var together sync.WaitGroup
	defer together.Wait()
	for range 3 {
		together.Go(func() {
			for range 30 {
				found, err := m.Find(t.Context(), catalog.Name{Path: []string{"sales", "main", "orders"}})
				if err != nil || len(found) != 1 {
					t.Errorf("Find beside a Replace returned %d assets, %v, want 1", len(found), err)
				}
			}
		})
	}
	for range 30 {
		if _, err := m.Replace(t.Context(), "warehouse", stream(warehouse()...), monday); err != nil {
			t.Errorf("Replace beside readers: %v", err)
		}
	}
}
