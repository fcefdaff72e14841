// Package storetest is the suite that every store.Store must pass. It uses a
// kind of its own, which no store can know.
package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/store"
)

// kind is the kind of the records that the suite writes.
const kind = "lamps of the suite"

// Run checks a store against the contract. Fresh returns an empty store, one for
// each subtest; it is called from many goroutines.
func Run(t *testing.T, fresh func(t *testing.T) store.Store) {
	for _, tt := range []struct {
		name string
		test func(*testing.T, store.Store)
	}{
		{"RoundTrip", roundTrip},
		{"NotFound", notFound},
		{"Conflict", conflict},
		{"AllOrNothing", allOrNothing},
		{"NothingToDo", nothingToDo},
		{"Taken", taken},
		{"TakenWithin", takenWithin},
		{"Freed", freed},
		{"Swapped", swapped},
		{"TakenByKind", takenByKind},
		{"KeysFollow", keysFollow},
		{"Pages", pages},
		{"PagesByID", pagesByID},
		{"PageFromOrder", pageFromOrder},
		{"ByteOrder", byteOrder},
		{"LongKeys", longKeys},
		{"Unicode", unicode},
		{"Refused", refused},
		{"RefusedQueries", refusedQueries},
		{"LargestWrite", largestWrite},
		{"ManyKeys", manyKeys},
		{"Canceled", canceled},
		{"SeveralKinds", severalKinds},
		{"SeveralQueries", severalQueries},
		{"Holding", holding},
		{"Until", until},
		{"Holds", holds},
		{"Numbers", numbers},
		{"NumbersOfKinds", numbersOfKinds},
		{"Typed", typed},
		{"ChangeRefused", changeRefused},
		{"LostUpdate", lostUpdate},
		{"OneWinner", oneWinner},
		{"SwapsBothWays", swapsBothWays},
		{"LogWithoutHoles", logWithoutHoles},
		{"LogOfManyPages", logOfManyPages},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.test(t, fresh(t))
		})
	}
}

// record is a record as the suite compares it: its body by meaning.
type record struct {
	ID      string
	Version int64
	Body    any
	Order   string
}

func plain(t *testing.T, records []store.Record) []record {
	t.Helper()
	var all []record
	for _, r := range records {
		p := record{ID: r.ID, Version: r.Version, Order: r.Order}
		if err := json.Unmarshal(r.Body, &p.Body); err != nil {
			t.Fatalf("the body of %q: %v", r.ID, err)
		}
		all = append(all, p)
	}
	return all
}

func write(t *testing.T, s store.Store, writes ...store.Write) {
	t.Helper()
	if err := s.Write(t.Context(), store.Commit{Writes: writes}); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, s store.Store, ids ...string) []record {
	t.Helper()
	records, err := s.Get(t.Context(), named(ids)...)
	if err != nil {
		t.Fatal(err)
	}
	return plain(t, records)
}

// named are the keys of some lamps.
func named(ids []string) []store.Key {
	keys := make([]store.Key, len(ids))
	for i, id := range ids {
		keys[i] = store.Key{Kind: kind, ID: id}
	}
	return keys
}

func find(t *testing.T, s store.Store, q store.Query) []record {
	t.Helper()
	q.Kind = kind
	return plain(t, page(t, s, q))
}

// page is the page of one query.
func page(t *testing.T, s store.Store, q store.Query) []store.Record {
	t.Helper()
	pages, err := s.Find(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return pages[0]
}

// ids of everything that the query finds, page by page.
func ids(t *testing.T, s store.Store, q store.Query) []string {
	t.Helper()
	q.Kind = kind
	var all []string
	for {
		page := page(t, s, q)
		for _, r := range page {
			all = append(all, r.ID)
		}
		limit := q.Limit
		if limit == 0 {
			limit = store.MaxPage
		}
		if len(page) > limit {
			t.Fatalf("a page of at most %d holds %d", limit, len(page))
		}
		if len(page) < limit {
			return all
		}
		q.After = page[len(page)-1].Position()
	}
}

func same(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// lamp is a write of a lamp that has no keys.
func lamp(id string, version int64, body string) store.Write {
	return store.Write{Kind: kind, ID: id, Version: version, Body: []byte(body)}
}

// keyed is an insert of a lamp under keys of the index "room".
func keyed(id string, keys ...store.Entry) store.Write {
	w := lamp(id, 0, "{}")
	w.Entries = keys
	return w
}

// serial is a write of a lamp with unique values of the name "serial".
func serial(id string, version int64, values ...string) store.Write {
	w := lamp(id, version, "{}")
	for _, v := range values {
		w.Unique = append(w.Unique, store.Unique{Name: "serial", Value: v})
	}
	return w
}

func gone(id string, version int64) store.Write {
	return store.Write{Kind: kind, ID: id, Version: version}
}

// together runs f n times at once and returns their errors.
func together(ctx context.Context, n int, f func(ctx context.Context, i int) error) []error {
	errs := make([]error, n)
	done := make(chan struct{})
	for i := range n {
		go func() {
			defer func() { done <- struct{}{} }()
			errs[i] = f(ctx, i)
		}()
	}
	for range n {
		<-done
	}
	return errs
}

func numbered(prefix string, n int) string { return fmt.Sprintf("%s%04d", prefix, n) }
