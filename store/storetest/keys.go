package storetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/store"
)

func keysFollow(t *testing.T, s store.Store) {
	attic, cellar := store.Query{Index: "room", Value: "attic"}, store.Query{Index: "room", Value: "cellar"}
	write(t, s, keyed("a", store.Entry{Index: "room", Value: "attic", Order: "5"}, store.Entry{Index: "room", Value: "attic", Order: "5"}, store.Entry{Index: "room", Value: "hall"}),
		keyed("b", store.Entry{Index: "room", Value: "attic", Order: "4"}))
	same(t, []record{{ID: "b", Version: 1, Body: map[string]any{}, Order: "4"}, {ID: "a", Version: 1, Body: map[string]any{}, Order: "5"}}, find(t, s, attic))

	moved := keyed("a", store.Entry{Index: "room", Value: "cellar", Order: "1"})
	moved.Version = 1
	write(t, s, moved)
	same(t, []string{"b"}, ids(t, s, attic))
	same(t, []record{{ID: "a", Version: 2, Body: map[string]any{}, Order: "1"}}, find(t, s, cellar))
	same(t, []string(nil), ids(t, s, store.Query{Index: "room", Value: "hall"}))

	reordered := keyed("b", store.Entry{Index: "room", Value: "cellar", Order: "0"})
	reordered.Version = 1
	write(t, s, reordered)
	same(t, []string{"b", "a"}, ids(t, s, cellar))
	write(t, s, gone("a", 2))
	same(t, []string{"b"}, ids(t, s, cellar))
	write(t, s, lamp("b", 2, `1`))
	same(t, []string(nil), ids(t, s, cellar))
	same(t, []string{"b"}, ids(t, s, store.Query{}))
}

// pages reads an index whose orders repeat, with every size of a page, in both
// directions: each record comes once, equal orders by id.
func pages(t *testing.T, s store.Store) {
	var want []string
	var writes []store.Write
	for _, order := range []string{"", "a", "b"} {
		for i := range 4 {
			id := numbered(order+"x", i)
			want = append(want, id)
			writes = append(writes, keyed(id, store.Entry{Index: "room", Value: "attic", Order: order}))
		}
	}
	slices.Reverse(writes)
	write(t, s, writes...)
	write(t, s, keyed("else", store.Entry{Index: "room", Value: "cellar"}), keyed("other", store.Entry{Index: "floor", Value: "attic"}))
	falling := slices.Clone(want)
	slices.Reverse(falling)
	for _, limit := range []int{0, 1, 2, 3, 4, 5, 11, 12, 13, store.MaxPage} {
		same(t, want, ids(t, s, store.Query{Index: "room", Value: "attic", Limit: limit}))
		same(t, falling, ids(t, s, store.Query{Index: "room", Value: "attic", Limit: limit, Descending: true}))
	}
}

func pagesByID(t *testing.T, s store.Store) {
	var want []string
	var writes []store.Write
	for i := range store.MaxPage {
		want = append(want, numbered("", i))
		writes = append(writes, lamp(numbered("", i), 0, "1"))
	}
	write(t, s, writes...)
	write(t, s, lamp("z", 0, "1"))
	want = append(want, "z")
	other := lamp("other", 0, "1")
	other.Kind = "another kind"
	write(t, s, other)
	same(t, want, ids(t, s, store.Query{}))
	same(t, want, ids(t, s, store.Query{Limit: 73}))
	slices.Reverse(want)
	same(t, want, ids(t, s, store.Query{Limit: 167, Descending: true}))
	same(t, []string{"z"}, ids(t, s, store.Query{After: store.Position{ID: "0500"}}))
}

// pageFromOrder begins in the middle, where no record need stand.
func pageFromOrder(t *testing.T, s store.Store) {
	for _, order := range []string{"1", "2", "3"} {
		write(t, s, keyed("of"+order, store.Entry{Index: "room", Value: "attic", Order: order}))
	}
	q := store.Query{Index: "room", Value: "attic", After: store.Position{Order: "2"}}
	same(t, []string{"of2", "of3"}, ids(t, s, q))
	q.Descending = true
	same(t, []string{"of1"}, ids(t, s, q))
	q.After = store.Position{Order: "25"}
	same(t, []string{"of2", "of1"}, ids(t, s, q))
}

