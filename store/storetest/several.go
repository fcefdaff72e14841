package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/store"
)

// socket is a record of another kind than the lamps.
func socket(id, body string) store.Write {
	return store.Write{Kind: "sockets of the suite", ID: id, Body: []byte(body)}
}

// severalKinds reads records of several kinds at once: in the order of the keys, each
// as often as it is named, and never one kind for another.
func severalKinds(t *testing.T, s store.Store) {
	write(t, s, lamp("a", 0, `1`), lamp("b", 0, `2`), socket("a", `3`))
	of := func(kind, id string) store.Key { return store.Key{Kind: kind, ID: id} }
	found, err := s.Get(t.Context(), of("sockets of the suite", "a"), of(kind, "b"), of("sockets of the suite", "b"), of(kind, "a"), of("sockets of the suite", "a"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range found {
		got = append(got, fmt.Sprintf("%s %s %d %s", strings.Fields(r.Kind)[0], r.ID, r.Version, r.Body))
	}
	same(t, []string{"sockets a 1 3", "lamps b 1 2", "lamps a 1 1", "sockets a 1 3"}, got)
}

// severalQueries asks for pages of every shape at once.
func severalQueries(t *testing.T, s store.Store) {
	for i, room := range []string{"attic", "cellar", "attic", "hall"} {
		write(t, s, keyed(numbered("l", i), store.Entry{Index: "room", Value: room, Order: numbered("", 9-i)}))
	}
	write(t, s, socket("a", `1`))
	queries := []store.Query{
		{Kind: kind, Index: "room", Value: "attic"},
		{Kind: kind, Limit: 2},
		{Kind: kind, Index: "room", Value: "attic", Descending: true, Limit: 1},
		{Kind: "sockets of the suite"},
		{Kind: kind, Index: "room", Value: "nowhere"},
		{Kind: kind, Descending: true, After: store.Position{ID: "l0002"}},
		{Kind: kind, Index: "room", Value: "cellar"},
		{Kind: kind, Index: "room", Value: "attic", After: store.Position{Order: "0007", ID: "l0002"}},
	}
	pages, err := s.Find(t.Context(), queries...)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, page := range pages {
		var ids []string
		for _, r := range page {
			ids = append(ids, r.ID)
		}
		got = append(got, strings.Join(ids, " "))
	}
	same(t, []string{"l0002 l0000", "l0000 l0001", "l0000", "a", "", "l0001 l0000", "l0001", "l0000"}, got)
	none, err := s.Find(t.Context())
	same(t, 0, len(none))
	same(t, nil, err)
}

// until ends pages at an order, itself included.
func until(t *testing.T, s store.Store) {
	for _, order := range []string{"1", "2", "2x", "3"} {
		write(t, s, keyed("of"+order, store.Entry{Index: "room", Value: "attic", Order: order}))
	}
	q := store.Query{Index: "room", Value: "attic", Until: "2"}
	same(t, []string{"of1", "of2"}, ids(t, s, q))
	q.Limit = 1
	same(t, []string{"of1", "of2"}, ids(t, s, q))
	q.Until = "0"
	same(t, []string(nil), ids(t, s, q))
	q.Until = "~"
	same(t, []string{"of1", "of2", "of2x", "of3"}, ids(t, s, q))
}

// holding wants all records of a page, and the bodies at least of those that hold a text.
func holding(t *testing.T, s store.Store) {
	write(t, s, lamp("a", 0, `{"on":"ü%_"}`), lamp("b", 0, `{"on":"no"}`), lamp("c", 0, `{"of":"ü%_"}`))
	for _, q := range []store.Query{{Kind: kind, Holding: "ü%_"}, {Kind: kind, Holding: "ü%_", Descending: true}, {Kind: kind, Holding: "ü%_", Descending: true, After: store.Position{ID: "d"}}} {
		pages, err := s.Find(t.Context(), q, store.Query{Kind: kind})
		same(t, nil, err)
		if len(pages) != 2 || len(pages[0]) != 3 || len(pages[1]) != 3 {
			t.Fatalf("found %v", pages)
		}
		for _, r := range pages[0] {
			if body := string(r.Body); r.ID == "b" && body != "" && body != `{"on":"no"}` || r.ID != "b" && !strings.Contains(body, "ü%_") || r.Version != 1 {
				t.Errorf("%+v: %q was found", q, body)
			}
		}
		for _, r := range pages[1] {
			if len(r.Body) == 0 {
				t.Errorf("%s has no body where nothing is looked for", r.ID)
			}
		}
	}
}

// holds lets a write depend on records that it leaves alone.
func holds(t *testing.T, s store.Store) {
	write(t, s, lamp("a", 0, `1`))
	held := func(id string, version int64) store.Hold {
		return store.Hold{Key: store.Key{Kind: kind, ID: id}, Version: version}
	}
	put := func(id string, holds ...store.Hold) error {
		return s.Write(t.Context(), store.Commit{Writes: []store.Write{lamp(id, 0, `1`)}, Holds: holds})
	}
	for _, stale := range []store.Hold{held("a", 0), held("a", 2), held("b", 1)} {
		if err := put("new", held("c", 0), stale); !errors.Is(err, store.ErrConflict) {
			t.Errorf("%v: got %v, want ErrConflict", stale, err)
		}
	}
	same(t, []string{"a"}, ids(t, s, store.Query{}))
	same(t, nil, put("new", held("a", 1), held("b", 0)))
	same(t, int64(1), get(t, s, "a")[0].Version)
	if err := s.Write(t.Context(), store.Commit{Holds: []store.Hold{held("a", 2)}}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a hold alone: got %v, want ErrConflict", err)
	}
	heldAgainstEachOther(t, s)
}

// heldAgainstEachOther lets two writers each turn off their lamp as long as that of
// the other burns: one must lose.
func heldAgainstEachOther(t *testing.T, s store.Store) {
	for round := range rounds {
		left, right := numbered("left", round), numbered("right", round)
		write(t, s, lamp(left, 0, `"on"`), lamp(right, 0, `"on"`))
		errs := together(t.Context(), 2, func(ctx context.Context, i int) error {
			mine, other := left, right
			if i == 1 {
				mine, other = right, left
			}
			return s.Write(ctx, store.Commit{Writes: []store.Write{lamp(mine, 1, `"off"`)}, Holds: []store.Hold{{Key: store.Key{Kind: kind, ID: other}, Version: 1}}})
		})
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), store.ErrConflict) {
			t.Fatalf("both lamps: %v; want one ErrConflict", errs)
		}
	}
}

