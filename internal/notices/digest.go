package notices

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// startDigest makes the digest task, if there is none.
func (no *Notices) startDigest(ctx context.Context) error {
	if no.DigestAt < 0 || no.digests.Load() {
		return nil
	}
	there, err := store.Tasks.Some(ctx, no.Store, journal.DigestTask)
	if err != nil || len(there) > 0 {
		no.digests.Store(err == nil)
		return err
	}
	var c store.Change
	store.Tasks.Insert(&c, store.Task{ID: journal.DigestTask, Due: no.nextDigest()})
	if err := no.CommitOnce(ctx, &c); !errors.Is(err, store.ErrConflict) {
		return err
	}
	return nil // another process has made it
}

// nextDigest is the next time at which digests are sent.
func (no *Notices) nextDigest() time.Time {
	at := no.DigestAt
	if at == 0 {
		at = notify.DefaultDigestAt
	}
	next := no.Now().Truncate(24 * time.Hour).Add(at)
	if !next.After(no.Now()) {
		next = next.Add(24 * time.Hour)
	}
	return next
}

// SendDigest sends each steward one notice a day about all requests that wait for
// them, however often it runs.
func (no *Notices) SendDigest(ctx context.Context) (store.Change, time.Time, error) {
	if no.DigestAt < 0 {
		return store.Change{}, time.Time{}, nil
	}
	waiting, err := no.waiting(ctx)
	if err != nil {
		return store.Change{}, time.Time{}, err
	}
	day := no.Now().Format(time.DateOnly)
	var notices []notify.Notice
	for person, d := range waiting {
		d.ID = store.Digest("digest\n" + day + "\n" + string(person))
		d.To, d.Topic, d.Concern, d.By, d.At = person, notify.ReviewWaiting, notify.Digest, request.SystemID, no.Now()
		notices = append(notices, *d)
	}
	slices.SortFunc(notices, func(a, b notify.Notice) int { return cmp.Compare(a.To, b.To) })
	return store.Change{}, no.nextDigest(), no.notifyAll(ctx, notices)
}

// waiting finds for each steward the pending requests that wait for them, the
// oldest first.
func (no *Notices) waiting(ctx context.Context) (map[request.PersonID]*notify.Notice, error) {
	found, search := map[request.PersonID]*notify.Notice{}, no.Decisions.Search(false)
	err := records.RequestsByStatus.Each(ctx, no.Store, request.Pending, func(read store.Stored[request.Request]) error {
		req := read.Value
		rev, err := records.Reviews.Get(ctx, no.Store, req.ID)
		if err != nil {
			return err
		}
		people, err := search.Asked(ctx, decisions.EventSubject{Request: &req, Review: &rev.Value})
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
				n.Waiting = append(n.Waiting, notify.Waiting{Request: req.ID, Asset: req.Asset, Requester: req.Requester, Since: req.Submitted, Type: req.Type, Privilege: req.Privilege, Columns: req.Columns})
			}
		}
		return nil
	})
	return found, err
}
