package storetest

import (
	"errors"
	"testing"

	"github.com/grantwright/grantwright/store"
)

func roundTrip(t *testing.T, s store.Store) {
	write(t, s, lamp("a", 0, `{"watts":40}`), lamp("b", 0, `[1,null,"x"]`), lamp("c", 0, `null`))
	write(t, s, lamp("a", 1, `{"watts":60}`), gone("c", 1))
	write(t, s, lamp("a", 2, `{"watts":75,"of":{"deep":[true]}}`))
	same(t, []record{
		{ID: "b", Version: 1, Body: []any{1.0, nil, "x"}},
		{ID: "a", Version: 3, Body: map[string]any{"watts": 75.0, "of": map[string]any{"deep": []any{true}}}},
	}, get(t, s, "b", "c", "a"))
	other, err := s.Get(t.Context(), store.Key{Kind: "another kind", ID: "a"})
	if err != nil || len(other) > 0 {
		t.Errorf("another kind has %v, %v", other, err)
	}
	// What was deleted may come back, and begins anew.
	write(t, s, lamp("c", 0, `"new"`))
	same(t, []record{{ID: "c", Version: 1, Body: "new"}}, get(t, s, "c"))
}

func notFound(t *testing.T, s store.Store) {
	write(t, s, lamp("here", 0, `1`))
	same(t, []record{{ID: "here", Version: 1, Body: 1.0}, {ID: "here", Version: 1, Body: 1.0}}, get(t, s, "not", "here", "", "HERE", "here", "here "))
	same(t, []record(nil), get(t, s))
	same(t, []record(nil), find(t, s, store.Query{Index: "no such index", Value: "x"}))
	if _, err := lamps.Get(t.Context(), s, "not"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func conflict(t *testing.T, s store.Store) {
	write(t, s, lamp("a", 0, `"first"`))
	write(t, s, lamp("a", 1, `"second"`))
	for _, tt := range []struct {
		name string
		w    store.Write
	}{
		{"insert of an existing id", lamp("a", 0, `"x"`)},
		{"stale update", lamp("a", 1, `"x"`)},
		{"update from the future", lamp("a", 3, `"x"`)},
		{"stale delete", gone("a", 1)},
		{"delete from the future", gone("a", 3)},
		{"update of what never was", lamp("b", 1, `"x"`)},
		{"delete of what never was", gone("b", 1)},
	} {
		if err := s.Write(t.Context(), store.Commit{Writes: []store.Write{tt.w}}); !errors.Is(err, store.ErrConflict) {
			t.Errorf("%s: got %v, want ErrConflict", tt.name, err)
		}
	}
	same(t, []record{{ID: "a", Version: 2, Body: "second"}}, find(t, s, store.Query{}))
}

func allOrNothing(t *testing.T, s store.Store) {
	before := serial("held", 0, "1")
	before.Entries = []store.Entry{{Index: "room", Value: "attic", Order: "o"}}
	write(t, s, before, lamp("other", 0, `0`))
	for _, tt := range []struct {
		name string
		last store.Write
	}{
		{"stale update", lamp("other", 7, `1`)},
		{"stale delete", gone("other", 7)},
		{"existing id", lamp("other", 0, `1`)},
	} {
		update := serial("held", 1, "2")
		update.Entries = []store.Entry{{Index: "room", Value: "cellar", Order: "o"}}
		fresh := serial("fresh", 0, "3")
		fresh.Entries = update.Entries
		if err := s.Write(t.Context(), store.Commit{Writes: []store.Write{fresh, update, tt.last}}); !errors.Is(err, store.ErrConflict) {
			t.Errorf("%s: got %v, want ErrConflict", tt.name, err)
		}
	}
	var taken *store.TakenError
	if err := s.Write(t.Context(), store.Commit{Writes: []store.Write{lamp("fresh", 0, `1`), lamp("other", 1, `1`), serial("zz", 0, "1")}}); !errors.As(err, &taken) {
		t.Errorf("got %v, want a TakenError", err)
	}
	same(t, []record{{ID: "held", Version: 1, Body: map[string]any{}}, {ID: "other", Version: 1, Body: 0.0}}, find(t, s, store.Query{}))
	same(t, []string{"held"}, ids(t, s, store.Query{Index: "room", Value: "attic"}))
	same(t, []string(nil), ids(t, s, store.Query{Index: "room", Value: "cellar"}))
	write(t, s, serial("free", 0, "2", "3"))
}

func nothingToDo(t *testing.T, s store.Store) {
	if err := s.Write(t.Context(), store.Commit{}); err != nil {
		t.Error(err)
	}
}

// isTaken checks that the error names the holder.
func isTaken(t *testing.T, err error, want store.TakenError) {
	t.Helper()
	var got *store.TakenError
	if !errors.As(err, &got) {
		t.Fatalf("got %v, want a TakenError", err)
	}
	same(t, want, *got)
}

func taken(t *testing.T, s store.Store) {
	write(t, s, serial("a", 0, "1", "2"), serial("b", 0, "3"))
	held := store.TakenError{Kind: kind, Name: "serial", Value: "2", ID: "a"}
	isTaken(t, s.Write(t.Context(), store.Commit{Writes: []store.Write{serial("c", 0, "2")}}), held)
	isTaken(t, s.Write(t.Context(), store.Commit{Writes: []store.Write{serial("b", 1, "3", "2")}}), held)
	// Its own value is not taken, nor the same one given twice.
	write(t, s, serial("a", 1, "2", "1", "2"))
	same(t, []string{"a", "b"}, ids(t, s, store.Query{}))
}

// takenWithin claims one value for two new records at once.
func takenWithin(t *testing.T, s store.Store) {
	err := s.Write(t.Context(), store.Commit{Writes: []store.Write{serial("a", 0, "1"), serial("b", 0, "1")}})
	var taken *store.TakenError
	if !errors.As(err, &taken) || taken.Value != "1" {
		t.Errorf("got %v, want a TakenError", err)
	}
	same(t, []string(nil), ids(t, s, store.Query{}))
}

func freed(t *testing.T, s store.Store) {
	write(t, s, serial("a", 0, "1", "2"), serial("b", 0, "3"))
	write(t, s, serial("a", 1, "2"))
	write(t, s, serial("c", 0, "1"))
	write(t, s, gone("b", 1))
	write(t, s, serial("d", 0, "3"))
	isTaken(t, s.Write(t.Context(), store.Commit{Writes: []store.Write{serial("e", 0, "1")}}), store.TakenError{Kind: kind, Name: "serial", Value: "1", ID: "c"})
}

// swapped lets records exchange, and hand on, what is unique in one write: only
// what stands afterwards counts.
func swapped(t *testing.T, s store.Store) {
	write(t, s, serial("a", 0, "1"), serial("b", 0, "2"), serial("c", 0, "3"))
	write(t, s, serial("a", 1, "2"), serial("b", 1, "1"))
	write(t, s, gone("c", 1), serial("d", 0, "3"))
	write(t, s, serial("0", 0, "1"), serial("b", 2))
	isTaken(t, s.Write(t.Context(), store.Commit{Writes: []store.Write{serial("x", 0, "1")}}), store.TakenError{Kind: kind, Name: "serial", Value: "1", ID: "0"})
	isTaken(t, s.Write(t.Context(), store.Commit{Writes: []store.Write{serial("x", 0, "2")}}), store.TakenError{Kind: kind, Name: "serial", Value: "2", ID: "a"})
	isTaken(t, s.Write(t.Context(), store.Commit{Writes: []store.Write{serial("x", 0, "3")}}), store.TakenError{Kind: kind, Name: "serial", Value: "3", ID: "d"})
}

// takenByKind: one value may stand once under each name of each kind.
func takenByKind(t *testing.T, s store.Store) {
	other := serial("a", 0, "1")
	other.Kind = "another kind"
	named := lamp("b", 0, "{}")
	named.Unique = []store.Unique{{Name: "socket", Value: "1"}, {Name: "serial", Value: ""}}
	write(t, s, serial("a", 0, "1"), other, named)
	isTaken(t, s.Write(t.Context(), store.Commit{Writes: []store.Write{serial("x", 0, "")}}), store.TakenError{Kind: kind, Name: "serial", Value: "", ID: "b"})
}
