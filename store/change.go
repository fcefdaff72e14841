package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/request"
)

// Change collects what one commit writes. The zero Change is empty and ready.
type Change struct {
	writes  []Write
	audited []Subject          // what events must speak of
	about   []Subject          // what they speak of
	by      []request.PersonID // who did what they tell
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
	err := s.Write(ctx, c.writes)
	// The place of an event in its request is taken because another has changed
	// the request: a Store may say either.
	if taken := (*TakenError)(nil); errors.As(err, &taken) && taken.Kind == Events.Name {
		err = fmt.Errorf("%w: %w", ErrConflict, err)
	}
	return err
}

// By lists the people who did the acts that the events of the change speak of.
func (c *Change) By() []request.PersonID { return c.by }

// Empty reports whether there is nothing to commit.
func (c *Change) Empty() bool { return len(c.writes) == 0 && c.err == nil }

// copy returns a change to which more can be added without changing c.
func (c *Change) copy() Change {
	return Change{writes: slices.Clip(c.writes), audited: slices.Clip(c.audited), about: slices.Clip(c.about), by: slices.Clip(c.by), err: c.err}
}

func (c *Change) check() error {
	if c.err != nil {
		return c.err
	}
	if len(c.writes) > MaxWrites {
		return fmt.Errorf("%w: %d writes in one change, at most %d are allowed", ErrInvalid, len(c.writes), MaxWrites)
	}
	for _, subject := range c.audited {
		if !slices.Contains(c.about, subject) {
			return fmt.Errorf("%w: no event speaks of the change of %s", ErrInvalid, subject)
		}
	}
	return nil
}

func (c *Change) add(w Write, quiet bool) {
	for _, o := range c.writes {
		if o.Kind == w.Kind && o.ID == w.ID {
			c.Refuse(fmt.Errorf("%w: %s %q twice in one change", ErrInvalid, w.Kind, w.ID))
			return
		}
	}
	c.writes = append(c.writes, w)
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
