package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/grantwright/grantwright/request"
)

// Change collects what one commit writes. The zero Change is empty and ready.
type Change struct {
	writes  []Write
	written map[Key]bool // the keys of the writes
	bytes   int          // in the bodies of the writes
	holds   []Hold
	audited []Subject          // what events must speak of
	about   []Subject          // what they speak of
	by      []request.PersonID // who did what they tell
	token   request.Token      // by which one of them acts; zero for none
	err     error              // the first thing that was wrong
}

// Commit writes everything or nothing. It refuses a change of an audited record
// that no event speaks of, and one record twice.
func (c *Change) Commit(ctx context.Context, s Store) error {
	if err := c.check(); err != nil {
		return err
	}
	if len(c.writes) == 0 {
		return nil
	}
	return s.Write(ctx, Commit{Writes: c.writes, Holds: c.holds})
}

// Hold demands that a record is still as it was read when the change is committed.
// A version of zero says that there was none. One that the change writes needs none.
func (c *Change) Hold(k Key, version int64) {
	held := Hold{Key: k, Version: version}
	if slices.Contains(c.holds, held) || c.written[k] {
		return
	}
	c.holds = append(c.holds, held)
}

// By lists the people who did the acts that the events of the change speak of.
func (c *Change) By() []request.PersonID { return c.by }

// Through says that the acts of whoever a token acts for are those of the token: events that
// are emitted from then on bear it.
func (c *Change) Through(t request.Token) { c.token = t }

// Empty reports whether there is nothing to commit.
func (c *Change) Empty() bool { return len(c.writes) == 0 && c.err == nil }

// The room that a change needs for one more act on a record: itself, another record that
// follows it, and some events.
const (
	fewWrites = 10
	fewBytes  = 6 * MaxBodyBytes
)

// Full reports whether the records and events of one more act might not fit into the
// commit. Whoever changes very many records at once leaves the rest to the next commit.
func (c *Change) Full() bool {
	return len(c.writes)+fewWrites > MaxWrites || c.bytes+fewBytes > MaxCommitBytes
}

// copy returns a change to which more can be added without changing c.
func (c *Change) copy() Change {
	return Change{writes: slices.Clip(c.writes), written: maps.Clone(c.written), bytes: c.bytes, holds: slices.Clip(c.holds), audited: slices.Clip(c.audited), about: slices.Clip(c.about), by: slices.Clip(c.by), token: c.token, err: c.err}
}

func (c *Change) check() error {
	if c.err != nil {
		return c.err
	}
	if len(c.writes) > MaxWrites {
		return fmt.Errorf("%w: %d writes in one change, at most %d are allowed", ErrInvalid, len(c.writes), MaxWrites)
	}
	spoken := make(map[Subject]bool, len(c.about))
	for _, subject := range c.about {
		spoken[subject] = true
	}
	for _, subject := range c.audited {
		if !spoken[subject] {
			return fmt.Errorf("%w: no event speaks of the change of %s", ErrInvalid, subject)
		}
	}
	return nil
}

func (c *Change) add(w Write, quiet bool) {
	if c.written[w.Key()] {
		c.Refuse(fmt.Errorf("%w: %s %q twice in one change", ErrInvalid, w.Kind, w.ID))
		return
	}
	if c.written == nil {
		c.written = map[Key]bool{}
	}
	if w.ID != "" {
		c.written[w.Key()] = true
	}
	c.holds = slices.DeleteFunc(c.holds, func(h Hold) bool { return h.Key == w.Key() })
	c.writes = append(c.writes, w)
	c.bytes += len(w.Body)
	if !quiet {
		c.audited = append(c.audited, Subject(w.Kind+"/"+w.ID))
	}
}

// Refuse makes Commit return err: something that was to be written cannot be.
func (c *Change) Refuse(err error) {
	if c.err == nil {
		c.err = err
	}
}
