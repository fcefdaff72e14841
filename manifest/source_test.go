package manifest_test

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/catalogtest"
	"github.com/grantwright/grantwright/manifest"
)

// shelf is a file that people edit while it is read: each stream is of the file
// as it is then.
type shelf struct {
	mu     sync.Mutex
	made   int
	assets []catalog.Asset
	open   int // streams that have not ended
}

func (s *shelf) Assets(ctx context.Context, root catalog.Ref) iter.Seq2[catalog.Asset, error] {
	return func(yield func(catalog.Asset, error) bool) {
		s.count(1)
		defer s.count(-1)
		s.mu.Lock()
		source := manifest.Source(s.assets)
		s.mu.Unlock()
		for a, err := range source.Assets(ctx, root) {
			if !yield(a, err) {
				return
			}
		}
	}
}

func (s *shelf) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open += n
}

func (s *shelf) Source(*testing.T) catalog.Source     { return s }
func (s *shelf) Connection() string                   { return "library" }
func (s *shelf) Containers() []catalog.Kind           { return []catalog.Kind{catalog.Database, catalog.Schema} }
func (s *shelf) Contents() []catalog.Kind             { return []catalog.Kind{catalog.Table, catalog.View} }
func (s *shelf) Allows(_ catalog.Kind, n string) bool { return n != "" }

func (s *shelf) Make(_ *testing.T, a catalog.Asset) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made++
	a.ID = strconv.Itoa(s.made)
	a.Columns = slices.Clone(a.Columns)
	for i := range a.Columns {
		a.Columns[i].Type = "text"
	}
	s.assets = slices.Insert(s.assets, 0, a)
}

func (s *shelf) Drop(_ *testing.T, a catalog.Asset) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.assets = slices.DeleteFunc(slices.Clone(s.assets), func(o catalog.Asset) bool { return a.Ref.Covers(o.Ref) })
}

func (s *shelf) Released(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open > 0 {
		return context.DeadlineExceeded
	}
	return nil
}

func TestSource(t *testing.T) {
	t.Parallel()
	catalogtest.TestSource(t, func(*testing.T) catalogtest.SourceHarness { return new(shelf) })
}

func TestAssetsWithoutAnIDAreKnownByTheirRef(t *testing.T) {
	t.Parallel()
	for a, err := range manifest.Source([]catalog.Asset{{Ref: "library:sales", Kind: catalog.Database}}).Assets(t.Context(), "library") {
		if err != nil || a.ID != "library:sales" || a.Technology != manifest.Technology {
			t.Errorf("%+v, %v", a, err)
		}
	}
}
