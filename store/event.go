package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
)

// Event says what was changed, by whom and when. It is committed with the change
// itself, and has its Number in the log from then on: numbers have no holes, and
// rise in the order of the commits, so that a reader who has seen number n never
// finds a smaller one that is new.
type Event struct {
	ID     string           `json:"id"`
	Number int64            `json:"number,omitempty"` // place in the log, from 1; zero until it is committed
	Type   event.Name       `json:"type"`
	At     time.Time        `json:"at"`           // within a request it never runs backwards, whatever clocks say
	By     request.PersonID `json:"by"`           // who did it; SystemID for what the engine did by itself
	Via    Via              `json:"via,omitzero"` // the token by which they did it; zero where they came by none, or before tokens were recorded

	Request request.ID `json:"request,omitempty"` // the request that it belongs to, if any
	Seq     int        `json:"seq,omitempty"`     // its number within the request, from 1

	About []Subject       `json:"about"` // every audited record that was changed
	Data  json.RawMessage `json:"data,omitempty"`
}

// Via is a token by which somebody acted: its id and its name at that time, and no secret.
type Via struct {
	Token request.TokenID `json:"token"`
	Name  string          `json:"name"`
}

// Payload is the Data of the event, in the type that the constant of its Type declares:
// an event.Grant for event.GrantActive. For an event that this release does not know, the
// error wraps event.ErrUnknown.
func (e Event) Payload() (any, error) { return event.Decode(e.Type, e.Data) }

// Subject names a record: its kind, a slash, and its id.
type Subject string

// Emit adds an event to the change.
func (c *Change) Emit(e Event) {
	if c.token.ID != "" && e.By == c.token.Actor {
		e.Via = Via{c.token.ID, c.token.Name}
	}
	c.about = append(c.about, e.About...)
	if !slices.Contains(c.by, e.By) {
		c.by = append(c.by, e.By)
	}
	Events.Insert(c, e)
}

// Events are the kind of all events.
var Events = Kind[string, Event]{
	Name: "events",
	Of: func(e Event) string {
		if e.Number == 0 {
			return ""
		}
		return OrderNumber(e.Number)
	},
	Indexes: []Indexed[Event]{EventsOf, EventsAbout},
	Quiet:   true,
}

// The orders in which events are found.
var (
	EventsOf = Index[request.ID, Event]{Kind: "events", Name: "request",
		Values: func(e Event) []request.ID { return Only(e.Request, e.Request != "") },
		Order:  func(e Event) string { return OrderNumber(int64(e.Seq)) }}

	// EventsAbout leaves out the records that have the id of the event's request: the
	// request itself, its review, its grant. EventsOf finds all that is said of those.
	EventsAbout = Index[Subject, Event]{Kind: "events", Name: "about",
		Values: func(e Event) []Subject { return slices.DeleteFunc(slices.Clone(e.About), e.isOfRequest) },
		Order:  func(e Event) string { return OrderTime(e.At) + OrderNumber(int64(e.Seq)) }}
)

// isOfRequest reports whether a subject has the id of the event's request.
func (e Event) isOfRequest(s Subject) bool {
	_, id, _ := strings.Cut(string(s), "/")
	return e.Request != "" && id == string(e.Request)
}

// Only returns the values of an Index that finds some of its records only: v if the
// record is one of them, and nil if not.
func Only[V any](v V, holds bool) []V {
	if !holds {
		return nil
	}
	return []V{v}
}

// TakeNumber notes the place of the event in the log.
func (e *Event) TakeNumber(n int64) { e.Number = n }

// EventsAfter reads the log from the event after a number on.
func EventsAfter(ctx context.Context, s Store, number int64, limit int) ([]Stored[Event], error) {
	return Events.All(ctx, s, OrderNumber(number), limit)
}

// EachEvent calls f with every event of the log, page by page, until f returns an error.
func EachEvent(ctx context.Context, s Store, f func(Event) error) error {
	for last := int64(0); ; {
		page, err := EventsAfter(ctx, s, last, MaxPage)
		if err != nil {
			return err
		}
		for _, e := range page {
			if err := f(e.Value); err != nil {
				return err
			}
			last = e.Value.Number
		}
		if len(page) < MaxPage {
			return nil
		}
	}
}

// LastNumber is the number of the newest event; 0 where there is none.
func LastNumber(ctx context.Context, s Store) (int64, error) {
	newest, err := page[Event](ctx, s, Query{Kind: Events.Name, Descending: true, Limit: 1})
	if err != nil || len(newest) == 0 {
		return 0, err
	}
	return newest[0].Value.Number, nil
}

// Kind is the kind of the record that the subject names.
func (s Subject) Kind() string {
	kind, _, _ := strings.Cut(string(s), "/")
	return kind
}
