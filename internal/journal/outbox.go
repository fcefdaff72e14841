package journal

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/store"
)

// announcerCursor is the cursor of the announcer, which rings the tasks of the other
// readers.
const announcerCursor = "announcer"

// announceBatch is how many events one commit announces at most.
const announceBatch = 200

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

// announceNext rings the tasks of those whom the next events concern.
func (j *Journal) announceNext(ctx context.Context) (more bool, err error) {
	cursor, err := j.Cursor(ctx, announcerCursor)
	if err != nil {
		return false, err
	}
	last, err := store.LastNumber(ctx, j.Store)
	if err != nil || last <= cursor.Value.After {
		return false, err
	}
	events, err := j.EventsAfter(ctx, cursor.Value.After, announceBatch)
	if err != nil || len(events) == 0 {
		return false, err
	}
	var c store.Change
	if err := j.Announce(ctx, &c, events); err != nil {
		return false, err
	}
	next := cursor.Value
	next.After = events[len(events)-1].Number
	j.SaveCursor(&c, cursor, next)
	if err := c.Commit(ctx, j.Store); err != nil {
		return false, err
	}
	j.Carrier.Wake()
	return next.After < last, nil
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
