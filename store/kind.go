package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
)

// Kind is a type of records. Adding one is declaring one.
type Kind[ID ~string, T any] struct {
	Name    string
	Of      func(T) ID       // the id of a value
	Unique  func(T) []Unique // may be nil
	Indexes []Indexed[T]

	// Quiet kinds may change without an event that speaks of them. All others
	// are audited: a Change that leaves one out is refused.
	Quiet bool
}

// Indexed is an Index over values of one type.
type Indexed[T any] interface{ of(v T) []Entry }

// Index finds values of a kind by something that they hold.
type Index[V ~string, T any] struct {
	Kind   string // the name of the kind
	Name   string
	Values func(T) []V
	Order  func(T) string // nil orders by id
}

// Stored is a value as it was read.
type Stored[T any] struct {
	Value   T
	Version int64
	At      Position // in the index that it was found by
}

// Missing is the error of Get where there is no value.
func (k Kind[ID, T]) Missing(id ID) error { return fmt.Errorf("%w: %s %q", ErrNotFound, k.Name, id) }

// Get reads one value; where there is none, the error wraps ErrNotFound.
func (k Kind[ID, T]) Get(ctx context.Context, s Store, id ID) (Stored[T], error) {
	found, err := k.Some(ctx, s, id)
	if err != nil {
		return Stored[T]{}, err
	}
	if len(found) == 0 {
		return Stored[T]{}, k.Missing(id)
	}
	return found[0], nil
}

// Some reads the values with these ids that exist.
func (k Kind[ID, T]) Some(ctx context.Context, s Store, ids ...ID) ([]Stored[T], error) {
	keys := make([]Key, len(ids))
	for i, id := range ids {
		keys[i] = k.Key(id)
	}
	records, err := s.Get(ctx, keys...)
	if err != nil {
		return nil, err
	}
	return decode[T](k.Name, records)
}

// All lists the values of the kind by id, from the one after a given id.
func (k Kind[ID, T]) All(ctx context.Context, s Store, after ID, limit int) ([]Stored[T], error) {
	return page[T](ctx, s, Query{Kind: k.Name, After: Position{ID: string(after)}, Limit: limit})
}

// Key names the record of a value.
func (k Kind[ID, T]) Key(id ID) Key { return Key{k.Name, string(id)} }

// Insert adds a value to what the change will write.
func (k Kind[ID, T]) Insert(c *Change, v T) { k.put(c, 0, v) }

// Update puts v in the place of what was read.
func (k Kind[ID, T]) Update(c *Change, read Stored[T], v T) {
	if was, is := k.Of(read.Value), k.Of(v); was != is {
		c.Refuse(fmt.Errorf("%w: %s %q would become %q", ErrInvalid, k.Name, was, is))
		return
	}
	k.put(c, read.Version, v)
}

// Delete removes what was read.
func (k Kind[ID, T]) Delete(c *Change, read Stored[T]) {
	c.add(Write{Kind: k.Name, ID: string(k.Of(read.Value)), Version: read.Version}, k.Quiet)
}

// Subject is how an event speaks of a value.
func (k Kind[ID, T]) Subject(id ID) Subject { return Subject(k.Name + "/" + string(id)) }

func (k Kind[ID, T]) put(c *Change, version int64, v T) {
	body, err := json.Marshal(v)
	if err != nil {
		c.Refuse(fmt.Errorf("%w: %s: %w", ErrInvalid, k.Name, err))
		return
	}
	w := Write{Kind: k.Name, ID: string(k.Of(v)), Version: version, Body: body}
	if _, numbered := any(&v).(Numbered); w.ID == "" && !numbered {
		c.Refuse(fmt.Errorf("%w: the id of a record of %s is missing", ErrInvalid, k.Name))
		return
	}
	if k.Unique != nil {
		w.Unique = k.Unique(v)
	}
	for _, index := range k.Indexes {
		w.Entries = append(w.Entries, index.of(v)...)
	}
	c.add(w, k.Quiet)
}

// Find returns one page of the values that hold v, from a position on.
func (i Index[V, T]) Find(ctx context.Context, s Store, v V, after Position, limit int) ([]Stored[T], error) {
	return i.find(ctx, s, Query{Value: string(v), After: after, Limit: limit})
}

// Query asks for the values that hold v, for Pages: whoever asks fills in where a page
// begins and ends.
func (i Index[V, T]) Query(v V) Query {
	return Query{Kind: i.Kind, Index: i.Name, Value: string(v)}
}

// Pages reads one page for each query, all at once, of the values of one kind.
func Pages[T any](ctx context.Context, s Store, queries ...Query) ([][]Stored[T], error) {
	found, err := s.Find(ctx, queries...)
	if err != nil {
		return nil, err
	}
	pages := make([][]Stored[T], len(found))
	for i, records := range found {
		if pages[i], err = decode[T](queries[i].Kind, records); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// Read decodes a page that Store.Find returned for Query.
func (i Index[V, T]) Read(page []Record) ([]Stored[T], error) { return decode[T](i.Kind, page) }

// Newest is Find in falling order.
func (i Index[V, T]) Newest(ctx context.Context, s Store, v V, after Position, limit int) ([]Stored[T], error) {
	return i.find(ctx, s, Query{Value: string(v), After: after, Limit: limit, Descending: true})
}

// Each calls f with every value that holds v, page by page, until f returns an
// error. What is changed meanwhile may be seen as it was or as it is.
func (i Index[V, T]) Each(ctx context.Context, s Store, v V, f func(Stored[T]) error) error {
	for after := (Position{}); ; {
		page, err := i.Find(ctx, s, v, after, MaxPage)
		if err != nil {
			return err
		}
		for _, found := range page {
			if err := f(found); err != nil {
				return err
			}
		}
		if len(page) < MaxPage {
			return nil
		}
		after = page[len(page)-1].At
	}
}

func (i Index[V, T]) find(ctx context.Context, s Store, q Query) ([]Stored[T], error) {
	q.Kind, q.Index = i.Kind, i.Name
	return page[T](ctx, s, q)
}

func page[T any](ctx context.Context, s Store, q Query) ([]Stored[T], error) {
	pages, err := s.Find(ctx, q)
	if err != nil {
		return nil, err
	}
	return decode[T](q.Kind, pages[0])
}

func (i Index[V, T]) of(v T) []Entry {
	order := ""
	if i.Order != nil {
		order = i.Order(v)
	}
	var entries []Entry
	for _, value := range i.Values(v) {
		entries = append(entries, Entry{Index: i.Name, Value: string(value), Order: order})
	}
	return entries
}

func decode[T any](kind string, records []Record) ([]Stored[T], error) {
	stored := make([]Stored[T], len(records))
	for i, r := range records {
		stored[i].Version, stored[i].At = r.Version, r.Position()
		if err := json.Unmarshal(r.Body, &stored[i].Value); err != nil {
			return nil, fmt.Errorf("store: %s %q cannot be read: %w", kind, r.ID, err)
		}
		if numbered, is := any(&stored[i].Value).(Numbered); is {
			n, err := strconv.ParseInt(r.ID, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("store: %s %q has no number: %w", kind, r.ID, err)
			}
			numbered.TakeNumber(n)
		}
	}
	return stored, nil
}

// Numbered is a value whose id is the number that its store has given it. Its kind
// has no id for a value without a number.
type Numbered interface{ TakeNumber(n int64) }

// Digest makes a key of text that may be too long for one.
func Digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
