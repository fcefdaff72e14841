package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Inbox is what people are told.
type Inbox struct{ e *Engine }

// Inbox returns the inboxes of the engine. Everyone has their own, and sees no other.
func (e *Engine) Inbox() Inbox { return Inbox{e} }

// Notices lists what somebody is told, the newest first, from a position on: zero
// for the first page, the one returned for the next. Unread leaves out what they
// have seen.
func (i Inbox) Notices(ctx context.Context, by request.Identity, unread bool, after store.Position, limit int) ([]notify.Notice, store.Position, error) {
	if err := by.Check(); err != nil {
		return nil, after, err
	}
	index := store.NoticesTo
	if unread {
		index = store.NoticesUnread
	}
	read, err := index.Newest(ctx, i.e.config.Store, by.Person(), after, limit)
	return pageOf(read, after, err)
}

// See marks a notice of somebody's own as read.
func (i Inbox) See(ctx context.Context, by request.Identity, id string) error {
	if err := by.Check(); err != nil {
		return err
	}
	return i.e.change(ctx, func(c *store.Change) error {
		read, err := store.Notices.Get(ctx, i.e.config.Store, id)
		if err != nil {
			return err
		}
		if read.Value.To != by.Person() {
			return &ForbiddenError{Person: by.Person(), Act: "see this notice", Needs: "the person whom it tells"}
		}
		store.Notices.Update(c, read, read.Value.Seen(i.e.now()))
		return nil
	})
}

// notify adds to a change what the people of a request are told of it.
func (e *Engine) notify(c *store.Change, t store.EventType, by request.PersonID, req request.Request, detail string, stewards ...request.PersonID) {
	for _, person := range notify.To(req, by, stewards...) {
		store.Notices.Insert(c, notify.Notice{ID: e.config.NewID(), To: person, Topic: notify.Topic(t), Request: req.ID, Asset: req.Asset,
			Status: req.Status, Detail: detail, By: by, At: e.now()})
	}
}

// deciders are the stewards who have said something in a review.
func deciders(rev review.Review) []request.PersonID {
	var who []request.PersonID
	for _, d := range rev.Determinations {
		who = append(who, d.By)
	}
	return who
}
