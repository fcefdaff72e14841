package snapshot_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/store"
)

// reading counts the calls that reach a store.
type reading struct {
	store.Store
	gets, finds atomic.Int64
}

func (r *reading) Get(ctx context.Context, keys ...store.Key) ([]store.Record, error) {
	r.gets.Add(1)
	return r.Store.Get(ctx, keys...)
}

func (r *reading) Find(ctx context.Context, queries ...store.Query) ([][]store.Record, error) {
	r.finds.Add(1)
	return r.Store.Find(ctx, queries...)
}

const rules, cases = "rules", "cases"

func key(kind, id string) store.Key { return store.Key{Kind: kind, ID: id} }

func put(t *testing.T, s store.Store, kind, id string, version int64, body string) {
	t.Helper()
	if err := write(t.Context(), s, kind, id, version, body); err != nil {
		t.Fatal(err)
	}
}

func write(ctx context.Context, s store.Store, kind, id string, version int64, body string) error {
	return s.Write(ctx, store.Commit{Writes: []store.Write{{Kind: kind, ID: id, Version: version, Body: []byte(body), Entries: []store.Entry{{Index: "all"}}}}})
}

// bodies reads records, "-" for one that is not there.
func bodies(ctx context.Context, t *testing.T, s store.Store, keys ...store.Key) (all []string) {
	t.Helper()
	for _, k := range keys {
		found, err := s.Get(ctx, k)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 0 {
			all = append(all, "-")
			continue
		}
		all = append(all, string(found[0].Body))
	}
	return all
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", what, diff)
	}
}

// An act reads each record and each page once, those that are not there too.
func TestActReadsOnce(t *testing.T) {
	t.Parallel()
	under := &reading{Store: new(store.Memory)}
	s := snapshot.New(under, rules)
	put(t, s, cases, "a", 0, `1`)
	act := snapshot.Begin(t.Context())
	for range 3 {
		same(t, "records", []string{"1", "-"}, bodies(act, t, s, key(cases, "a"), key(cases, "b")))
		pages, err := s.Find(act, store.Query{Kind: cases, Index: "all"})
		if err != nil || len(pages[0]) != 1 {
			t.Errorf("found %v, %v", pages, err)
		}
	}
	same(t, "calls of Get", int64(2), under.gets.Load())
	same(t, "calls of Find", int64(1), under.finds.Load())
	put(t, s, cases, "b", 0, `2`)
	same(t, "in the act", []string{"-"}, bodies(act, t, s, key(cases, "b")))
	same(t, "behind it", []string{"2"}, bodies(snapshot.Leave(act), t, s, key(cases, "b")))
	snapshot.Forget(act)
	same(t, "read anew", []string{"2"}, bodies(act, t, s, key(cases, "b")))
}

// What seldom changes is read once by all acts, until it does, also in another process.
func TestSettledRecordsStay(t *testing.T) {
	t.Parallel()
	memory := new(store.Memory)
	under := &reading{Store: memory}
	here, there := snapshot.New(under, rules), snapshot.New(memory, rules)
	put(t, there, rules, "r", 0, `"strict"`)
	read := func() []string {
		return bodies(snapshot.Begin(t.Context()), t, here, key(rules, "r"), key(rules, "none"))
	}
	same(t, "the first act", []string{`"strict"`, "-"}, read())
	before := under.gets.Load()
	same(t, "the second", []string{`"strict"`, "-"}, read())
	same(t, "calls of the second: the generation", before+1, under.gets.Load())
	put(t, there, rules, "r", 1, `"lax"`)
	put(t, there, rules, "none", 0, `"new"`)
	same(t, "after a change elsewhere", []string{`"lax"`, `"new"`}, read())
}

