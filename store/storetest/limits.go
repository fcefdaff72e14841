package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/store"
)

func quoted(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // text always has a JSON form
	}
	return string(text)
}

// with returns a good write that was spoilt.
func with(spoil func(*store.Write)) []store.Write {
	w := serial("spoilt", 0, "1")
	w.Entries = []store.Entry{{Index: "room", Value: "attic", Order: "1"}}
	spoil(&w)
	return []store.Write{lamp("good", 0, "1"), w}
}

func refused(t *testing.T, s store.Store) {
	body := func(text string) []store.Write {
		return with(func(w *store.Write) { w.Body = []byte(text) })
	}
	long := strings.Repeat("x", store.MaxKeyBytes+1)
	for _, tt := range []struct {
		name   string
		writes []store.Write
	}{
		{"the same record twice", []store.Write{lamp("a", 0, "1"), lamp("a", 0, "1")}},
		{"insert and delete of one record", []store.Write{lamp("a", 0, "1"), gone("a", 1)}},
		{"more writes than allowed", make([]store.Write, store.MaxWrites+1)},
		{"no kind", with(func(w *store.Write) { w.Kind = "" })},
		{"long kind", with(func(w *store.Write) { w.Kind = long })},
		{"NUL in the kind", with(func(w *store.Write) { w.Kind = "a\x00b" })},
		{"update without an id", with(func(w *store.Write) { w.ID, w.Version = "", 1 })},
		{"long id", with(func(w *store.Write) { w.ID = long })},
		{"NUL in the id", with(func(w *store.Write) { w.ID = "a\x00b" })},
		{"id not UTF-8", with(func(w *store.Write) { w.ID = "a\xff" })},
		{"negative version", with(func(w *store.Write) { w.Version = -1 })},
		{"delete without a version", with(func(w *store.Write) { *w = gone("spoilt", 0) })},
		{"delete that leaves keys", with(func(w *store.Write) { w.Body, w.Version = nil, 1 })},
		{"empty body", body("")},
		{"body not JSON", body(`{"a":}`)},
		{"two values in the body", body(`1 2`)},
		{"body not UTF-8", body("\"\xff\"")},
		{"NUL byte in the body", body("\"\x00\"")},
		{"escaped NUL in the body", body(`"a\u0000"`)},
		{"escaped NUL in a name in the body", body(`{"x":[{"\u0000":1}]}`)},
		{"escaped NUL after a backslash", body(`"\\\u0000"`)},
		{"half a surrogate pair", body(`"\ud83d"`)},
		{"half a surrogate pair before a letter", body(`"\ud83d\u0041"`)},
		{"surrogates turned round", body(`"\ude00\ud83d"`)},
		{"number that is too large", body(`1e200000`)},
		{"number that is too small", body(`{"a":-1e-200000}`)},
		{"number that is too long", body(strings.Repeat("1", 150000))},
		{"deep nesting", body(strings.Repeat("[", 9000) + strings.Repeat("]", 9000))},
		{"large body", body(`"` + strings.Repeat("x", store.MaxBodyBytes-1) + `"`)},
		{"many keys", with(func(w *store.Write) { w.Entries = roomKeys(store.MaxEntries + 1) })},
		{"no index name", with(func(w *store.Write) { w.Entries[0].Index = "" })},
		{"long index name", with(func(w *store.Write) { w.Entries[0].Index = long })},
		{"NUL in an index name", with(func(w *store.Write) { w.Entries[0].Index = "\x00" })},
		{"long value", with(func(w *store.Write) { w.Entries[0].Value = long })},
		{"NUL in a value", with(func(w *store.Write) { w.Entries[0].Value = "\x00" })},
		{"long order", with(func(w *store.Write) { w.Entries[0].Order = long })},
		{"order not UTF-8", with(func(w *store.Write) { w.Entries[0].Order = "\xc3" })},
		{"two orders under one value", with(func(w *store.Write) {
			w.Entries = append(w.Entries, store.Entry{Index: "room", Value: "attic", Order: "2"})
		})},
		{"many unique values", with(func(w *store.Write) { w.Unique = make([]store.Unique, store.MaxEntries+1) })},
		{"no unique name", with(func(w *store.Write) { w.Unique[0].Name = "" })},
		{"long unique value", with(func(w *store.Write) { w.Unique[0].Value = long })},
		{"NUL in a unique value", with(func(w *store.Write) { w.Unique[0].Value = "\x00" })},
	} {
		if err := s.Write(t.Context(), store.Commit{Writes: tt.writes}); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", tt.name, err)
		}
	}
	same(t, []string(nil), ids(t, s, store.Query{}))
	refusedHolds(t, s)
	same(t, []string(nil), ids(t, s, store.Query{Index: "room", Value: "attic"}))

	// Beside each of these is one that is fine.
	write(t, s, lamp("nul", 0, `"\\u0000 \\\\u0000"`), lamp("pair", 0, `"\ud83d\ude00"`), lamp("number", 0, `-1.5e-300`),
		lamp("large", 0, `"`+strings.Repeat("x", store.MaxBodyBytes-2)+`"`), lamp("deep", 0, strings.Repeat("[", 500)+strings.Repeat("]", 500)))
	same(t, []record{{ID: "nul", Version: 1, Body: `\u0000 \\u0000`}, {ID: "pair", Version: 1, Body: "😀"}, {ID: "number", Version: 1, Body: -1.5e-300}}, get(t, s, "nul", "pair", "number"))
	same(t, 1, len(get(t, s, "large")))
}

