package grantwright

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Inbox holds the notices of people, and the channels by which they wish to be told.
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
	return i.e.notices.Of(ctx, by.Person(), unread, after, limit)
}

// Messages is Notices, each with the records by which it is put into words.
func (i Inbox) Messages(ctx context.Context, by request.Identity, unread bool, after store.Position, limit int) ([]notify.Message, store.Position, error) {
	notices, next, err := i.Notices(ctx, by, unread, after, limit)
	if err != nil {
		return nil, next, err
	}
	all := make([]notify.Message, len(notices))
	for j, n := range notices {
		if all[j], err = i.e.notices.Message(ctx, n, by); err != nil {
			return nil, next, err
		}
	}
	return all, next, nil
}

// See marks a notice of somebody's own as read.
func (i Inbox) See(ctx context.Context, by request.Identity, id string) error {
	if err := by.CheckActs("mark a notice as read"); err != nil {
		return err
	}
	return i.e.notices.See(ctx, by.Person(), id)
}

// Preferences say how somebody wishes to be told, beside their inbox.
func (i Inbox) Preferences(ctx context.Context, by request.Identity) (notify.Preferences, error) {
	if err := by.Check(); err != nil {
		return notify.Preferences{}, err
	}
	wishes, err := i.e.notices.Wishes(ctx, []request.PersonID{by.Person()})
	p := wishes[by.Person()]
	p.Person = by.Person()
	return p, err
}

// ToldBy lists the channels by which somebody with some preferences is told.
func (i Inbox) ToldBy(p notify.Preferences, c notify.Concern) []string {
	return p.By(c, i.e.notices.Defaults, i.e.notices.ChannelNames())
}

// Prefer stores what somebody wishes from now on, whoever p names. Concerns that are left
// out go by the operator's defaults.
func (i Inbox) Prefer(ctx context.Context, by request.Identity, p notify.Preferences) (notify.Preferences, error) {
	p.Person = by.Person()
	if err := errors.Join(by.CheckActs("choose how to be told"), p.Check(i.e.notices.ChannelNames())); err != nil {
		return p, err
	}
	return p, i.e.notices.Prefer(ctx, by, p)
}

func (c Config) checkChannels() error {
	if n := len(c.Channels) + len(c.Rooms); n > notify.MaxChannels {
		return fmt.Errorf("grantwright: Config has %d channels and rooms, at most %d are allowed", n, notify.MaxChannels)
	}
	for name := range c.Channels {
		if name == "" || strings.Contains(name, "/") || c.Channels[name] == nil {
			return fmt.Errorf("grantwright: Config.Channels[%q]: a name without a slash, and a channel, are needed", name)
		}
	}
	for name, room := range c.Rooms {
		if name == "" || room.Channel == nil {
			return fmt.Errorf("grantwright: Config.Rooms[%q]: a name and a channel are needed", name)
		}
	}
	return nil
}

// Channels lists the names of the channels beside the inbox, sorted.
func (i Inbox) Channels() []string { return i.e.notices.ChannelNames() }
