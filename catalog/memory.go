package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/grantwright/grantwright/internal/excerpt"
)

// Memory is an Inventory that forgets everything when the process ends. It is
// the reference for all others, and the fake in tests. The zero Memory is empty
// and ready. It may be used by any number of goroutines.
type Memory struct {
	mu     sync.RWMutex
	assets map[Ref]Asset
	refs   []Ref // the keys of assets, sorted
}

var _ Inventory = (*Memory)(nil)

// Asset returns the asset with this Ref, also one that is gone.
func (m *Memory) Asset(ctx context.Context, ref Ref) (Asset, error) {
	if err := ctx.Err(); err != nil {
		return Asset{}, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	a, ok := m.assets[ref]
	if !ok {
		return Asset{}, fmt.Errorf("%w: %s", ErrNotFound, excerpt.Of(ref, maxShown))
	}
	return a.clone(), nil
}

// Find returns the assets with this name that are not gone.
func (m *Memory) Find(ctx context.Context, n Name) ([]Asset, error) {
	return m.list(ctx, "", MaxCandidates, n.matches)
}

// Search lists assets in the order of their Refs.
func (m *Memory) Search(ctx context.Context, q Query) ([]Asset, error) {
	limit := q.Limit
	if limit <= 0 || limit > MaxPage {
		limit = MaxPage
	}
	words, any := q.Words()
	if !any {
		return nil, ctx.Err()
	}
	return m.list(ctx, q.After, limit, func(a Asset) bool { return q.matches(a, words) })
}

func (m *Memory) list(ctx context.Context, after Ref, limit int, matches func(Asset) bool) ([]Asset, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	first, exact := slices.BinarySearch(m.refs, after)
	if exact {
		first++
	}
	var found []Asset
	for _, ref := range m.refs[first:] {
		if a := m.assets[ref]; matches(a) {
			found = append(found, a.clone())
		}
		if len(found) == limit {
			break
		}
	}
	return found, nil
}

func (n Name) matches(a Asset) bool {
	return a.Gone.IsZero() &&
		(len(n.Path) == 0 || slices.Equal(n.Path, a.Ref.Path())) &&
		(n.Technology == "" || n.Technology == a.Technology) &&
		(n.Host == "" || n.Host == a.Host || n.Host == a.Ref.Connection())
}

// Replace makes the assets at and below root those of the stream. The stream is
// read to its end first, and then taken over at once: nobody sees half of it.
func (m *Memory) Replace(ctx context.Context, root Ref, assets iter.Seq2[Asset, error], now time.Time) (Synced, error) {
	if err := ctx.Err(); err != nil {
		return Synced{}, err
	}
	r, err := readAll(ctx, root, assets)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil { // an object in the place of another would hide where that one has gone
		r.assets = slices.DeleteFunc(r.assets, func(a Asset) bool {
			known, ok := m.assets[a.Ref]
			return ok && known.ID != a.ID
		})
	}
	s := m.merge(r.assets)
	s.Unread = r.unread[:min(len(r.unread), MaxUnread)]
	if err == nil {
		s.Gone = m.markGone(root, r, now)
	}
	return s, err
}

// reading is what one stream held.
type reading struct {
	assets []Asset
	unread []*PartialError
}

func readAll(ctx context.Context, root Ref, assets iter.Seq2[Asset, error]) (r reading, err error) {
	for a, err := range Checked(root, assets) {
		var partial *PartialError
		switch {
		case ctx.Err() != nil:
			return r, ctx.Err()
		case errors.As(err, &partial):
			r.unread = append(r.unread, partial)
		case err != nil:
			return r, err
		default:
			r.assets = append(r.assets, a.clone())
		}
	}
	return r, ctx.Err()
}

func (m *Memory) merge(assets []Asset) (s Synced) {
	if m.assets == nil {
		m.assets = map[Ref]Asset{}
	}
	byID := m.byID()
	slices.SortStableFunc(assets, func(a, b Asset) int { return cmp.Compare(len(a.PartOf), len(b.PartOf)) }) // what was a whole is known before its parts
	for _, a := range assets {
		known, ok := m.assets[a.Ref]
		a.Gone, a.Was, a.Had = time.Time{}, nil, nil
		if ok && known.ID == a.ID {
			a.Was, a.Had = known.Was, known.Had
		}
		if was := a.Was; !ok || !known.equal(a) {
			same := byID[a.identity()]
			if ok && known.ID == "" && a.ID == "" {
				same = []Asset{known}
			}
			a.Had = a.Kept(same)
			if a.Was = a.Before(same, m.under(a.Around())); !slices.Equal(was, a.Was) {
				s.Moved = append(s.Moved, a.Ref)
			}
		}
		switch {
		case !ok:
			s.Added++
			m.refs = append(m.refs, a.Ref)
		case known.equal(a):
			s.Same++
		default:
			s.Changed++
		}
		m.assets[a.Ref] = a
	}
	slices.Sort(m.refs)
	return s
}

// byID are the assets by their connections and ids.
func (m *Memory) byID() map[[2]string][]Asset {
	all := make(map[[2]string][]Asset, len(m.assets))
	for _, a := range m.assets {
		if a.ID != "" {
			all[a.identity()] = append(all[a.identity()], a)
		}
	}
	return all
}

func (a Asset) identity() [2]string { return [2]string{a.Ref.Connection(), a.ID} }

// under are the assets under some Refs.
func (m *Memory) under(refs []Ref) (found []Asset) {
	for _, ref := range refs {
		if a, ok := m.assets[ref]; ok {
			found = append(found, a)
		}
	}
	return found
}

func (m *Memory) markGone(root Ref, r reading, now time.Time) (gone int) {
	came := make(map[Ref]bool, len(r.assets))
	for _, a := range r.assets {
		came[a.Ref] = true
	}
	spared := make(map[Ref]bool, len(r.unread))
	for _, partial := range r.unread {
		spared[partial.Ref] = true
	}
	isSpared := func(ref Ref) bool { return spared[ref] }
	for _, ref := range m.refs {
		a := m.assets[ref]
		if came[ref] || !a.Gone.IsZero() || !root.Covers(ref) || slices.ContainsFunc(ref.Lineage(), isSpared) {
			continue
		}
		a.Gone = now
		m.assets[ref] = a
		gone++
	}
	return gone
}

func (a Asset) equal(o Asset) bool {
	return a.Object() == o.Object() && a.Technology == o.Technology && a.Host == o.Host &&
		a.Source.Comment == o.Source.Comment && slices.Equal(a.Source.Tags, o.Source.Tags) &&
		slices.EqualFunc(a.Columns, o.Columns, Column.equal) && a.Gone.Equal(o.Gone) && a.Links().equal(o.Links())
}

// clone keeps what the inventory holds out of the hands of its users.
func (a Asset) clone() Asset {
	a.Columns = slices.Clone(a.Columns)
	for i, c := range a.Columns {
		a.Columns[i].From = slices.Clone(c.From)
	}
	a.Source.Tags = slices.Clone(a.Source.Tags)
	a.PartOf, a.Was, a.Through, a.Had, a.Definition = slices.Clone(a.PartOf), slices.Clone(a.Was), slices.Clone(a.Through), slices.Clone(a.Had), ""
	for _, read := range [][]Through{a.Through, a.Had} {
		for i, t := range read {
			read[i].Columns = slices.Clone(t.Columns)
		}
	}
	return a
}