func refusedHolds(t *testing.T, s store.Store) {
	for _, tt := range []struct {
		name  string
		holds []store.Hold
	}{
		{"hold without a kind", []store.Hold{{Key: store.Key{ID: "a"}}}},
		{"hold without an id", []store.Hold{{Key: store.Key{Kind: kind}}}},
		{"negative version of a hold", []store.Hold{{Key: store.Key{Kind: kind, ID: "a"}, Version: -1}}},
		{"one record held twice", slices.Repeat([]store.Hold{{Key: store.Key{Kind: kind, ID: "a"}}}, 2)},
		{"a record held and written", []store.Hold{{Key: store.Key{Kind: kind, ID: "good"}}}},
		{"more holds than allowed", make([]store.Hold, store.MaxWrites+1)},
	} {
		if err := s.Write(t.Context(), store.Commit{Writes: []store.Write{lamp("good", 0, "1")}, Holds: tt.holds}); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", tt.name, err)
		}
	}
}

func refusedQueries(t *testing.T, s store.Store) {
	for _, tt := range []struct {
		name string
		q    store.Query
	}{
		{"no kind", store.Query{}},
		{"negative limit", store.Query{Kind: kind, Limit: -1}},
		{"large limit", store.Query{Kind: kind, Limit: store.MaxPage + 1}},
		{"value without an index", store.Query{Kind: kind, Value: "x"}},
		{"order without an index", store.Query{Kind: kind, After: store.Position{Order: "x", ID: "y"}}},
		{"NUL in the value", store.Query{Kind: kind, Index: "room", Value: "\x00"}},
		{"NUL in the position", store.Query{Kind: kind, After: store.Position{ID: "\x00"}}},
		{"kind not UTF-8", store.Query{Kind: "\xff"}},
		{"end without an index", store.Query{Kind: kind, Until: "x"}},
		{"end of a falling index", store.Query{Kind: kind, Index: "room", Until: "x", Descending: true}},
		{"NUL in the end", store.Query{Kind: kind, Index: "room", Until: "\x00"}},
	} {
		if _, err := s.Find(t.Context(), store.Query{Kind: kind}, tt.q); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", tt.name, err)
		}
	}
	if _, err := s.Get(t.Context(), store.Key{Kind: kind, ID: "a\x00"}); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("NUL in an id: got %v, want ErrInvalid", err)
	}
	if _, err := s.Find(t.Context(), slices.Repeat([]store.Query{{Kind: kind}}, store.MaxQueries+1)...); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("too many queries: got %v, want ErrInvalid", err)
	}
	same(t, []record(nil), get(t, s, strings.Repeat("x", store.MaxKeyBytes+1)))
}