// byteOrder: upper case before lower case, punctuation where ASCII has it, and
// no language's idea of what is alike.
func byteOrder(t *testing.T, s store.Store) {
	want := []string{"A", "B", "B a", "B-a", "BA", "Z", "_", "a", "ab", "a\u0301", "z", "~", "Ä", "ß", "ä", "é", "ı", "日", "\uffff", "😀"}
	if !slices.IsSorted(want) {
		t.Fatal("the list is not in byte order")
	}
	for _, text := range want {
		write(t, s, keyed(text, store.Entry{Index: "order", Value: "x", Order: text}, store.Entry{Index: "id", Value: "x"}, store.Entry{Index: "value", Value: text}))
	}
	same(t, want, ids(t, s, store.Query{Limit: 3}))
	same(t, want, ids(t, s, store.Query{Index: "order", Value: "x", Limit: 3}))
	same(t, want, ids(t, s, store.Query{Index: "id", Value: "x", Limit: 3}))
	for _, text := range want {
		same(t, []string{text}, ids(t, s, store.Query{Index: "value", Value: text}))
	}
	slices.Reverse(want)
	same(t, want, ids(t, s, store.Query{Index: "order", Value: "x", Limit: 3, Descending: true}))
}

// longKeys are as long as they may be, and differ in their last byte only.
func longKeys(t *testing.T, s store.Store) {
	long := func(n int, last string) string { return noise(n-1) + last }
	name := long(store.MaxNameBytes, "n")
	for _, end := range []string{"b", "a"} {
		w := lamp(long(store.MaxKeyBytes, end), 0, "1")
		w.Kind = long(store.MaxNameBytes, "k")
		w.Entries = []store.Entry{{Index: name, Value: long(store.MaxKeyBytes, "v"), Order: long(store.MaxKeyBytes, end)}}
		w.Unique = []store.Unique{{Name: name, Value: long(store.MaxKeyBytes, end)}}
		write(t, s, w)
	}
	q := store.Query{Kind: long(store.MaxNameBytes, "k"), Index: name, Value: long(store.MaxKeyBytes, "v"), Limit: 1}
	for _, end := range []string{"a", "b"} {
		page := page(t, s, q)
		if len(page) != 1 || page[0].ID != long(store.MaxKeyBytes, end) || page[0].Order != page[0].ID {
			t.Fatalf("got %v", page)
		}
		q.After = page[0].Position()
	}
	q.Value = long(store.MaxKeyBytes, "w")
	if page := page(t, s, q); len(page) > 0 {
		t.Errorf("another long value finds %v", page)
	}
}

// noise is text of n bytes that does not compress well, always the same.
func noise(n int) string {
	var b strings.Builder
	for state := uint32(2463534242); b.Len() < n; {
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		b.WriteByte(byte('!' + state%90))
	}
	return b.String()
}

// unicode text comes back as it went in, and is not normalized.
func unicode(t *testing.T, s store.Store) {
	for _, text := range []string{"é", "e\u0301", "日本", "👩‍👩‍👧", "a\nb\tc", `"quoted"\`, " ", "%_'$1;--", "\ufeff", "\u202e", "\x01\x7f", "\ufffd"} {
		w := serial(text, 0, text)
		w.Body = []byte(`{"of":` + quoted(text) + `}`)
		w.Entries = []store.Entry{{Index: "room", Value: text, Order: text}}
		write(t, s, w)
		want := []record{{ID: text, Version: 1, Body: map[string]any{"of": text}}}
		same(t, want, get(t, s, text))
		want[0].Order = text
		same(t, want, find(t, s, store.Query{Index: "room", Value: text}))
		isTaken(t, s.Write(t.Context(), store.Commit{Writes: []store.Write{serial("new", 0, text)}}), store.TakenError{Kind: kind, Name: "serial", Value: text, ID: text})
	}
}
