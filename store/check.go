package store

import (
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
func CheckGet(kind string, ids []string) error {
	if err := checkName("kind", kind); err != nil {
		return err
	}
	for _, id := range ids {
		if err := checkText("an id of "+kind, id); err != nil {
			return err
		}
	}
	return nil
}

// Check refuses a query that no Store can answer. Every Store calls it first.
func (q Query) Check() error {
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
	}
	for _, text := range []string{q.Index, q.Value, q.After.Order, q.After.ID} {
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

// CheckWrites refuses writes that no Store can keep, whatever it holds. Every Store
// calls it first.
func CheckWrites(writes []Write) error {
	if len(writes) > MaxWrites {
		return fmt.Errorf("%w: %d writes at once, at most %d are allowed", ErrInvalid, len(writes), MaxWrites)
	}
	type record struct{ kind, id string }
	seen := make(map[record]bool, len(writes))
	for _, w := range writes {
		if err := w.check(); err != nil {
			return err
		}
		if r := (record{w.Kind, w.ID}); seen[r] {
			return fmt.Errorf("%w: %s %q twice at once", ErrInvalid, w.Kind, w.ID)
		} else {
			seen[r] = true
		}
	}
	return nil
}

func (w Write) check() error {
	if err := checkName("kind", w.Kind); err != nil {
		return err
	}
	if w.ID == "" {
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
	return w.wrap(w.checkKeys())
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
	case w.Body == nil && len(w.Unique)+len(w.Keys) > 0:
		return fmt.Errorf("%w: a delete leaves no keys and no unique values", ErrInvalid)
	case len(w.Unique) > MaxKeys || len(w.Keys) > MaxKeys:
		return fmt.Errorf("%w: %d keys and %d unique values, at most %d of each are allowed", ErrInvalid, len(w.Keys), len(w.Unique), MaxKeys)
	}
	return nil
}

// checkKeys lets the same key stand twice, which says nothing new, but not one
// index and value with two orders: a page would hold the record twice.
func (w Write) checkKeys() error {
	for _, u := range w.Unique {
		if err := checkName("unique value", u.Name); err != nil {
			return err
		}
		if err := checkKeyText("unique value "+u.Name, u.Value); err != nil {
			return err
		}
	}
	places := make(map[Key]string, len(w.Keys))
	for _, k := range w.Keys {
		if err := k.check(); err != nil {
			return err
		}
		value := Key{Index: k.Index, Value: k.Value}
		if order, twice := places[value]; twice && order != k.Order {
			return fmt.Errorf("%w: two orders under one value of the index %s", ErrInvalid, k.Index)
		}
		places[value] = k.Order
	}
	return nil
}

func (k Key) check() error {
	if err := checkName("index", k.Index); err != nil {
		return err
	}
	if err := checkKeyText("the value in the index "+k.Index, k.Value); err != nil {
		return err
	}
	return checkKeyText("the order in the index "+k.Index, k.Order)
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