func roomKeys(n int) []store.Entry {
	var keys []store.Entry
	for i := range n {
		keys = append(keys, store.Entry{Index: "room", Value: numbered("", i), Order: "o"})
	}
	return keys
}

// largestWrite inserts, updates and deletes as many records as one write may hold.
func largestWrite(t *testing.T, s store.Store) {
	all := func(version int64, body string) []store.Write {
		var writes []store.Write
		for i := range store.MaxWrites {
			w := serial(numbered("", i), version, numbered("s", (i+int(version))%store.MaxWrites))
			w.Body = []byte(body)
			w.Entries = []store.Entry{{Index: "room", Value: body, Order: numbered("", store.MaxWrites-i)}}
			writes = append(writes, w)
		}
		return writes
	}
	write(t, s, all(0, `"attic"`)...)
	write(t, s, all(1, `"cellar"`)...)
	same(t, 0, len(ids(t, s, store.Query{Index: "room", Value: `"attic"`})))
	found := find(t, s, store.Query{Index: "room", Value: `"cellar"`, Limit: 1})
	same(t, []record{{ID: numbered("", store.MaxWrites-1), Version: 2, Body: "cellar", Order: "0001"}}, found)
	var deletes []store.Write
	for i := range store.MaxWrites {
		deletes = append(deletes, gone(numbered("", i), 2))
	}
	write(t, s, deletes...)
	same(t, 0, len(ids(t, s, store.Query{})))
	same(t, 0, len(ids(t, s, store.Query{Index: "room", Value: `"cellar"`})))
}

// manyKeys has more keys in one write than a database takes in one statement.
func manyKeys(t *testing.T, s store.Store) {
	var writes []store.Write
	for i := range 60 {
		w := keyed(numbered("", i), roomKeys(store.MaxEntries)...)
		for n := range store.MaxEntries {
			w.Unique = append(w.Unique, store.Unique{Name: "serial", Value: numbered(w.ID, n)})
		}
		writes = append(writes, w)
	}
	write(t, s, writes...)
	same(t, 60, len(ids(t, s, store.Query{Index: "room", Value: "0000"})))
	same(t, 60, len(ids(t, s, store.Query{Index: "room", Value: numbered("", store.MaxEntries-1)})))
	isTaken(t, s.Write(t.Context(), store.Commit{Writes: []store.Write{serial("x", 0, numbered("0059", store.MaxEntries-1))}}),
		store.TakenError{Kind: kind, Name: "serial", Value: numbered("0059", store.MaxEntries-1), ID: "0059"})
}

func canceled(t *testing.T, s store.Store) {
	write(t, s, lamp("a", 0, "1"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	for _, tt := range []struct {
		ctx  context.Context
		want error
	}{{ctx, context.Canceled}, {late, context.DeadlineExceeded}} {
		if err := s.Write(tt.ctx, store.Commit{Writes: []store.Write{lamp("b", 0, "1")}}); !errors.Is(err, tt.want) {
			t.Errorf("Write: got %v, want %v", err, tt.want)
		}
		if _, err := s.Get(tt.ctx, store.Key{Kind: kind, ID: "a"}); !errors.Is(err, tt.want) {
			t.Errorf("Get: got %v, want %v", err, tt.want)
		}
		if _, err := s.Find(tt.ctx, store.Query{Kind: kind}); !errors.Is(err, tt.want) {
			t.Errorf("Find: got %v, want %v", err, tt.want)
		}
	}
	same(t, []string{"a"}, ids(t, s, store.Query{}))
}
