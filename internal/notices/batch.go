package notices

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/store"
)

// batch is the notices about some events, which are written in one commit.
type batch struct {
	notices  *Notices
	search   *decisions.Search
	toPeople []notify.Notice
	toRooms  []notify.Notice // each under the id of its event
}

// most is how many notices to people one commit holds, each with a post for each channel,
// beside the posts for rooms about one event.
func (no *Notices) most() int {
	return (no.room() - len(no.Rooms)) / (1 + len(no.Channels))
}

// room is how many notices and posts one commit holds, beside the cursor and the tasks of
// channels and rooms.
func (no *Notices) room() int { return store.MaxWrites - notify.MaxChannels - 1 }

// add adds the notices about an event, and reports whether the batch has room for them.
// An event that concerns more people than one commit holds has others of its own.
func (b *batch) add(ctx context.Context, ev store.Event) (fits bool, err error) {
	if len(notify.ToldOf(topicOf(ev))) == 0 {
		return true, nil
	}
	n, found, err := b.notices.audience(ctx, b.search, ev)
	if err != nil {
		return false, fmt.Errorf("telling of event %s: %w", ev.ID, err)
	}
	writes := (len(b.toPeople)+len(found))*(1+len(b.notices.Channels)) + (len(b.toRooms)+1)*len(b.notices.Rooms)
	if len(b.toRooms) > 0 && writes > b.notices.room() {
		return false, nil
	}
	if most := b.notices.most(); len(found) > most {
		if err := b.notices.notifyAll(ctx, found[most:]); err != nil {
			return false, err
		}
		found = found[:most]
	}
	n.ID = ev.ID
	b.toPeople, b.toRooms = append(b.toPeople, found...), append(b.toRooms, n)
	return true, nil
}

// write adds the notices, and the posts that are made of them, to a change.
func (b *batch) write(ctx context.Context, c *store.Change) error {
	ring := map[string]bool{}
	if err := b.notices.notifySome(ctx, c, b.toPeople, ring); err != nil {
		return err
	}
	if err := b.notices.notifyRooms(ctx, c, b.toRooms, ring); err != nil {
		return err
	}
	return b.notices.ringPosts(ctx, c, ring)
}