// A decision is not committed by a rule that has changed since it was read; one that read
// no rule is.
func TestCommitHoldsTheGeneration(t *testing.T) {
	t.Parallel()
	memory := new(store.Memory)
	here, there := snapshot.New(memory, rules), snapshot.New(memory, rules)
	put(t, there, rules, "r", 0, `"strict"`)
	judged, unjudged := snapshot.Begin(t.Context()), snapshot.Begin(t.Context())
	bodies(judged, t, here, key(rules, "r"))
	bodies(unjudged, t, here, key(cases, "b"))
	put(t, there, rules, "other", 0, `"lax"`)
	if err := write(judged, here, cases, "a", 0, `1`); !errors.Is(err, store.ErrConflict) {
		t.Errorf("by a generation that has passed: %v, want ErrConflict", err)
	}
	if err := write(unjudged, here, cases, "b", 0, `1`); err != nil {
		t.Errorf("by no rule: %v", err)
	}
	bodies(judged, t, here, key(rules, "r"))
	if err := write(judged, here, cases, "a", 0, `1`); err != nil {
		t.Errorf("decided anew: %v", err)
	}
}

// Changes of different rules at once all succeed, unless they have read others first.
func TestRaisingAtOnce(t *testing.T) {
	t.Parallel()
	memory := new(store.Memory)
	here, there := snapshot.New(memory, rules), snapshot.New(memory, rules)
	errs := make(chan error)
	for i, s := range []*snapshot.Store{here, there, here, there} {
		go func() { errs <- write(t.Context(), s, rules, string(rune('a'+i)), 0, `1`) }()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if err := write(t.Context(), here, rules, "a", 7, `1`); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a stale change: %v, want ErrConflict", err)
	}
	act := snapshot.Begin(t.Context())
	bodies(act, t, here, key(rules, "a"))
	put(t, there, rules, "b", 1, `2`)
	if err := write(act, here, rules, "a", 1, `2`); !errors.Is(err, store.ErrConflict) {
		t.Errorf("decided by another generation: %v, want ErrConflict", err)
	}
}

// oneByOne is a store that reads one record, or one page, after the other, and lets
// somebody write after the first.
type oneByOne struct {
	store.Store
	between func()
}

func (o *oneByOne) pause(i int) {
	if write := o.between; i == 1 && write != nil {
		o.between = nil
		write()
	}
}

