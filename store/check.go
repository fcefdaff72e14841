package store

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxNameBytes bounds the name of a kind, of an index and of a unique value.
// These come from code, and are parts of every key beside a value and an order.
const MaxNameBytes = 128

// CheckGet refuses a call of Get that no Store can answer. Every Store calls it first,
// so that all are equally strict. An id that is too long to be stored is merely not
// found.
func CheckGet(keys []Key) error {
	for _, k := range keys {
		if err := k.check(); err != nil {
			return err
		}
	}
	return nil
}

func (k Key) check() error {
	if err := checkName("kind", k.Kind); err != nil {
		return err
	}
	return checkText("an id of "+k.Kind, k.ID)
}

// CheckFind refuses queries that no Store can answer. Every Store calls it first.
func CheckFind(queries []Query) error {
	if len(queries) > MaxQueries {
		return fmt.Errorf("%w: %d queries at once, at most %d are allowed", ErrInvalid, len(queries), MaxQueries)
	}
	for _, q := range queries {
		if err := q.check(); err != nil {
			return err
		}
	}
	return nil
}

func (q Query) check() error {
	if err := checkName("kind", q.Kind); err != nil {
		return err
	}
	switch {
	case q.Limit < 0 || q.Limit > MaxPage:
		return fmt.Errorf("%w: the limit of a page of %s is %d, must be 1 to %d, or 0 for %d", ErrInvalid, q.Kind, q.Limit, MaxPage, MaxPage)
	case q.Index == "" && q.Value != "":
		return fmt.Errorf("%w: a query of %s has a value and no index", ErrInvalid, q.Kind)
	case q.Index == "" && q.After.Order != "":
		return fmt.Errorf("%w: a query of %s by id goes on after an order", ErrInvalid, q.Kind)
	case q.Until != "" && (q.Index == "" || q.Descending):
		return fmt.Errorf("%w: a query of %s ends at an order, and its index does not rise", ErrInvalid, q.Kind)
	}
	for _, text := range []string{q.Index, q.Value, q.After.Order, q.After.ID, q.Until, q.Holding} {
		if err := checkText("a query of "+q.Kind, text); err != nil {
			return err
		}
	}
	return nil
}

// Page is how many records the query asks for.
func (q Query) Page() int {
	if q.Limit == 0 {
		return MaxPage
	}
	return q.Limit
}

// Check refuses a commit that no Store can keep, whatever it holds. Every Store calls
// it first.
func (c Commit) Check() error {
	if len(c.Writes) > MaxWrites || len(c.Holds) > MaxWrites {
		return fmt.Errorf("%w: %d writes and %d holds at once, at most %d of each are allowed", ErrInvalid, len(c.Writes), len(c.Holds), MaxWrites)
	}
	if size := c.Bytes(); size > MaxCommitBytes {
		return fmt.Errorf("%w: the bodies of %d writes have %d bytes, at most %d are allowed", ErrInvalid, len(c.Writes), size, MaxCommitBytes)
	}
	seen := make(map[Key]bool, len(c.Writes)+len(c.Holds))
	once := func(k Key) error {
		if seen[k] {
			return fmt.Errorf("%w: %s %q twice at once", ErrInvalid, k.Kind, k.ID)
		}
		seen[k] = true
		return nil
	}
	for _, w := range c.Writes {
		err := w.check()
		if err == nil && w.ID != "" {
			err = once(w.Key())
		}
		if err != nil {
			return err
		}
	}
	for _, h := range c.Holds {
		if err := errors.Join(h.check(), once(h.Key)); err != nil {
			return err
		}
	}
	return nil
}

// Bytes is the size of the bodies.
func (c Commit) Bytes() int {
	size := 0
	for _, w := range c.Writes {
		size += len(w.Body)
	}
	return size
}

func (h Hold) check() error {
	switch {
	case h.Version < 0:
		return fmt.Errorf("%w: the version of a hold is %d, must not be negative", ErrInvalid, h.Version)
	case h.ID == "":
		return fmt.Errorf("%w: the id of a held record of %s is missing", ErrInvalid, h.Kind)
	}
	return h.Key.check()
}

func (w Write) check() error {
	if err := checkName("kind", w.Kind); err != nil {
		return err
	}
	if numbered := w.Version == 0 && w.Body != nil; w.ID == "" && !numbered {
		return fmt.Errorf("%w: the id of a record of %s is missing", ErrInvalid, w.Kind)
	}
	if err := checkKeyText("the id of "+w.Kind, w.ID); err != nil {
		return err
	}
	if err := w.checkVersion(); err != nil {
		return w.wrap(err)
	}
	if w.Body != nil {
		if err := checkBody(w.Body); err != nil {
			return w.wrap(err)
		}
	}
	return w.wrap(w.checkEntries())
}

func (w Write) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %q: %w", w.Kind, w.ID, err)
}

func (w Write) checkVersion() error {
	switch {
	case w.Version < 0:
		return fmt.Errorf("%w: the version is %d, must not be negative", ErrInvalid, w.Version)
	case w.Body == nil && w.Version == 0:
		return fmt.Errorf("%w: an insert needs a body, a delete the version that it deletes", ErrInvalid)
	case w.Body == nil && len(w.Unique)+len(w.Entries) > 0:
		return fmt.Errorf("%w: a delete leaves no entries and no unique values", ErrInvalid)
	case len(w.Unique) > MaxEntries || len(w.Entries) > MaxEntries:
		return fmt.Errorf("%w: %d entries and %d unique values, at most %d of each are allowed", ErrInvalid, len(w.Entries), len(w.Unique), MaxEntries)
	}
	return nil
}

// checkEntries lets the same entry stand twice, which says nothing new, but not one
// index and value with two orders: a page would hold the record twice.
func (w Write) checkEntries() error {
	for _, u := range w.Unique {
		if err := checkName("unique value", u.Name); err != nil {
			return err
		}
		if err := checkKeyText("unique value "+u.Name, u.Value); err != nil {
			return err
		}
	}
	places := make(map[Entry]string, len(w.Entries))
	for _, e := range w.Entries {
		if err := e.check(); err != nil {
			return err
		}
		value := Entry{Index: e.Index, Value: e.Value}
		if order, twice := places[value]; twice && order != e.Order {
			return fmt.Errorf("%w: two orders under one value of the index %s", ErrInvalid, e.Index)
		}
		places[value] = e.Order
	}
	return nil
}

func (e Entry) check() error {
	if err := checkName("index", e.Index); err != nil {
		return err
	}
	if err := checkKeyText("the value in the index "+e.Index, e.Value); err != nil {
		return err
	}
	return checkKeyText("the order in the index "+e.Index, e.Order)
}

func checkName(what, name string) error {
	if name == "" || len(name) > MaxNameBytes {
		return fmt.Errorf("%w: the name of the %s has %d bytes, must be 1 to %d", ErrInvalid, what, len(name), MaxNameBytes)
	}
	return checkText("the name of the "+what, name)
}

func checkKeyText(what, s string) error {
	if len(s) > MaxKeyBytes {
		return fmt.Errorf("%w: %s has %d bytes, at most %d are allowed", ErrInvalid, what, len(s), MaxKeyBytes)
	}
	return checkText(what, s)
}

func checkText(what, s string) error {
	switch {
	case !utf8.ValidString(s):
		return fmt.Errorf("%w: %s is not valid UTF-8", ErrInvalid, what)
	case strings.IndexByte(s, 0) >= 0:
		return fmt.Errorf("%w: %s holds a NUL character", ErrInvalid, what)
	}
	return nil
}
