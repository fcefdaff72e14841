package snapshot

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/store"
)

// tries is how often a change of settled records is written again because another has
// raised the generation meanwhile.
const tries = 20

// Away reports whether the last write met a store that could not write.
func (s *Store) Away() bool { return s.away.Load() }

// Writable reports by its error whether the store takes writes, and changes nothing: a store
// that cannot say it itself is given a write that it has to refuse as stale.
func (s *Store) Writable(ctx context.Context) error {
	if w, is := bare(s.of).(interface{ Writable(context.Context) error }); is {
		return w.Writable(ctx)
	}
	stale := store.Write{Kind: generation.Kind, ID: generation.ID, Version: 1 << 40, Body: []byte("{}")}
	if err := s.of.Write(ctx, store.Commit{Writes: []store.Write{stale}}); !errors.Is(err, store.ErrConflict) {
		return err
	}
	return nil
}

// Write does all of the writes or none. A change of settled records raises their
// generation; any other holds it, where the act has read settled records.
func (s *Store) Write(ctx context.Context, c store.Commit) error {
	err := s.write(ctx, c)
	if ctx.Err() == nil {
		s.away.Store(errors.Is(err, store.ErrAway))
	}
	return err
}

func (s *Store) write(ctx context.Context, c store.Commit) error {
	a := of(ctx)
	if a != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		defer a.forget()
	}
	raises := slices.ContainsFunc(c.Writes, func(w store.Write) bool { return s.settled[w.Kind] })
	switch {
	case raises:
		return s.raise(ctx, a, c)
	case a != nil && a.used && len(c.Writes) > 0:
		c.Holds = append(slices.Clip(c.Holds), store.Hold{Key: generation, Version: a.since})
	}
	return s.of.Write(ctx, c)
}

// raise writes with the next generation. An act that has decided by settled records
// must not meet another generation than it has read.
func (s *Store) raise(ctx context.Context, a *act, c store.Commit) error {
	fixed := a != nil && a.used
	var last int64 = -1
	for range tries {
		since := int64(0)
		if fixed {
			since = a.since
		} else {
			read, err := s.of.Get(ctx, generation)
			if err != nil {
				return err
			}
			since = versionOf(read, generation)
		}
		if since == last {
			break // the conflict is another
		}
		last = since
		raised := c
		raised.Writes = append(slices.Clip(c.Writes), store.Write{Kind: generation.Kind, ID: generation.ID, Version: since, Body: fmt.Appendf(nil, `{"generation":%d}`, since+1)})
		err := s.of.Write(ctx, raised)
		if fixed || !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("%w: settled records, or those that they are written with", store.ErrConflict)
}
