package decisions

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

const (
	recheckEvery     = time.Hour   // how often a pending review is rechecked, unless something makes it due before
	recheckPostponed = time.Minute // after a recheck that has failed
)

// newRecheck schedules the first recheck of a new request.
func (ds *Decisions) newRecheck(c *store.Change, req request.Request) {
	people := slices.Compact(slices.Sorted(slices.Values([]request.PersonID{req.Requester, req.Beneficiary})))
	records.Rechecks.Insert(c, records.Recheck{Request: req.ID, Connection: req.Asset.Connection(), People: people, Due: ds.Now()})
}

// RecheckAll rechecks each review that is due. One that fails holds up no other: it
// is postponed, and logged.
func (ds *Decisions) RecheckAll(ctx context.Context) error {
	q := records.RechecksDue.Query("all")
	q.Until, q.Limit = store.OrderTime(ds.Now()), store.MaxPage
	for {
		pages, err := store.Pages[records.Recheck](ctx, ds.Store, q)
		if err != nil {
			return err
		}
		pending, err := ds.dropDecided(ctx, pages[0])
		if errors.Is(err, store.ErrConflict) {
			return nil // another process is at it
		}
		if err != nil {
			return err
		}
		for _, l := range pending {
			if err := ds.recheck(ctx, l.Value); err != nil && ctx.Err() == nil {
				ds.Logger.WarnContext(ctx, "a review is looked at later", "request", l.Value.Request, "error", errors.Join(err, ds.postponeRecheck(ctx, l)))
			}
		}
		if len(pages[0]) < store.MaxPage {
			return nil
		}
		q.After = pages[0][store.MaxPage-1].At
	}
}

// dropDecided deletes the rechecks of reviews that are decided, all at once, and returns
// the others.
func (ds *Decisions) dropDecided(ctx context.Context, due []store.Stored[records.Recheck]) (pending []store.Stored[records.Recheck], err error) {
	ids := make([]request.ID, len(due))
	for i, l := range due {
		ids[i] = l.Value.Request
	}
	reviews, err := records.Reviews.Some(ctx, ds.Store, ids...)
	if err != nil {
		return nil, err
	}
	decided := map[request.ID]bool{}
	for _, r := range reviews {
		decided[r.Value.Request] = r.Value.Status != request.Pending
	}
	var c store.Change
	for _, l := range due {
		if decided[l.Value.Request] {
			records.Rechecks.Delete(&c, l)
		} else {
			pending = append(pending, l)
		}
	}
	return pending, ds.CommitOnce(ctx, &c)
}

// postponeRecheck postpones a recheck that has failed.
func (ds *Decisions) postponeRecheck(ctx context.Context, failed store.Stored[records.Recheck]) error {
	var c store.Change
	next := failed.Value
	next.Due = ds.Now().Add(recheckPostponed)
	records.Rechecks.Update(&c, failed, next)
	return ds.CommitOnce(ctx, &c)
}

// recheck brings one review up to date, and schedules its next recheck.
func (ds *Decisions) recheck(ctx context.Context, due records.Recheck) error {
	id := due.Request
	keys := []store.Key{records.Requests.Key(id), records.Reviews.Key(id), records.Rechecks.Key(id)}
	ctx = ds.Act(snapshot.Leave(ctx), append(keys, ds.People.Keys(due.People...)...)...)
	var u *Refresh
	err := ds.Commit(ctx, func(c *store.Change) (err error) {
		if u, err = ds.newRefresh(ctx, c, id); err != nil {
			return err
		}
		read, err := records.Rechecks.Get(ctx, ds.Store, id)
		if err != nil {
			return journal.UnlessMissing(err)
		}
		next := read.Value
		for _, step := range []func() error{
			func() error { return u.elapse(ctx) },
			func() error { return u.reopen(ctx, request.Identity{}) },
			func() error { return u.fallBack(ctx, &next) },
		} {
			if err := step(); err != nil {
				return err
			}
		}
		u.write()
		ds.rescheduled(c, read, next, u.Rev.Status)
		return nil
	})
	if err == nil && u.changed {
		store.AfterCommit(ctx, ds.Committed)
		ds.Provisioning.ApplySoon(ctx, u.Req)
	}
	return err
}

// scheduleRecheck schedules the next recheck of a pending review; a decided one has
// none.
func (ds *Decisions) scheduleRecheck(ctx context.Context, c *store.Change, id request.ID, status request.Status) error {
	read, err := records.Rechecks.Get(ctx, ds.Store, id)
	if err != nil {
		return journal.UnlessMissing(err)
	}
	ds.rescheduled(c, read, read.Value, status)
	return nil
}

// rescheduled writes a recheck with the time of the next one; a decided review has none.
func (ds *Decisions) rescheduled(c *store.Change, read store.Stored[records.Recheck], next records.Recheck, status request.Status) {
	if status != request.Pending {
		records.Rechecks.Delete(c, read)
		return
	}
	next.Due = ds.Now().Add(recheckEvery)
	records.Rechecks.Update(c, read, next)
}

// RecheckSoon makes the rechecks due that an index finds, such as those on a
// connection that has changed. Reviews that it misses are rechecked within the hour.
func RecheckSoon[V ~string](ctx context.Context, ds *Decisions, index store.Index[V, records.Recheck], of V) {
	for {
		more := false
		err := ds.Commit(ctx, func(c *store.Change) error {
			later, err := index.Newest(ctx, ds.Store, of, store.Position{}, provisioning.GrantBatch)
			if err != nil {
				return err
			}
			more = len(later) == provisioning.GrantBatch
			for _, l := range later {
				if !l.Value.Due.After(ds.Now()) {
					more = false
					break
				}
				next := l.Value
				next.Due = ds.Now()
				records.Rechecks.Update(c, l, next)
			}
			return nil
		})
		if err != nil && !errors.Is(err, context.Canceled) {
			ds.Logger.WarnContext(ctx, "reviews are looked at later", "of", string(of), "error", err)
		}
		if err != nil || !more {
			return
		}
	}
}
