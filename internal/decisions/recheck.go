package decisions

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

const (
	lookEvery      = time.Hour   // how often a pending review is looked at, if nothing calls for it before
	lookAgainAfter = time.Minute // a look that has failed
)

// newLook calls for a first look at the review of a new request.
func (ds *Decisions) newLook(c *store.Change, req request.Request) {
	people := slices.Compact(slices.Sorted(slices.Values([]request.PersonID{req.Requester, req.Beneficiary})))
	records.Looks.Insert(c, records.Look{Request: req.ID, Connection: req.Asset.Connection(), People: people, Due: ds.Now()})
}

// LookAtAll looks at each review that it is time to look at. One that fails holds up
// no other: it is put off, and logged.
func (ds *Decisions) LookAtAll(ctx context.Context) error {
	for after := (store.Position{}); ; {
		due, err := records.LooksDue.Find(ctx, ds.Store, "all", after, provisioning.ProvisionBatch)
		if err != nil {
			return err
		}
		for _, l := range due {
			if l.Value.Due.After(ds.Now()) {
				return nil
			}
			if err := ds.look(ctx, l.Value.Request); err != nil && ctx.Err() == nil {
				ds.Logger.Warn("a review is looked at later", "request", l.Value.Request, "error", errors.Join(err, ds.lookAgain(ctx, l)))
			}
			after = l.At
		}
		if len(due) < provisioning.ProvisionBatch {
			return nil
		}
	}
}

// lookAgain puts off a look that has failed.
func (ds *Decisions) lookAgain(ctx context.Context, failed store.Stored[records.Look]) error {
	var c store.Change
	next := failed.Value
	next.Due = ds.Now().Add(lookAgainAfter)
	records.Looks.Update(&c, failed, next)
	return ds.CommitOnce(ctx, &c)
}

// look brings one review up to date, and says when it is looked at next: never
// again, once it is decided.
func (ds *Decisions) look(ctx context.Context, id request.ID) error {
	var u *Upkeep
	err := ds.Commit(ctx, func(c *store.Change) (err error) {
		if u, err = ds.keeping(ctx, c, id); err != nil {
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
		return ds.lookNext(ctx, c, id, u.Rev.Status)
	})
	if err == nil && u.changed {
		ds.Committed()
		ds.Provisioning.ProvisionSoon(u.Req)
	}
	return err
}

func (ds *Decisions) lookNext(ctx context.Context, c *store.Change, id request.ID, status request.Status) error {
	read, err := records.Looks.Get(ctx, ds.Store, id)
	if err != nil {
		return journal.UnlessMissing(err)
	}
	if status != request.Pending {
		records.Looks.Delete(c, read)
		return nil
	}
	next := read.Value
	next.Due = ds.Now().Add(lookEvery)
	records.Looks.Update(c, read, next)
	return nil
}

// LookSoon calls for a look at the reviews that an index finds, such as those on a
// connection that has changed. What it misses is looked at within the hour.
func LookSoon[V ~string](ctx context.Context, ds *Decisions, index store.Index[V, records.Look], of V) {
	for {
		more := false
		err := ds.Commit(ctx, func(c *store.Change) error {
			later, err := index.Newest(ctx, ds.Store, of, store.Position{}, provisioning.ProvisionBatch)
			if err != nil {
				return err
			}
			more = len(later) == provisioning.ProvisionBatch
			for _, l := range later {
				if !l.Value.Due.After(ds.Now()) {
					more = false
					break
				}
				next := l.Value
				next.Due = ds.Now()
				records.Looks.Update(c, l, next)
			}
			return nil
		})
		if err != nil && !errors.Is(err, context.Canceled) {
			ds.Logger.Warn("reviews are looked at later", "of", string(of), "error", err)
		}
		if err != nil || !more {
			return
		}
	}
}
