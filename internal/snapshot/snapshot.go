// Package snapshot lets an act read each record once, and keeps in the process what
// seldom changes.
//
// Records of settled kinds, such as definitions and connections, stay in the process
// as long as their generation does: a record that rises with every change of one of them.
// An act reads the generation with the first of its records, and what it commits holds
// the generation: whatever it has decided by stood when it was committed.
package snapshot

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/store"
)

// Store is a store.Store whose reads are those of an act, where the context has one.
// It must do all writes of settled kinds.
type Store struct {
	of      store.Store
	beside  Beside          // nil where assets are read by themselves
	settled map[string]bool // kinds
	away    atomic.Bool     // since the last write, see Away

	mu     sync.Mutex
	shared view // of settled kinds only
	since  int64
}

// New returns a Store on another, for which some kinds are settled.
func New(s store.Store, settled ...string) *Store {
	kinds := make(map[string]bool, len(settled))
	for _, k := range settled {
		kinds[k] = true
	}
	return &Store{of: s, settled: kinds}
}

// Beside is an inventory that reads assets in one message with records of a store.
type Beside interface {
	AssetsWith(ctx context.Context, s store.Store, refs []catalog.Ref, keys ...store.Key) ([]catalog.Asset, []store.Record, error)
}

// Lies says which inventory lies beside the store, if it is a Beside, and returns s.
func (s *Store) Lies(beside catalog.Inventory) *Store {
	s.beside, _ = beside.(Beside)
	return s
}

// generation is the key of the record that rises with each change of a settled kind.
var generation = store.Key{Kind: "generations", ID: "settled"}

// view holds records and pages that were read. A record that is known not to be there
// is nil.
type view struct {
	records map[store.Key]*store.Record
	pages   map[store.Query][]store.Record
}

// maxShared bounds the records and the pages that stay in the process.
const maxShared = 10_000

func (v *view) keep(k store.Key, r *store.Record) {
	if v.records == nil {
		v.records = map[store.Key]*store.Record{}
	}
	v.records[k] = r
}

func (v *view) keepPage(q store.Query, page []store.Record) {
	if v.pages == nil {
		v.pages = map[store.Query][]store.Record{}
	}
	v.pages[q] = page
}

// act is what one act has read.
type act struct {
	mu    sync.Mutex
	seen  view
	known bool  // the generation was read
	since int64 // the generation; zero where nothing settled was ever written
	used  bool  // something settled was read under it
	apart bool  // it reads in a transaction of the host's, which may be rolled back

	assets   map[catalog.Ref]found
	expected []catalog.Ref // assets that will be looked for
}

type actKey struct{}

// Begin returns a context for one act: what it reads it reads once. An act that is
// begun within another is part of it.
func Begin(ctx context.Context) context.Context {
	if of(ctx) != nil {
		return ctx
	}
	return context.WithValue(ctx, actKey{}, &act{apart: store.Joined(ctx)})
}

// Expect returns a context for an act that will look for some assets: they are read with
// its first records, where that is possible.
func Expect(ctx context.Context, refs ...catalog.Ref) context.Context {
	ctx = Begin(ctx)
	a := of(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.expected = append(a.expected, refs...)
	return ctx
}

// Leave returns a context for work that goes on after the act: it reads anew.
func Leave(ctx context.Context) context.Context {
	return context.WithValue(ctx, actKey{}, (*act)(nil))
}

// Forget makes the act of a context, if it has one, read everything anew.
func Forget(ctx context.Context) {
	if a := of(ctx); a != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.forget()
	}
}

func of(ctx context.Context) *act {
	a, _ := ctx.Value(actKey{}).(*act)
	return a
}

func (a *act) forget() { a.seen, a.known, a.used, a.assets = view{}, false, false, nil }

// Get returns the records under these keys.
func (s *Store) Get(ctx context.Context, keys ...store.Key) ([]store.Record, error) {
	a := of(ctx)
	if a == nil {
		return s.of.Get(ctx, keys...)
	}
	if err := store.CheckGet(keys); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.known {
		if err := s.read(ctx, a, s.unshared(keys), true); err != nil {
			return nil, err
		}
	}
	if slices.ContainsFunc(keys, func(k store.Key) bool { return s.settled[k.Kind] }) {
		a.used = true
		s.recall(a, keys)
	}
	if err := s.read(ctx, a, keys, false); err != nil {
		return nil, err
	}
	var found []store.Record
	for _, k := range keys {
		if r := a.seen.records[k]; r != nil {
			found = append(found, *r)
		}
	}
	return found, nil
}

// unshared are the keys of records that this process does not hold.
func (s *Store) unshared(keys []store.Key) []store.Key {
	s.mu.Lock()
	defer s.mu.Unlock()
	return unread(s.shared.records, keys)
}

// unread are those of some keys, or queries, for which nothing was read, each once.
func unread[K comparable, V any](seen map[K]V, asked []K) (rest []K) {
	twice := make(map[K]bool, len(asked))
	return slices.DeleteFunc(slices.Clone(asked), func(k K) bool {
		_, is := seen[k]
		defer func() { twice[k] = true }()
		return is || twice[k]
	})
}

