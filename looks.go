package grantwright

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

const (
	lookEvery      = time.Hour   // how often a pending review is looked at, if nothing calls for it before
	lookAgainAfter = time.Minute // a look that has failed
)

// newLook calls for a first look at the review of a new request.
func (e *Engine) newLook(c *store.Change, req request.Request) {
	people := slices.Compact(slices.Sorted(slices.Values([]request.PersonID{req.Requester, req.Beneficiary})))
	store.Looks.Insert(c, store.Look{Request: req.ID, Connection: req.Asset.Connection(), People: people, Due: e.now()})
}

// lookAtAll looks at each review that it is time to look at. One that fails holds up
// no other: it is put off, and logged.
func (e *Engine) lookAtAll(ctx context.Context) error {
	for after := (store.Position{}); ; {
		due, err := store.LooksDue.Find(ctx, e.config.Store, "all", after, provisionBatch)
		if err != nil {
			return err
		}
		for _, l := range due {
			if l.Value.Due.After(e.now()) {
				return nil
			}
			if err := e.look(ctx, l.Value.Request); err != nil && ctx.Err() == nil {
				e.config.Logger.Warn("a review is looked at later", "request", l.Value.Request, "error", errors.Join(err, e.lookAgain(ctx, l)))
			}
			after = l.At
		}
		if len(due) < provisionBatch {
			return nil
		}
	}
}

// lookAgain puts off a look that has failed.
func (e *Engine) lookAgain(ctx context.Context, failed store.Stored[store.Look]) error {
	var c store.Change
	next := failed.Value
	next.Due = e.now().Add(lookAgainAfter)
	store.Looks.Update(&c, failed, next)
	return c.Commit(ctx, e.config.Store)
}

// look brings one review up to date, and says when it is looked at next: never
// again, once it is decided.
func (e *Engine) look(ctx context.Context, id request.ID) error {
	var u *upkeep
	err := e.commit(ctx, func(c *store.Change) (err error) {
		if u, err = e.keeping(ctx, c, id); err != nil {
			return err
		}
		for _, step := range []func() error{
			func() error { return u.elapse(ctx) },
			func() error { return u.reopen(ctx, request.Identity{}) },
			func() error { return u.attend(ctx) },
		} {
			if err := step(); err != nil {
				return err
			}
		}
		u.write()
		return e.lookNext(ctx, c, id, u.rev.Status)
	})
	if err == nil && u.changed {
		e.committed()
		e.provisionSoon(u.req)
	}
	return err
}

func (e *Engine) lookNext(ctx context.Context, c *store.Change, id request.ID, status request.Status) error {
	read, err := store.Looks.Get(ctx, e.config.Store, id)
	if err != nil {
		return unlessMissing(err)
	}
	if status != request.Pending {
		store.Looks.Delete(c, read)
		return nil
	}
	next := read.Value
	next.Due = e.now().Add(lookEvery)
	store.Looks.Update(c, read, next)
	return nil
}

// lookSoon calls for a look at the reviews that an index finds, such as those on a
// connection that has changed. What it misses is looked at within the hour.
func lookSoon[V ~string](ctx context.Context, e *Engine, index store.Index[V, store.Look], of V) {
	for {
		more := false
		err := e.commit(ctx, func(c *store.Change) error {
			later, err := index.Newest(ctx, e.config.Store, of, store.Position{}, provisionBatch)
			if err != nil {
				return err
			}
			more = len(later) == provisionBatch
			for _, l := range later {
				if !l.Value.Due.After(e.now()) {
					more = false
					break
				}
				next := l.Value
				next.Due = e.now()
				store.Looks.Update(c, l, next)
			}
			return nil
		})
		if err != nil && !errors.Is(err, context.Canceled) {
			e.config.Logger.Warn("reviews are looked at later", "of", string(of), "error", err)
		}
		if err != nil || !more {
			return
		}
	}
}
