package notices

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/store"
)

// maxPutOff is longer than any post is put off.
const maxPutOff = 2 * time.Hour

// Mend makes the posts due that a clock which ran ahead has put off.
func (no *Notices) Mend(ctx context.Context) error {
	var all []string
	for channel := range no.Channels {
		all = append(all, channel)
	}
	for room := range no.Rooms {
		all = append(all, roomPrefix+room)
	}
	for _, channel := range all {
		if err := no.mend(ctx, channel); err != nil && !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return nil
}

func (no *Notices) mend(ctx context.Context, channel string) error {
	for {
		page, err := records.PostsPending.Newest(ctx, no.Store, channel, store.Position{}, store.MaxPage/2)
		if err != nil {
			return err
		}
		var c store.Change
		late := 0
		for _, read := range page {
			if !read.Value.Next.After(no.Now().Add(maxPutOff)) {
				break
			}
			late++
			next := read.Value
			next.Next = no.Now()
			records.Posts.Update(&c, read, next)
		}
		if late == 0 {
			return nil
		}
		if err := store.Ring(ctx, no.Store, &c, journal.PostTask(channel), no.Now()); err != nil {
			return err
		}
		if err := no.CommitOnce(ctx, &c); err != nil {
			return err
		}
	}
}
