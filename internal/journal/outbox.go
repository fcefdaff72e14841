package journal

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/store"
)

// AnnouncerCursor is the cursor of the announcer, which rings the tasks of the other
// readers.
const AnnouncerCursor = "announcer"

// announceGap is how long events are gathered before they are announced.
const announceGap = 50 * time.Millisecond

// announceBatch is how many events one commit announces at most.
const announceBatch = 200

// maxUnsaved is how many events that concern nobody a process reads again at most after
// its start.
const maxUnsaved = 5000

// AnnounceEvents rings the tasks of those who read the log, as far as there is
// something new for them.
func (j *Journal) AnnounceEvents(ctx context.Context) error {
	for {
		more, err := j.announceNext(ctx)
		if err != nil && !errors.Is(err, store.ErrConflict) {
			return err
		}
		if err == nil && !more {
			return nil
		}
	}
}

// Announced is the number of the last event that this process has announced, or knows to
// be announced.
func (j *Journal) Announced() int64 { return j.announced.Load() }

// announceNext rings the tasks of those whom the next events concern. Where they concern
// nobody, only this process notes that it has seen them.
func (j *Journal) announceNext(ctx context.Context) (more bool, err error) {
	events, err := j.EventsAfter(ctx, j.announced.Load(), announceBatch)
	if err != nil || len(events) == 0 {
		return false, err
	}
	cursor, err := j.Cursor(ctx, AnnouncerCursor)
	if err != nil {
		return false, err
	}
	if events[0].Number <= cursor.Value.After { // other processes have come further
		j.announced.Store(cursor.Value.After)
		return true, nil
	}
	var c store.Change
	if err := j.Announce(ctx, &c, events); err != nil {
		return false, err
	}
	next := cursor.Value
	next.After = events[len(events)-1].Number
	if !c.Empty() || next.After-cursor.Value.After > maxUnsaved {
		j.SaveCursor(&c, cursor, next)
		if err := c.Commit(ctx, j.Store); err != nil {
			return false, err
		}
		j.Carrier.Wake()
	}
	j.announced.Store(next.After)
	return len(events) == announceBatch, nil
}

// EventsAfter reads the log from the event after a number.
func (j *Journal) EventsAfter(ctx context.Context, after int64, limit int) ([]store.Event, error) {
	return Values(store.EventsAfter(ctx, j.Store, after, limit))
}

// Cursor reads how far a reader has come in the log. Its version is zero where
// nothing was read yet.
func (j *Journal) Cursor(ctx context.Context, id string) (store.Stored[records.Cursor], error) {
	found, err := records.Cursors.Some(ctx, j.Store, id)
	if err != nil || len(found) == 0 {
		return store.Stored[records.Cursor]{Value: records.Cursor{ID: id}}, err
	}
	return found[0], nil
}

// SaveCursor adds to a change how far a reader has come in the log.
func (j *Journal) SaveCursor(c *store.Change, read store.Stored[records.Cursor], next records.Cursor) {
	if read.Version == 0 {
		records.Cursors.Insert(c, next)
		return
	}
	records.Cursors.Update(c, read, next)
}
