package grantwright

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Inbox is what people are told, and how they wish to be.
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

// Messages is Notices with what it takes to write each for its reader.
func (i Inbox) Messages(ctx context.Context, by request.Identity, unread bool, after store.Position, limit int) ([]notify.Message, store.Position, error) {
	notices, next, err := i.Notices(ctx, by, unread, after, limit)
	if err != nil {
		return nil, next, err
	}
	all := make([]notify.Message, len(notices))
	for j, n := range notices {
		if all[j], err = i.e.message(ctx, n, by); err != nil {
			return nil, next, err
		}
	}
	return all, next, nil
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

// Preferences say how somebody wishes to be told, beside their inbox.
func (i Inbox) Preferences(ctx context.Context, by request.Identity) (notify.Preferences, error) {
	if err := by.Check(); err != nil {
		return notify.Preferences{}, err
	}
	wishes, err := i.e.wishes(ctx, []request.PersonID{by.Person()})
	p := wishes[by.Person()]
	p.Person = by.Person()
	return p, err
}

// ToldBy lists the channels by which somebody with some preferences is told.
func (i Inbox) ToldBy(p notify.Preferences, c notify.Concern) []string {
	return p.By(c, i.e.config.Defaults, i.e.channelNames())
}

// Prefer keeps how somebody wishes to be told from now on. Concerns that are left
// out go by the operator's defaults.
func (i Inbox) Prefer(ctx context.Context, by request.Identity, channels map[notify.Concern][]string) (notify.Preferences, error) {
	p := notify.Preferences{Person: by.Person(), Channels: channels}
	if err := errors.Join(by.Check(), p.Check(i.e.channelNames())); err != nil {
		return p, err
	}
	return p, i.e.commit(ctx, func(c *store.Change) error {
		read, err := store.Preferences.Some(ctx, i.e.config.Store, by.Person())
		if err != nil {
			return err
		}
		if len(read) == 0 {
			store.Preferences.Insert(c, p)
		} else {
			store.Preferences.Update(c, read[0], p)
		}
		return i.e.remember(ctx, c, by)
	})
}

// deciders are the stewards who have said something in a review.
func deciders(rev review.Review) []request.PersonID {
	var who []request.PersonID
	for _, d := range rev.Determinations {
		who = append(who, d.By)
	}
	return who
}