func (o *oneByOne) Get(ctx context.Context, keys ...store.Key) (all []store.Record, err error) {
	for i, k := range keys {
		o.pause(i)
		found, err := o.Store.Get(ctx, k)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func (o *oneByOne) Find(ctx context.Context, queries ...store.Query) (all [][]store.Record, err error) {
	for i, q := range queries {
		o.pause(i)
		found, err := o.Store.Find(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// What is read before somebody changes it is not kept under the generation after that.
func TestGenerationIsReadFirst(t *testing.T) {
	t.Parallel()
	page := store.Query{Kind: rules, Index: "all"}
	reads := map[string]func(ctx context.Context, s store.Store) (string, error){
		"a record": func(ctx context.Context, s store.Store) (string, error) {
			found, err := s.Get(ctx, key(rules, "a"))
			return string(found[0].Body), err
		},
		"a page": func(ctx context.Context, s store.Store) (string, error) {
			found, err := s.Find(ctx, page)
			return string(found[0][0].Body), err
		},
	}
	for name, read := range reads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			under := &oneByOne{Store: new(store.Memory)}
			other, s := snapshot.New(under.Store, rules), snapshot.New(under, rules)
			put(t, other, rules, "a", 0, `"old"`)
			under.between = func() { put(t, other, rules, "a", 1, `"new"`) }
			for range 2 {
				if _, err := read(snapshot.Begin(t.Context()), s); err != nil {
					t.Fatal(err)
				}
			}
			got, err := read(snapshot.Begin(t.Context()), s)
			if err != nil || got != `"new"` {
				t.Errorf("got %s, %v after it was changed", got, err)
			}
		})
	}
}

// inventory counts the assets that are asked for.
type inventory struct {
	catalog.Inventory
	asked atomic.Int64
}

func (i *inventory) Asset(ctx context.Context, ref catalog.Ref) (catalog.Asset, error) {
	i.asked.Add(1)
	return i.Inventory.Asset(ctx, ref)
}

func TestActFindsAnAssetOnce(t *testing.T) {
	t.Parallel()
	under := &inventory{Inventory: new(catalog.Memory)}
	i := snapshot.Inventory{Inventory: under}
	act := snapshot.Begin(t.Context())
	const orders = catalog.Ref("warehouse:sales.public.orders")
	known := func(ctx context.Context) bool {
		t.Helper()
		_, err := i.Asset(ctx, orders)
		if err != nil && !errors.Is(err, catalog.ErrNotFound) {
			t.Fatal(err)
		}
		return err == nil
	}
	for range 3 {
		same(t, "before it is there", false, known(act))
	}
	same(t, "readings", int64(1), under.asked.Load())
	table := catalog.Asset{Ref: orders, Kind: catalog.Table, Technology: "postgres", Host: "db.example.com"}
	if _, err := i.Replace(act, "warehouse", func(yield func(catalog.Asset, error) bool) { yield(table, nil) }, time.Now()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		same(t, "afterwards", true, known(act))
		same(t, "in another act", true, known(snapshot.Begin(t.Context())))
	}
	same(t, "readings", int64(1+1+3), under.asked.Load())
}

// beside lies beside a store, and counts how often both are read together.
type beside struct {
	catalog.Inventory
	together atomic.Int64
}

func (b *beside) AssetsWith(ctx context.Context, s store.Store, refs []catalog.Ref, keys ...store.Key) (assets []catalog.Asset, records []store.Record, err error) {
	b.together.Add(1)
	for _, ref := range refs {
		if a, err := b.Asset(ctx, ref); err == nil {
			assets = append(assets, a)
		}
	}
	records, err = s.Get(ctx, keys...)
	return assets, records, err
}

// What an act expects comes with its first records, and again after it has lost a commit.
func TestActReadsTheAssetsThatItExpects(t *testing.T) {
	t.Parallel()
	const orders, none = catalog.Ref("warehouse:sales.public.orders"), catalog.Ref("warehouse:sales.public.none")
	under := &beside{Inventory: new(catalog.Memory)}
	_, err := under.Replace(t.Context(), "warehouse", func(yield func(catalog.Asset, error) bool) {
		yield(catalog.Asset{Ref: orders, Kind: catalog.Table, Technology: "postgres", Host: "db.example.com"}, nil)
	}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	alone := &inventory{Inventory: under.Inventory}
	i := snapshot.Inventory{Inventory: alone}
	s := snapshot.New(new(store.Memory), rules).Lies(under)
	put(t, s, cases, "c", 0, `"a case"`)
	act := snapshot.Expect(t.Context(), orders, none)
	look := func(together int64) {
		t.Helper()
		same(t, "the records", []string{`"a case"`, "-"}, bodies(act, t, s, key(cases, "c"), key(rules, "r")))
		found, err := i.Asset(act, orders)
		if _, missing := i.Asset(act, none); err != nil || found.Ref != orders || !errors.Is(missing, catalog.ErrNotFound) {
			t.Errorf("the assets are %v, %v and %v", found, err, missing)
		}
		same(t, "readings together", together, under.together.Load())
		same(t, "readings of assets alone", int64(0), alone.asked.Load())
	}
	look(1)
	look(1)
	snapshot.Forget(act)
	look(2)
}

// Held reads nothing, and knows what an earlier act has read.
func TestHeldReadsNothing(t *testing.T) {
	t.Parallel()
	under := &reading{Store: new(store.Memory)}
	s := snapshot.New(under, rules)
	put(t, s, rules, "r", 0, `"a rule"`)
	put(t, s, cases, "c", 0, `"a case"`)
	same(t, "at first", []string{"-"}, bodies(t.Context(), t, snapshot.Held(s), key(rules, "r")))
	bodies(snapshot.Begin(t.Context()), t, s, key(rules, "r"), key(cases, "c"))
	before := under.gets.Load()
	same(t, "afterwards", []string{`"a rule"`, "-", "-"}, bodies(t.Context(), t, snapshot.Held(s), key(rules, "r"), key(cases, "c"), key(rules, "none")))
	same(t, "readings", before, under.gets.Load())
}
