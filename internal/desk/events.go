package desk

import (
	"context"
	"encoding/json"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// EventsOf lists the events of a request, from the one after a number within it, to those who
// may see the request. Tokens by which others have acted are for AUDIT.
func (d *Desk) EventsOf(ctx context.Context, by request.Identity, id request.ID, after, limit int) ([]store.Event, error) {
	req, err := records.Requests.Get(ctx, d.Store, id)
	if err != nil {
		return nil, err
	}
	if err := d.Decisions.MayRead(ctx, by, req.Value); err != nil {
		return nil, err
	}
	from := store.Position{}
	if after > 0 {
		from = store.Position{Order: store.OrderNumber(int64(after)) + "~"}
	}
	sees, err := d.Decisions.SeesAccess(ctx, by, req.Value)
	if err != nil {
		return nil, err
	}
	events, err := journal.Values(store.EventsOf.Find(ctx, d.Store, id, from, limit))
	for i := range events {
		if events[i].By != by.Person() && !by.Has(request.Audit) {
			events[i].Via = store.Via{} // what tokens somebody has is theirs
		}
	}
	if err != nil || sees {
		return events, err
	}
	return withoutWays(events)
}

// withoutWays are the events of a request without the other ways in that they name.
func withoutWays(events []store.Event) ([]store.Event, error) {
	for i, ev := range events {
		var fields map[string]json.RawMessage
		if json.Unmarshal(ev.Data, &fields) != nil || fields["remaining"] == nil {
			continue
		}
		delete(fields, "remaining")
		data, err := json.Marshal(fields)
		if err != nil {
			return nil, err
		}
		events[i].Data = data
	}
	return events, nil
}
