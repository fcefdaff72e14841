package journal

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/store"
)

// announcer is the lane that calls for those of the others.
const announcer = "announcer"

// announced is how many events one commit announces at most.
const announced = 200

// Place gives new events their numbers, and calls for those who read them.
func (j *Journal) Place(ctx context.Context) error {
	if err := store.PlaceEvents(ctx, j.Store); err != nil {
		return err
	}
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

// announceNext calls for those whom the next events concern.
func (j *Journal) announceNext(ctx context.Context) (more bool, err error) {
	lane, err := j.Lane(ctx, announcer)
	if err != nil {
		return false, err
	}
	last, err := store.LastNumber(ctx, j.Store)
	if err != nil || last <= lane.Value.After {
		return false, err
	}
	events, err := j.EventsAfter(ctx, lane.Value.After, announced)
	if err != nil || len(events) == 0 {
		return false, err
	}
	var c store.Change
	if err := j.Announce(ctx, &c, events); err != nil {
		return false, err
	}
	next := lane.Value
	next.After = events[len(events)-1].Number
	j.KeepLane(&c, lane, next)
	if err := c.Commit(ctx, j.Store); err != nil {
		return false, err
	}
	j.Carrier.Wake()
	return next.After < last, nil
}

// EventsAfter reads the log from the event after a number.
func (j *Journal) EventsAfter(ctx context.Context, after int64, limit int) ([]store.Event, error) {
	from := store.Position{}
	if after > 0 {
		from = store.Position{Order: store.OrderNumber(after) + "~"}
	}
	return Values(store.EventLog.Find(ctx, j.Store, "all", from, limit))
}

// Lane reads how far something has read the log; the zero version if it has never.
func (j *Journal) Lane(ctx context.Context, id string) (store.Stored[records.Lane], error) {
	found, err := records.Lanes.Some(ctx, j.Store, id)
	if err != nil || len(found) == 0 {
		return store.Stored[records.Lane]{Value: records.Lane{ID: id}}, err
	}
	return found[0], nil
}

func (j *Journal) KeepLane(c *store.Change, read store.Stored[records.Lane], next records.Lane) {
	if read.Version == 0 {
		records.Lanes.Insert(c, next)
		return
	}
	records.Lanes.Update(c, read, next)
}
