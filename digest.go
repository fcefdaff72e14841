package grantwright

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// DefaultDigestAt is when stewards are told once a day what waits for them, from
// midnight UTC on.
const DefaultDigestAt = 7 * time.Hour

// startDigest sees to it that the digest comes due, where it never has.
func (e *Engine) startDigest(ctx context.Context) error {
	if e.config.DigestAt < 0 {
		return nil
	}
	there, err := store.Tasks.Some(ctx, e.config.Store, digestTask)
	if err != nil || len(there) > 0 {
		return err
	}
	var c store.Change
	store.Tasks.Insert(&c, store.Task{ID: digestTask, Due: e.nextDigest()})
	if err := c.Commit(ctx, e.config.Store); !errors.Is(err, store.ErrConflict) {
		return err
	}
	return nil // someone else was faster
}

// nextDigest is the next time at which stewards are told what waits for them.
func (e *Engine) nextDigest() time.Time {
	at := e.config.DigestAt
	if at == 0 {
		at = DefaultDigestAt
	}
	next := e.now().Truncate(24 * time.Hour).Add(at)
	if !next.After(e.now()) {
		next = next.Add(24 * time.Hour)
	}
	return next
}

// tellWaiting tells each steward of all that waits for them, in one notice for the
// day, however often it is done.
func (e *Engine) tellWaiting(ctx context.Context) (store.Change, time.Time, error) {
	if e.config.DigestAt < 0 {
		return store.Change{}, time.Time{}, nil
	}
	waiting, err := e.waiting(ctx)
	if err != nil {
		return store.Change{}, time.Time{}, err
	}
	day := e.now().Format(time.DateOnly)
	var notices []notify.Notice
	for person, d := range waiting {
		d.ID = store.Digest("digest\n" + day + "\n" + string(person))
		d.To, d.Topic, d.Concern, d.By, d.At = person, notify.ReviewWaiting, notify.Digest, request.SystemID, e.now()
		notices = append(notices, *d)
	}
	slices.SortFunc(notices, func(a, b notify.Notice) int { return cmp.Compare(a.To, b.To) })
	return store.Change{}, e.nextDigest(), e.tellAll(ctx, notices)
}

// waiting finds for each steward the pending requests that wait for them, the
// oldest first.
func (e *Engine) waiting(ctx context.Context) (map[request.PersonID]*notify.Notice, error) {
	found, search := map[request.PersonID]*notify.Notice{}, e.searching(false)
	err := store.RequestsByStatus.Each(ctx, e.config.Store, request.Pending, func(read store.Stored[request.Request]) error {
		req := read.Value
		rev, err := store.Reviews.Get(ctx, e.config.Store, req.ID)
		if err != nil {
			return err
		}
		people, err := search.asked(ctx, about{request: &req, review: &rev.Value})
		if err != nil {
			return err
		}
		slices.Sort(people)
		for _, person := range slices.Compact(people) {
			if found[person] == nil {
				found[person] = new(notify.Notice)
			}
			n := found[person]
			if n.Count++; len(n.Waiting) < notify.MaxWaiting {
				n.Waiting = append(n.Waiting, notify.Waiting{Request: req.ID, Asset: req.Asset, Requester: req.Requester, Since: req.Submitted})
			}
		}
		return nil
	})
	return found, err
}
