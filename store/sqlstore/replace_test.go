package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// onEach runs a test on every database.
func onEach(t *testing.T, test func(t *testing.T, s *sqlstore.Store)) {
	for _, tt := range []struct {
		name string
		open func() *sqlstore.Store
	}{
		{"PostgreSQL", func() *sqlstore.Store { s, _ := fresh(t, nil); return s }},
		{"SQLite", func() *sqlstore.Store { return openSQLite(t, newFile(t)) }},
		{"SQLite in memory", func() *sqlstore.Store { return openSQLite(t, "") }},
	} {
		t.Run(tt.name, func(t *testing.T) { test(t, tt.open()) })
	}
}

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

// On PostgreSQL nobody sees half of a sync, and one of another connection goes on beside it.
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
	onEach(t, func(t *testing.T, s *sqlstore.Store) {
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
	})
}

// What a stream says twice counts as it is said last.
func TestReplaceTwiceInAStream(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *sqlstore.Store) {
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
	})
}

// A sync below the root of one that is under way waits until that has ended.
func TestReplaceWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	s, db := fresh(t, nil)
	waits := func(yield func(catalog.Asset, error) bool) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := s.Inventory().Replace(ctx, "warehouse:sales", assets(1), monday)
			done <- err
		}()
		waitFor(t, db, `select count(*) > 0 from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`)
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want Canceled", err)
		}
	}
	if _, err := s.Inventory().Replace(t.Context(), "warehouse", waits, monday); err != nil {
		t.Error(err)
	}
}

func TestReplaceWaitsForItsTurnSQLite(t *testing.T) {
	t.Parallel()
	for _, path := range []string{newFile(t), ":memory:"} {
		inventory := openSQLite(t, path).Inventory()
		_, err := inventory.Replace(t.Context(), "warehouse", func(yield func(catalog.Asset, error) bool) {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			if _, err := inventory.Replace(ctx, "warehouse:sales", assets(1), monday); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: got %v, want DeadlineExceeded", path, err)
			}
		}, monday)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// On SQLite a sync holds up no other writer for longer than a batch: while its
// stream is read, everyone writes, this process and others.
func TestReplaceHoldsUpNobody(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	s, other := openSQLite(t, path), openSQLite(t, path)
	n := 0
	stream := func(yield func(catalog.Asset, error) bool) {
		for a, err := range assets(1200) {
			if n++; n%300 == 0 {
				for i, s := range []*sqlstore.Store{s, other} {
					if err := s.Write(t.Context(), store.Commit{Writes: pair(fmt.Sprintf("%d of %d", i, n))}); err != nil {
						t.Errorf("after %d assets: %v", n, err)
					}
				}
				if _, err := other.Inventory().Replace(t.Context(), "lake", assetsOf("lake", n), monday); err != nil {
					t.Errorf("another connection after %d assets: %v", n, err)
				}
			}
			if !yield(a, err) {
				return
			}
		}
	}
	synced, err := s.Inventory().Replace(t.Context(), "warehouse", stream, monday)
	if err != nil || synced.Added != 1200 {
		t.Errorf("got %+v, %v, want 1200 added", synced, err)
	}
	if got := len(all(t, s, store.Query{Kind: "left"})); got != 8 {
		t.Errorf("%d writes stand, want 8", got)
	}
}

// A process that died in the middle of a sync has its turn no longer than agreed.
func TestReplaceTakesOverFromTheDead(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	s, db := openSQLite(t, path), raw(t, path)
	if _, err := db.Exec(`insert into grantwright_turns values ('warehouse', 'dead', '2031-05-05T09:30:00.000000Z')`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := s.Inventory().Replace(ctx, "warehouse", assets(3), monday); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while it may be alive: got %v, want DeadlineExceeded", err)
	}
	if _, err := db.Exec(`update grantwright_turns set until = '2001-05-05T09:30:00.000000Z'`); err != nil {
		t.Fatal(err)
	}
	if synced, err := s.Inventory().Replace(t.Context(), "warehouse", assets(3), monday); err != nil || synced.Added != 3 {
		t.Errorf("got %+v, %v, want 3 added", synced, err)
	}
	if diff := cmp.Diff([]string(nil), texts(t, db, `select holder from grantwright_turns`)); diff != "" {
		t.Errorf("turns left behind (-want +got)\n%s", diff)
	}
}

// Whoever stood still so long that another took over writes nothing any more.
func TestReplaceLosesItsTurn(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	s, db := openSQLite(t, path), raw(t, path)
	_, err := s.Inventory().Replace(t.Context(), "warehouse", func(yield func(catalog.Asset, error) bool) {
		if _, err := db.Exec(`update grantwright_turns set holder = 'another'`); err != nil {
			t.Error(err)
		}
		for a, err := range assets(3) {
			if !yield(a, err) {
				return
			}
		}
	}, monday)
	if !errors.Is(err, store.ErrConflict) {
		t.Errorf("got %v, want ErrConflict", err)
	}
	if found, err := s.Inventory().Search(t.Context(), catalog.Query{}); err != nil || len(found) > 0 {
		t.Errorf("%d assets were written, %v", len(found), err)
	}
	if diff := cmp.Diff([]string{"another"}, texts(t, db, `select holder from grantwright_turns`)); diff != "" {
		t.Errorf("the turn of the other one (-want +got)\n%s", diff)
	}
}

// Text that is longer than any name is in none, also where a database bounds its
// patterns.
func TestSearchLongText(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *sqlstore.Store) {
		if found, err := s.Inventory().Search(t.Context(), catalog.Query{Text: strings.Repeat("ü", 200_000)}); err != nil || len(found) > 0 {
			t.Errorf("got %d assets, %v", len(found), err)
		}
	})
}