// read fetches those of the keys that the act has not read, with the generation where
// that is asked for.
func (s *Store) read(ctx context.Context, a *act, keys []store.Key, since bool) error {
	missing := unread(a.seen.records, keys)
	if since { // first: a store that reads one key after the other must not read a record before it
		missing = append([]store.Key{generation}, missing...)
	}
	if len(missing) == 0 {
		return nil
	}
	found, err := s.fetch(ctx, a, missing)
	if err != nil {
		return err
	}
	if since {
		a.known, a.since = true, versionOf(found, generation)
		missing = missing[1:]
	}
	there := make(map[store.Key]*store.Record, len(found))
	for i, r := range found {
		there[store.Key{Kind: r.Kind, ID: r.ID}] = &found[i]
	}
	for _, k := range missing {
		a.seen.keep(k, there[k])
		s.share(a, k, there[k])
	}
	return nil
}

// fetch gets records, and the assets that the act expects.
func (s *Store) fetch(ctx context.Context, a *act, keys []store.Key) ([]store.Record, error) {
	expected := unread(a.assets, a.expected)
	if s.beside == nil || len(expected) == 0 {
		return s.of.Get(ctx, keys...)
	}
	assets, read, err := besideOf(ctx, s.beside, s.of, expected, keys)
	if err != nil {
		return nil, err
	}
	for _, ref := range expected {
		at := slices.IndexFunc(assets, func(asset catalog.Asset) bool { return asset.Ref == ref })
		if at < 0 {
			a.keepAsset(ref, found{err: fmt.Errorf("%w: %.80q", catalog.ErrNotFound, string(ref))})
			continue
		}
		a.keepAsset(ref, found{asset: assets[at]})
	}
	return read, nil
}

func versionOf(found []store.Record, k store.Key) int64 {
	for _, r := range found {
		if r.Kind == k.Kind && r.ID == k.ID {
			return r.Version
		}
	}
	return 0
}

// Find returns one page for each query.
func (s *Store) Find(ctx context.Context, queries ...store.Query) ([][]store.Record, error) {
	a := of(ctx)
	if a == nil {
		return s.of.Find(ctx, queries...)
	}
	if err := store.CheckFind(queries); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.known {
		if err := s.readPages(ctx, a, s.unsharedPages(queries), true); err != nil {
			return nil, err
		}
	}
	if slices.ContainsFunc(queries, func(q store.Query) bool { return s.settled[q.Kind] }) {
		a.used = true
		s.recallPages(a, queries)
	}
	if err := s.readPages(ctx, a, queries, false); err != nil {
		return nil, err
	}
	pages := make([][]store.Record, len(queries))
	for i, q := range queries {
		pages[i] = slices.Clone(a.seen.pages[q])
	}
	return pages, nil
}

// unsharedPages are the queries whose pages this process does not hold.
func (s *Store) unsharedPages(queries []store.Query) []store.Query {
	s.mu.Lock()
	defer s.mu.Unlock()
	return unread(s.shared.pages, queries)
}

// generations finds the generation.
var generations = store.Query{Kind: generation.Kind, Limit: 1}

// readPages fetches the pages that the act has not read, with the generation where that
// is asked for.
func (s *Store) readPages(ctx context.Context, a *act, queries []store.Query, since bool) error {
	missing := unread(a.seen.pages, queries)
	if since && len(missing) < store.MaxQueries {
		missing = append([]store.Query{generations}, missing...)
	} else if since {
		if err := s.read(ctx, a, nil, true); err != nil {
			return err
		}
		since = false
	}
	if len(missing) == 0 {
		return nil
	}
	pages, err := s.of.Find(ctx, missing...)
	if err != nil {
		return err
	}
	if since {
		a.known, a.since = true, versionOf(pages[0], generation)
		missing, pages = missing[1:], pages[1:]
	}
	for i, q := range missing {
		a.seen.keepPage(q, pages[i])
		s.sharePage(a, q, pages[i])
	}
	return nil
}

// recall takes records of settled kinds from the process into the act.
func (s *Store) recall(a *act, keys []store.Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.since != a.since {
		return
	}
	for _, k := range keys {
		if r, is := s.shared.records[k]; is {
			a.seen.keep(k, r)
		}
	}
}

func (s *Store) recallPages(a *act, queries []store.Query) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.since != a.since {
		return
	}
	for _, q := range queries {
		if page, is := s.shared.pages[q]; is {
			a.seen.keepPage(q, page)
		}
	}
}

func (s *Store) share(a *act, k store.Key, r *store.Record) {
	if !s.settled[k.Kind] {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current(a) {
		s.shared.keep(k, r)
	}
}

func (s *Store) sharePage(a *act, q store.Query, page []store.Record) {
	if !s.settled[q.Kind] {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current(a) {
		s.shared.keepPage(q, page)
	}
}

// Held is a Store that gets those records only that the process holds, without reading
// any. They may have changed since: they are for reading ahead, and for no decision.
func Held(s store.Store) store.Store {
	of, is := s.(*Store)
	if !is {
		return s
	}
	return held{of}
}

type held struct{ *Store }

func (h held) Get(_ context.Context, keys ...store.Key) (found []store.Record, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, k := range keys {
		if r := h.shared.records[k]; r != nil {
			found = append(found, *r)
		}
	}
	return found, nil
}

// current reports whether the process holds the generation of the act, and lets go of
// an earlier one.
func (s *Store) current(a *act) bool {
	if a.apart {
		return false
	}
	if a.since > s.since || len(s.shared.records)+len(s.shared.pages) >= maxShared {
		s.shared = view{}
		s.since = max(s.since, a.since)
	}
	return s.since == a.since
}
