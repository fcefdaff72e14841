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
	records map[recordKey]*memoryRecord
	taken   map[uniqueKey]string // the id of the record that holds it
	lists   map[listKey][]Position
}

type recordKey struct{ kind, id string }
type uniqueKey struct{ kind, name, value string }

// listKey is one value of an index, or, with neither, all records of a kind.
type listKey struct{ kind, index, value string }

// memoryRecord is never changed once others can see it.
type memoryRecord struct {
	version int64
	body    []byte
	unique  []Unique
	keys    []Key
}

// Get returns the records with these ids.
func (m *Memory) Get(ctx context.Context, kind string, ids ...string) ([]Record, error) {
	if err := CheckGet(kind, ids); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	var records []Record
	for _, id := range ids {
		if r, ok := m.records[recordKey{kind, id}]; ok {
			records = append(records, r.read(id, ""))
		}
	}
	return records, nil
}

// Find returns one page of an index.
func (m *Memory) Find(ctx context.Context, q Query) ([]Record, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	var records []Record
	for _, at := range q.page(m.lists[listKey{q.Kind, q.Index, q.Value}]) {
		records = append(records, m.records[recordKey{q.Kind, at.ID}].read(at.ID, at.Order))
	}
	return records, nil
}

// page cuts the page that is asked for out of a sorted list.
func (q Query) page(list []Position) []Position {
	from, found := slices.BinarySearchFunc(list, q.After, comparePositions)
	if !q.Descending {
		if found {
			from++
		}
		list = list[from:]
		return list[:min(len(list), q.Page())]
	}
	if !q.After.Zero() {
		list = list[:from]
	}
	page := slices.Clone(list[max(0, len(list)-q.Page()):])
	slices.Reverse(page)
	return page
}

// Write does all of the writes or none.
func (m *Memory) Write(ctx context.Context, writes []Write) error {
	if err := CheckWrites(writes); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.init()
	if err := m.checkVersions(writes); err != nil {
		return err
	}
	if err := m.checkTaken(writes); err != nil {
		return err
	}
	for _, w := range writes {
		m.remove(w)
	}
	for _, w := range writes {
		m.put(w)
	}
	return nil
}

func (m *Memory) init() {
	if m.records == nil {
		m.records = map[recordKey]*memoryRecord{}
		m.taken = map[uniqueKey]string{}
		m.lists = map[listKey][]Position{}
	}
}

func (m *Memory) checkVersions(writes []Write) error {
	for _, w := range writes {
		var version int64
		if r, ok := m.records[recordKey{w.Kind, w.ID}]; ok {
			version = r.version
		}
		if version != w.Version {
			return fmt.Errorf("%w: %s %q", ErrConflict, w.Kind, w.ID)
		}
	}
	return nil
}

// checkTaken looks at what the unique values would be after all writes: those of
// every record that is written are free first.
func (m *Memory) checkTaken(writes []Write) error {
	written := map[recordKey]bool{}
	for _, w := range writes {
		written[recordKey{w.Kind, w.ID}] = true
	}
	claimed := map[uniqueKey]string{}
	for _, w := range writes {
		for _, u := range w.Unique {
			key := uniqueKey{w.Kind, u.Name, u.Value}
			holder, held := m.taken[key]
			if held = held && !written[recordKey{w.Kind, holder}]; !held {
				holder, held = claimed[key]
			}
			if held && holder != w.ID {
				return &TakenError{Kind: w.Kind, Name: u.Name, Value: u.Value, ID: holder}
			}
			claimed[key] = w.ID
		}
	}
	return nil
}

// remove takes a record out, if it is there.
func (m *Memory) remove(w Write) {
	r, ok := m.records[recordKey{w.Kind, w.ID}]
	if !ok {
		return
	}
	delete(m.records, recordKey{w.Kind, w.ID})
	for _, u := range r.unique {
		delete(m.taken, uniqueKey{w.Kind, u.Name, u.Value})
	}
	m.eachPlace(w.Kind, w.ID, r.keys, func(list []Position, at Position) []Position {
		i, found := slices.BinarySearchFunc(list, at, comparePositions)
		if !found {
			return list // the same key twice
		}
		return slices.Delete(list, i, i+1)
	})
}

// put adds what an insert or update leaves.
func (m *Memory) put(w Write) {
	if w.Body == nil {
		return
	}
	m.records[recordKey{w.Kind, w.ID}] = &memoryRecord{
		version: w.Version + 1,
		body:    bytes.Clone(w.Body),
		unique:  slices.Clone(w.Unique),
		keys:    slices.Clone(w.Keys),
	}
	for _, u := range w.Unique {
		m.taken[uniqueKey{w.Kind, u.Name, u.Value}] = w.ID
	}
	m.eachPlace(w.Kind, w.ID, w.Keys, func(list []Position, at Position) []Position {
		i, found := slices.BinarySearchFunc(list, at, comparePositions)
		if found {
			return list // the same key twice
		}
		return slices.Insert(list, i, at)
	})
}

// eachPlace changes every list that a record with these keys stands in.
func (m *Memory) eachPlace(kind, id string, keys []Key, change func([]Position, Position) []Position) {
	all := listKey{kind: kind}
	m.lists[all] = change(m.lists[all], Position{ID: id})
	for _, k := range keys {
		list := listKey{kind, k.Index, k.Value}
		m.lists[list] = change(m.lists[list], Position{Order: k.Order, ID: id})
		if len(m.lists[list]) == 0 {
			delete(m.lists, list)
		}
	}
}

func (r *memoryRecord) read(id, order string) Record {
	return Record{ID: id, Version: r.version, Body: bytes.Clone(r.body), Order: order}
}

func comparePositions(a, b Position) int {
	return cmp.Or(strings.Compare(a.Order, b.Order), strings.Compare(a.ID, b.ID))
}
