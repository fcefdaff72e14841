package grantwright

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/store"
)

// The log is the outbox: an event is committed with the change that it tells of,
// and gets its place afterwards. Each webhook, and whatever tells people, reads
// the log by itself, in a task of its own, and keeps how far it has come. Here
// these tasks are called for, by whoever has placed events: the last one announced
// is a record too, so that nothing is left out if a process ends in between.

// announcer is the lane that calls for those of the others.
const announcer = "announcer"

// announced is how many events one commit announces at most.
const announced = 200

// place gives new events their numbers, and calls for those who read them.
func (e *Engine) place(ctx context.Context) error {
	if err := store.PlaceEvents(ctx, e.config.Store); err != nil {
		return err
	}
	for {
		more, err := e.announceNext(ctx)
		if err != nil && !errors.Is(err, store.ErrConflict) {
			return err
		}
		if err == nil && !more {
			return nil
		}
	}
}

// announceNext calls for those whom the next events concern.
func (e *Engine) announceNext(ctx context.Context) (more bool, err error) {
	lane, err := e.lane(ctx, announcer)
	if err != nil {
		return false, err
	}
	last, err := store.LastNumber(ctx, e.config.Store)
	if err != nil || last <= lane.Value.After {
		return false, err
	}
	events, err := e.eventsAfter(ctx, lane.Value.After, announced)
	if err != nil || len(events) == 0 {
		return false, err
	}
	var c store.Change
	if err := e.announce(ctx, &c, events); err != nil {
		return false, err
	}
	next := lane.Value
	next.After = events[len(events)-1].Number
	e.keepLane(&c, lane, next)
	if err := c.Commit(ctx, e.config.Store); err != nil {
		return false, err
	}
	e.carrier.Wake()
	return next.After < last, nil
}

// callFor rings the tasks of those whom some events concern.
func (e *Engine) callFor(ctx context.Context, c *store.Change, events []store.Event) error {
	if anyOf(events, func(ev store.Event) bool { return len(notify.ToldOf(topicOf(ev))) > 0 }) {
		if err := store.Ring(ctx, e.config.Store, c, tellTask, e.now()); err != nil {
			return err
		}
	}
	hooks, err := store.Webhooks.All(ctx, e.config.Store, "", MaxWebhooks)
	if err != nil {
		return err
	}
	for _, hook := range hooks {
		if hook.Value.State == notify.WebhookActive && anyOf(events, func(e store.Event) bool { return hook.Value.Wants(notify.Topic(e.Type)) }) {
			if err := store.Ring(ctx, e.config.Store, c, hookTask(hook.Value.ID), e.now()); err != nil {
				return err
			}
		}
	}
	return nil
}

func anyOf(events []store.Event, fits func(store.Event) bool) bool {
	for _, e := range events {
		if fits(e) {
			return true
		}
	}
	return false
}

// eventsAfter reads the log from the event after a number.
func (e *Engine) eventsAfter(ctx context.Context, after int64, limit int) ([]store.Event, error) {
	from := store.Position{}
	if after > 0 {
		from = store.Position{Order: store.OrderNumber(after) + "~"}
	}
	return values(store.EventLog.Find(ctx, e.config.Store, "all", from, limit))
}

// lane reads how far something has read the log; the zero version if it has never.
func (e *Engine) lane(ctx context.Context, id string) (store.Stored[store.Lane], error) {
	found, err := store.Lanes.Some(ctx, e.config.Store, id)
	if err != nil || len(found) == 0 {
		return store.Stored[store.Lane]{Value: store.Lane{ID: id}}, err
	}
	return found[0], nil
}

func (e *Engine) keepLane(c *store.Change, read store.Stored[store.Lane], next store.Lane) {
	if read.Version == 0 {
		store.Lanes.Insert(c, next)
		return
	}
	store.Lanes.Update(c, read, next)
}
