package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
)

var monday = time.Date(2031, 5, 5, 9, 30, 0, 0, time.UTC)

// assets streams tables of the connection warehouse.
func assets(n int) iter.Seq2[catalog.Asset, error] { return assetsOf("warehouse", n) }

func assetsOf(connection string, n int) iter.Seq2[catalog.Asset, error] {
	return func(yield func(catalog.Asset, error) bool) {
		for i := range n {
			ref := catalog.Ref(fmt.Sprintf("%s:sales.public.t%06d", connection, i))
			a := catalog.Asset{Ref: ref, Kind: catalog.Table, ID: fmt.Sprint(i), Technology: "postgres",
				Columns: []catalog.Column{{Name: "id", Type: "bigint"}, {Name: "amount", Type: "numeric"}}}
			if !yield(a, nil) {
				return
			}
		}
	}
}

// A sync that finds nothing new leaves every row as it was, in its place.
func TestReplaceWritesOnlyChanges(t *testing.T) {
	t.Parallel()
	s, db := fresh(t, nil)
	const rows = `select ref || ' ' || xmin || ' ' || ctid from grantwright.assets order by ref`
	if _, err := s.Inventory().Replace(t.Context(), "warehouse", assets(1200), monday); err != nil {
		t.Fatal(err)
	}
	before := texts(t, db, rows)
	synced, err := s.Inventory().Replace(t.Context(), "warehouse", assets(1200), monday.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(catalog.Synced{Same: 1200}, synced); diff != "" {
		t.Errorf("counted (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(before, texts(t, db, rows)); diff != "" {
		t.Errorf("rows were written (-before +after)\n%s", diff)
	}
}

// Nobody sees half of a sync, and one of another connection goes on beside it.
func TestReplaceIsSeenWhole(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t, nil)
	inventory := s.Inventory()
	stream := func(yield func(catalog.Asset, error) bool) {
		for a, err := range assets(1200) {
			if !yield(a, err) {
				return
			}
		}
		if found, err := inventory.Search(t.Context(), catalog.Query{Below: "warehouse"}); err != nil || len(found) > 0 {
			t.Errorf("before the end %d assets are seen, %v", len(found), err)
		}
		if _, err := inventory.Replace(t.Context(), "lake", assetsOf("lake", 3), monday); err != nil {
			t.Errorf("another connection: %v", err)
		}
	}
	synced, err := inventory.Replace(t.Context(), "warehouse", stream, monday)
	if err != nil || synced.Added != 1200 {
		t.Errorf("got %+v, %v, want 1200 added", synced, err)
	}
}

// A stream that fails has still said what came before.
func TestReplaceKeepsWhatCame(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t, nil)
	lost := errors.New("connection lost")
	broken := func(yield func(catalog.Asset, error) bool) {
		for a, err := range assets(700) {
			if !yield(a, err) {
				return
			}
		}
		yield(catalog.Asset{}, lost)
	}
	synced, err := s.Inventory().Replace(t.Context(), "warehouse", broken, monday)
	if !errors.Is(err, lost) || synced.Added != 700 {
		t.Errorf("got %+v, %v, want 700 added and %v", synced, err, lost)
	}
	synced, err = s.Inventory().Replace(t.Context(), "warehouse", assets(701), monday)
	if err != nil || synced.Same != 700 || synced.Added != 1 {
		t.Errorf("got %+v, %v, want 700 the same and 1 added", synced, err)
	}
}

// What a stream says twice counts as it is said last.
func TestReplaceTwiceInAStream(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t, nil)
	a := catalog.Asset{Ref: "warehouse:sales.public.orders", Kind: catalog.Table, ID: "1"}
	b := a
	b.ID = "2"
	synced, err := s.Inventory().Replace(t.Context(), "warehouse", func(yield func(catalog.Asset, error) bool) {
		_ = yield(a, nil) && yield(b, nil)
	}, monday)
	if err != nil || synced.Added != 1 || synced.Changed != 1 {
		t.Errorf("got %+v, %v, want 1 added and 1 changed", synced, err)
	}
	if got, err := s.Inventory().Asset(t.Context(), a.Ref); err != nil || got.ID != "2" {
		t.Errorf("got %+v, %v, want the id 2", got, err)
	}
}

func TestReplaceWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t, nil)
	inventory := s.Inventory()
	_, err := inventory.Replace(t.Context(), "warehouse", func(yield func(catalog.Asset, error) bool) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := inventory.Replace(ctx, "warehouse:sales", assets(1), monday); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("below the root of a sync under way: got %v, want DeadlineExceeded", err)
		}
	}, monday)
	if err != nil {
		t.Error(err)
	}
}
