package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Memory is a Store that lives as long as the process: the reference for others,
// and what tests use. The zero Memory is empty and ready, and safe for use by
// many goroutines.
type Memory struct {
	mu      sync.RWMutex
	records map[Key]*memoryRecord
	taken   map[uniqueKey]string // the id of the record that holds it
	lists   map[listKey][]Position
	last    map[string]int64 // the last number of each kind
}

type uniqueKey struct{ kind, name, value string }

// listKey is one value of an index, or, with neither, all records of a kind.
type listKey struct{ kind, index, value string }

// memoryRecord is never changed once others can see it.
type memoryRecord struct {
	version int64
	body    []byte
	unique  []Unique
	entries []Entry
}

// Get returns the records under these keys.
func (m *Memory) Get(ctx context.Context, keys ...Key) ([]Record, error) {
	if err := CheckGet(keys); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	var records []Record
	for _, k := range keys {
		if r, ok := m.records[k]; ok {
			records = append(records, r.read(k, ""))
		}
	}
	return records, nil
}

// Find returns one page for each query.
func (m *Memory) Find(ctx context.Context, queries ...Query) ([][]Record, error) {
	if err := CheckFind(queries); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	pages := make([][]Record, len(queries))
	for i, q := range queries {
		for _, at := range q.page(m.lists[listKey{q.Kind, q.Index, q.Value}]) {
			k := Key{q.Kind, at.ID}
			pages[i] = append(pages[i], m.records[k].read(k, at.Order))
		}
	}
	return pages, nil
}

// page cuts the page that is asked for out of a sorted list.
func (q Query) page(list []Position) []Position {
	from, found := slices.BinarySearchFunc(list, q.After, comparePositions)
	if !q.Descending {
		if found {
			from++
		}
		list = list[from:]
		list = list[:min(len(list), q.Page())]
		return slices.DeleteFunc(slices.Clone(list), func(p Position) bool { return q.Until != "" && p.Order > q.Until })
	}
	if !q.After.Zero() {
		list = list[:from]
	}
	page := slices.Clone(list[max(0, len(list)-q.Page()):])
	slices.Reverse(page)
	return page
}

// Write does all of the writes or none.
func (m *Memory) Write(ctx context.Context, c Commit) error {
	if err := c.Check(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.init()
	if err := m.checkVersions(c); err != nil {
		return err
	}
	if err := m.checkTaken(c.Writes); err != nil {
		return err
	}
	writes := m.number(c.Writes)
	for _, w := range writes {
		m.remove(w)
	}
	for _, w := range writes {
		m.put(w)
	}
	return nil
}

// number gives inserts without an id the next number of their kind.
func (m *Memory) number(writes []Write) []Write {
	writes = slices.Clone(writes)
	for i, w := range writes {
		if w.ID == "" {
			m.last[w.Kind]++
			writes[i].ID = OrderNumber(m.last[w.Kind])
		}
	}
	return writes
}

func (m *Memory) init() {
	if m.records == nil {
		m.records = map[Key]*memoryRecord{}
		m.taken = map[uniqueKey]string{}
		m.lists = map[listKey][]Position{}
		m.last = map[string]int64{}
	}
}

func (m *Memory) checkVersions(c Commit) error {
	for _, w := range c.Writes {
		if err := m.checkVersion(Hold{w.Key(), w.Version}); err != nil {
			return err
		}
	}
	for _, h := range c.Holds {
		if err := m.checkVersion(h); err != nil {
			return err
		}
	}
	return nil
}

func (m *Memory) checkVersion(h Hold) error {
	var version int64
	if r, ok := m.records[h.Key]; ok {
		version = r.version
	}
	if version != h.Version {
		return fmt.Errorf("%w: %s %q", ErrConflict, h.Kind, h.ID)
	}
	return nil
}

// checkTaken looks at what the unique values would be after all writes: those of
// every record that is written are free first.
func (m *Memory) checkTaken(writes []Write) error {
	written := map[Key]bool{}
	for _, w := range writes {
		written[w.Key()] = true
	}
	claimed := map[uniqueKey]int{}
	for i, w := range writes {
		for _, u := range w.Unique {
			key := uniqueKey{w.Kind, u.Name, u.Value}
			if holder, held := m.taken[key]; held && !written[Key{w.Kind, holder}] {
				return &TakenError{Kind: w.Kind, Name: u.Name, Value: u.Value, ID: holder}
			}
			if other, held := claimed[key]; held && other != i {
				return &TakenError{Kind: w.Kind, Name: u.Name, Value: u.Value, ID: writes[other].ID}
			}
			claimed[key] = i
		}
	}
	return nil
}

// remove takes a record out, if it is there.
func (m *Memory) remove(w Write) {
	r, ok := m.records[w.Key()]
	if !ok {
		return
	}
	delete(m.records, w.Key())
	for _, u := range r.unique {
		delete(m.taken, uniqueKey{w.Kind, u.Name, u.Value})
	}
	m.eachPlace(w.Kind, w.ID, r.entries, func(list []Position, at Position) []Position {
		i, found := slices.BinarySearchFunc(list, at, comparePositions)
		if !found {
			return list // the same entry twice
		}
		return slices.Delete(list, i, i+1)
	})
}

// put adds what an insert or update leaves.
func (m *Memory) put(w Write) {
	if w.Body == nil {
		return
	}
	m.records[w.Key()] = &memoryRecord{
		version: w.Version + 1,
		body:    bytes.Clone(w.Body),
		unique:  slices.Clone(w.Unique),
		entries: slices.Clone(w.Entries),
	}
	for _, u := range w.Unique {
		m.taken[uniqueKey{w.Kind, u.Name, u.Value}] = w.ID
	}
	m.eachPlace(w.Kind, w.ID, w.Entries, func(list []Position, at Position) []Position {
		i, found := slices.BinarySearchFunc(list, at, comparePositions)
		if found {
			return list // the same entry twice
		}
		return slices.Insert(list, i, at)
	})
}

// eachPlace changes every list that a record with these entries stands in.
func (m *Memory) eachPlace(kind, id string, entries []Entry, change func([]Position, Position) []Position) {
	all := listKey{kind: kind}
	m.lists[all] = change(m.lists[all], Position{ID: id})
	for _, e := range entries {
		list := listKey{kind, e.Index, e.Value}
		m.lists[list] = change(m.lists[list], Position{Order: e.Order, ID: id})
		if len(m.lists[list]) == 0 {
			delete(m.lists, list)
		}
	}
}

func (r *memoryRecord) read(k Key, order string) Record {
	return Record{Kind: k.Kind, ID: k.ID, Version: r.version, Body: bytes.Clone(r.body), Order: order}
}

func comparePositions(a, b Position) int {
	return cmp.Or(strings.Compare(a.Order, b.Order), strings.Compare(a.ID, b.ID))
}
