package grantwright

import (
	"context"

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
	if err := permit(by, "read the log", request.Audit); err != nil {
		return nil, err
	}
	if err := store.PlaceEvents(ctx, l.e.config.Store); err != nil {
		return nil, err
	}
	from := store.Position{}
	if after > 0 {
		from = store.Position{Order: store.OrderNumber(after) + "~"}
	}
	return values(store.EventLog.Find(ctx, l.e.config.Store, "all", from, limit))
}

// Of lists the events of a request, from the one after a number within it, to
// those who may see the request.
func (l Log) Of(ctx context.Context, by request.Identity, id request.ID, after, limit int) ([]store.Event, error) {
	req, err := store.Requests.Get(ctx, l.e.config.Store, id)
	if err != nil {
		return nil, err
	}
	if err := l.e.mayRead(ctx, by, req.Value); err != nil {
		return nil, err
	}
	from := store.Position{}
	if after > 0 {
		from = store.Position{Order: store.OrderNumber(int64(after)) + "~"}
	}
	return values(store.EventsOf.Find(ctx, l.e.config.Store, id, from, limit))
}