// numbers lets many insert without an id, some in vain, while others read: what is
// seen never has a hole, and its order is that of the writes.
func numbers(t *testing.T, s store.Store) {
	write(t, s, lamp("stale", 0, `0`))
	ctx, done := context.WithCancel(t.Context())
	watched := make(chan error, 1)
	go func() { watched <- seenDense(ctx, s) }()
	errs := together(t.Context(), writers, func(ctx context.Context, i int) error {
		for n := range rounds {
			body := func(k int) []byte { return fmt.Appendf(nil, "%d", (i*rounds+n)*2+k) }
			pair := []store.Write{{Kind: "numbered", Body: body(0)}, {Kind: "numbered", Body: body(1), Unique: []store.Unique{{Name: "of", Value: string(body(1))}}}}
			lost := append(pair, lamp("stale", 7, `1`))
			if err := s.Write(ctx, store.Commit{Writes: lost}); !errors.Is(err, store.ErrConflict) {
				return fmt.Errorf("got %v, want ErrConflict", err)
			}
			if err := s.Write(ctx, store.Commit{Writes: pair}); err != nil {
				return err
			}
		}
		return nil
	})
	done()
	same(t, make([]error, writers), errs)
	same(t, nil, <-watched)
	all, err := s.Find(t.Context(), store.Query{Kind: "numbered"})
	if err != nil || len(all[0]) != writers*rounds*2 {
		t.Fatalf("%d numbers, %v; want %d", len(all[0]), err, writers*rounds*2)
	}
	for i := 0; i < len(all[0]); i += 2 {
		var first, second int
		if err := errors.Join(json.Unmarshal(all[0][i].Body, &first), json.Unmarshal(all[0][i+1].Body, &second)); err != nil || second != first+1 {
			t.Errorf("after %s comes %s: one write is not together", all[0][i].Body, all[0][i+1].Body)
		}
	}
}

// seenDense reads numbered records again and again, and looks for holes.
func seenDense(ctx context.Context, s store.Store) error {
	for {
		pages, err := s.Find(ctx, store.Query{Kind: "numbered"})
		if errors.Is(err, context.Canceled) {
			return nil
		}
		if err != nil {
			return err
		}
		for i, r := range pages[0] {
			if want := store.OrderNumber(int64(i) + 1); r.ID != want {
				return fmt.Errorf("in place %d stands %s, want %s", i+1, r.ID, want)
			}
		}
	}
}

// numbersOfKinds counts each kind by itself, goes on after deletes, and lets a
// numbered record be changed like any other.
func numbersOfKinds(t *testing.T, s store.Store) {
	add := func(kinds ...string) {
		var writes []store.Write
		for _, k := range kinds {
			writes = append(writes, store.Write{Kind: k, Body: []byte(`{}`), Entries: []store.Entry{{Index: "all", Order: "1"}}})
		}
		write(t, s, writes...)
	}
	add("x", "y", "x")
	add("y")
	write(t, s, store.Write{Kind: "y", ID: store.OrderNumber(2), Version: 1}, store.Write{Kind: "x", ID: store.OrderNumber(1), Version: 1, Body: []byte(`"changed"`)})
	add("y", "x")
	for _, tt := range []struct {
		q    store.Query
		want []int64
	}{
		{store.Query{Kind: "x"}, []int64{1, 2, 3}},
		{store.Query{Kind: "y"}, []int64{1, 3}},
		{store.Query{Kind: "x", Index: "all"}, []int64{2, 3}},
	} {
		var want, got []string
		for _, n := range tt.want {
			want = append(want, store.OrderNumber(n))
		}
		for _, r := range page(t, s, tt.q) {
			got = append(got, r.ID)
		}
		same(t, want, got)
	}
}
