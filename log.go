package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
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
	if err := store.PlaceEvents(ctx, l.e.journal.Store); err != nil {
		return nil, err
	}
	from := store.Position{}
	if after > 0 {
		from = store.Position{Order: store.OrderNumber(after) + "~"}
	}
	return journal.Values(store.EventLog.Find(ctx, l.e.journal.Store, "all", from, limit))
}

// Of lists the events of a request, from the one after a number within it, to
// those who may see the request.
func (l Log) Of(ctx context.Context, by request.Identity, id request.ID, after, limit int) ([]store.Event, error) {
	req, err := records.Requests.Get(ctx, l.e.journal.Store, id)
	if err != nil {
		return nil, err
	}
	if err := l.e.decisions.MayRead(ctx, by, req.Value); err != nil {
		return nil, err
	}
	from := store.Position{}
	if after > 0 {
		from = store.Position{Order: store.OrderNumber(int64(after)) + "~"}
	}
	return journal.Values(store.EventsOf.Find(ctx, l.e.journal.Store, id, from, limit))
}
