package grantwright

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Log is the record of everything that was done.
type Log struct{ e *Engine }

// Log returns the log of the engine.
func (e *Engine) Log() Log { return Log{e} }

// Events lists events in the order of the log, from the one after a number, at
// most limit of them. Numbers have no holes, and what was committed before the
// call is there. It takes AUDIT.
func (l Log) Events(ctx context.Context, by request.Identity, after int64, limit int) ([]store.Event, error) {
	return audited(by, func() ([]store.Event, error) { return l.e.journal.EventsAfter(ctx, after, limit) })
}

// Find lists the events that a filter wants, in the order of the log, from the one after a
// number, at most limit of them; those about one record in the order of their times. A page
// may be shorter although others follow: next is the number after which the next one begins,
// and zero at the end. It takes AUDIT.
func (l Log) Find(ctx context.Context, by request.Identity, f event.Filter, after int64, limit int) (events []store.Event, next int64, err error) {
	if err := errors.Join(permit(by, "read the log", request.Audit), f.Check()); err != nil {
		return nil, 0, err
	}
	return l.e.journal.Find(ctx, f, after, limit)
}

// Newest lists the events that a filter wants, the newest first, from the one before a number
// (zero: from the last), at most limit of them, with the requests that they belong to. A page
// may be shorter although others follow: next is the number before which the next one begins,
// and zero at the end. It takes AUDIT.
func (l Log) Newest(ctx context.Context, by request.Identity, f event.Filter, before int64, limit int) (events []store.Event, of map[request.ID]request.Request, next int64, err error) {
	if err := errors.Join(permit(by, "read the log", request.Audit), f.Check()); err != nil {
		return nil, nil, 0, err
	}
	found, err := l.e.journal.Newest(ctx, f, before, limit)
	return found.Events, found.Requests, found.Next, err
}

// Tallies are how often something happened on each of the last days, today first, and at most
// store.MaxPage of those before; days on which nothing happened are left out. They follow the log in
// the background: behind is how many events are not counted so far. It takes GOVERNANCE or
// AUDIT.
func (l Log) Tallies(ctx context.Context, by request.Identity) (days []event.Tally, behind int64, err error) {
	if err := permit(by, "see the figures", request.Governance, request.Audit); err != nil {
		return nil, 0, err
	}
	return l.e.figures.Days(ctx, store.MaxPage)
}

// Of lists the events of a request, from the one after a number within it, to
// those who may see the request. Tokens by which others have acted are for AUDIT.
func (l Log) Of(ctx context.Context, by request.Identity, id request.ID, after, limit int) ([]store.Event, error) {
	return l.e.desk.EventsOf(ctx, by, id, after, limit)
}

// Await waits until the log goes on after a number, and returns the last number then: it
// says that something has happened, and nothing of it, so that it takes no right. Zero
// returns the last number at once. It returns the number as it was when ctx ends.
func (l Log) Await(ctx context.Context, after int64) (last int64, err error) {
	return l.e.journal.Await(ctx, after)
}

// CloudEvents lists events as Events does, each in the envelope of CloudEvents 1.0,
// with the records that it is about as they are now, and a grant in the state in
// which its event has left it. It takes AUDIT.
func (l Log) CloudEvents(ctx context.Context, by request.Identity, after int64, limit int) ([]notify.CloudEvent, error) {
	events, err := l.Events(ctx, by, after, limit)
	if err != nil {
		return nil, err
	}
	return l.e.webhooks.CloudEvents(ctx, events)
}

// FindCloudEvents is Find with the events in the envelope of CloudEvents.
func (l Log) FindCloudEvents(ctx context.Context, by request.Identity, f event.Filter, after int64, limit int) ([]notify.CloudEvent, int64, error) {
	events, next, err := l.Find(ctx, by, f, after, limit)
	if err != nil {
		return nil, 0, err
	}
	all, err := l.e.webhooks.CloudEvents(ctx, events)
	return all, next, err
}

// Follow calls each with the events after a number that a filter wants, in the order of the
// log, as they come, until ctx ends or each returns an error; and with the number as far as
// which it has read. From time to time, while there are none, it calls each with an empty
// list. A filter with an Until is refused: what is followed has no end. It takes AUDIT, and
// ends at the next event when whoever follows is disabled.
func (l Log) Follow(ctx context.Context, by request.Identity, f event.Filter, after int64, each func([]notify.CloudEvent, int64) error) error {
	if !f.Until.IsZero() {
		return &request.InvalidError{What: "query", Faults: []request.Fault{{Field: "until", Reason: "is for pages: a log that is followed has no end"}}}
	}
	if err := errors.Join(permit(by, "read the log", request.Audit), f.Check()); err != nil {
		return err
	}
	return l.e.journal.Follow(ctx, f, after, l.e.config.Poll, func(events []store.Event, last int64) error {
		all, err := l.e.webhooks.CloudEvents(ctx, events)
		if err == nil {
			err = l.e.people.CheckEnabled(ctx, by.Person()) // they may have been disabled since they began
		}
		if err != nil {
			return err
		}
		return each(all, last)
	})
}
