// Package boltstore keeps records in a file of bbolt: a store as a third party writes
// one. It has a module of its own, so that bbolt is in nobody's go.sum who embeds the
// engine.
//
// Four buckets are enough. A record stands under its kind and id. An entry is a key that
// ends with the order and the id, so that the keys are in the order of the index; a
// unique value is a key that leads to its record. Each part of a key ends with a zero
// byte, which no text holds and which comes before all others. Update lets one writer
// work at a time, and what it has returned without an error is on the disk: with that,
// comparing versions is a plain if.
package boltstore

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	bolt "go.etcd.io/bbolt"

	"github.com/grantwright/grantwright/store"
)

// Store is a store.Store in a file of bbolt. One process at a time may open the file.
type Store struct{ db *bolt.DB }

var _ store.Store = (*Store)(nil)

// The buckets.
var (
	records = []byte("records") // kind, id: the row
	entries = []byte("entries") // kind, index, value, order, id: nothing
	uniques = []byte("uniques") // kind, name, value: id
	numbers = []byte("numbers") // kind: a bucket, whose sequence is the last number
)

// Open opens the file at path, or makes it.
func Open(path string) (*Store, error) {
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{records, entries, uniques, numbers} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	return &Store{db}, err
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// row is a record as it stands in its bucket, with what has to go when it changes.
type row struct {
	Version int64
	Body    []byte
	Unique  []store.Unique
	Entries []store.Entry
}

// key joins the parts of a key. The last one ends it.
func key(parts ...string) []byte { return []byte(strings.Join(parts, "\x00")) }

func keyOf(k store.Key) []byte { return key(k.Kind, k.ID) }

// read returns the row of a record; one that is not there has version 0.
func read(tx *bolt.Tx, k store.Key) (r row, err error) {
	if text := tx.Bucket(records).Get(keyOf(k)); text != nil {
		err = json.Unmarshal(text, &r)
	}
	return r, err
}

// Get returns the records under these keys.
func (s *Store) Get(ctx context.Context, keys ...store.Key) (found []store.Record, err error) {
	if err := first(ctx, store.CheckGet(keys)); err != nil {
		return nil, err
	}
	err = s.db.View(func(tx *bolt.Tx) error {
		for _, k := range keys {
			r, err := read(tx, k)
			if err != nil {
				return err
			}
			if r.Version > 0 {
				found = append(found, store.Record{Kind: k.Kind, ID: k.ID, Version: r.Version, Body: r.Body})
			}
		}
		return nil
	})
	return found, err
}

// first is what goes wrong before anything is read or written.
func first(ctx context.Context, err error) error {
	if err != nil {
		return err
	}
	return ctx.Err()
}

// Find returns one page for each query.
func (s *Store) Find(ctx context.Context, queries ...store.Query) ([][]store.Record, error) {
	if err := first(ctx, store.CheckFind(queries)); err != nil {
		return nil, err
	}
	pages := make([][]store.Record, len(queries))
	err := s.db.View(func(tx *bolt.Tx) (err error) {
		for i, q := range queries {
			if pages[i], err = page(tx, q); err != nil {
				return err
			}
		}
		return nil
	})
	return pages, err
}

// page walks over the keys of an index from where the page before has ended.
func page(tx *bolt.Tx, q store.Query) (found []store.Record, err error) {
	bucket, prefix := entries, key(q.Kind, q.Index, q.Value, "")
	after := append(bytes.Clone(prefix), key(q.After.Order, q.After.ID)...)
	if q.Index == "" {
		bucket, prefix, after = records, key(q.Kind, ""), key(q.Kind, q.After.ID)
	}
	c := tx.Bucket(bucket).Cursor()
	at, next := rising(c, after), c.Next
	if q.Descending {
		at, next = falling(c, prefix, after, q.After.Zero()), c.Prev
	}
	for ; bytes.HasPrefix(at, prefix) && len(found) < q.Page(); at, _ = next() {
		order, id, indexed := strings.Cut(string(at[len(prefix):]), "\x00")
		if !indexed {
			order, id = "", order
		}
		if q.Until != "" && order > q.Until {
			break
		}
		r, err := read(tx, store.Key{Kind: q.Kind, ID: id})
		if err != nil {
			return nil, err
		}
		found = append(found, store.Record{Kind: q.Kind, ID: id, Version: r.Version, Body: r.Body, Order: order})
	}
	return found, nil
}

// rising is the first key behind another.
func rising(c *bolt.Cursor, after []byte) []byte {
	at, _ := c.Seek(after)
	if bytes.Equal(at, after) {
		at, _ = c.Next()
	}
	return at
}

// falling is the last key before another, or the last one of all that begin with prefix.
func falling(c *bolt.Cursor, prefix, after []byte, whole bool) []byte {
	if whole {
		after = bytes.Clone(prefix)
		after[len(after)-1]++ // behind each key that begins with prefix
	}
	at, _ := c.Seek(after)
	if at == nil {
		at, _ = c.Last()
	} else {
		at, _ = c.Prev()
	}
	return at
}

// Write does all of the writes or none.
func (s *Store) Write(ctx context.Context, commit store.Commit) error {
	if err := first(ctx, commit.Check()); err != nil {
		return err
	}
	return s.db.Update(func(tx *bolt.Tx) error { return write(tx, commit) })
}

func write(tx *bolt.Tx, commit store.Commit) error {
	for _, h := range commit.Holds {
		if _, err := unchanged(tx, h); err != nil {
			return err
		}
	}
	// All records let go of what they hold before one of them takes something.
	for _, w := range commit.Writes {
		old, err := unchanged(tx, store.Hold{Key: w.Key(), Version: w.Version})
		if err == nil {
			err = remove(tx, w, old)
		}
		if err != nil {
			return err
		}
	}
	for _, w := range commit.Writes {
		if w.Body == nil {
			continue
		}
		if err := put(tx, w); err != nil {
			return err
		}
	}
	return nil
}

// unchanged returns a record, if it is as it was read.
func unchanged(tx *bolt.Tx, h store.Hold) (row, error) {
	old, err := read(tx, h.Key)
	if err == nil && old.Version != h.Version {
		err = fmt.Errorf("%w: %s %q", store.ErrConflict, h.Kind, h.ID)
	}
	return old, err
}

func remove(tx *bolt.Tx, w store.Write, old row) error {
	for _, u := range old.Unique {
		if err := tx.Bucket(uniques).Delete(key(w.Kind, u.Name, u.Value)); err != nil {
			return err
		}
	}
	for _, e := range old.Entries {
		if err := tx.Bucket(entries).Delete(key(w.Kind, e.Index, e.Value, e.Order, w.ID)); err != nil {
			return err
		}
	}
	return tx.Bucket(records).Delete(keyOf(w.Key()))
}

func put(tx *bolt.Tx, w store.Write) error {
	if w.ID == "" {
		last, err := tx.Bucket(numbers).CreateBucketIfNotExists([]byte(w.Kind))
		if err != nil {
			return err
		}
		n, err := last.NextSequence()
		if err != nil {
			return err
		}
		w.ID = store.OrderNumber(int64(n))
	}
	for _, u := range w.Unique {
		taken := key(w.Kind, u.Name, u.Value)
		if holder := tx.Bucket(uniques).Get(taken); holder != nil && string(holder) != w.ID {
			return &store.TakenError{Kind: w.Kind, Name: u.Name, Value: u.Value, ID: string(holder)}
		}
		if err := tx.Bucket(uniques).Put(taken, []byte(w.ID)); err != nil {
			return err
		}
	}
	for _, e := range w.Entries {
		if err := tx.Bucket(entries).Put(key(w.Kind, e.Index, e.Value, e.Order, w.ID), nil); err != nil {
			return err
		}
	}
	text, err := json.Marshal(row{w.Version + 1, w.Body, w.Unique, w.Entries})
	if err != nil {
		return err
	}
	return tx.Bucket(records).Put(keyOf(w.Key()), text)
}
