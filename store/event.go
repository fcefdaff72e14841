package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
)

// Event says what was changed, by whom and when. It is committed with the change
// itself. Its Number in the log it gets afterwards: numbers have no holes, and
// what has one is visible to every reader, so that a reader who has seen number
// n never finds a smaller one that is new.
type Event struct {
	ID     string           `json:"id"`
	Number int64            `json:"number,omitempty"` // place in the log, from 1; zero until placed
	Type   event.Name       `json:"type"`
	At     time.Time        `json:"at"` // within a request it never runs backwards, whatever clocks say
	By     request.PersonID `json:"by"` // who did it; SystemID for what the engine did by itself

	Request request.ID `json:"request,omitempty"` // the request that it belongs to, if any
	Seq     int        `json:"seq,omitempty"`     // its number within the request, from 1

	About []Subject       `json:"about"` // every audited record that was changed
	Data  json.RawMessage `json:"data,omitempty"`
}

// Payload is the Data of the event, in the type that the constant of its Type declares:
// an event.Grant for event.GrantActive. For an event that this release does not know, the
// error wraps event.ErrUnknown.
func (e Event) Payload() (any, error) { return event.Decode(e.Type, e.Data) }

// Subject names a record: its kind, a slash, and its id.
type Subject string

// Emit adds an event to the change.
func (c *Change) Emit(e Event) {
	c.about = append(c.about, e.About...)
	if !slices.Contains(c.by, e.By) {
		c.by = append(c.by, e.By)
	}
	Events.Insert(c, e)
}

// Events are the kind of all events.
var Events = Kind[string, Event]{
	Name: "events",
	Of:   func(e Event) string { return e.ID },
	Unique: func(e Event) []Unique {
		if e.Request == "" {
			return nil
		}
		return []Unique{{"seq", string(e.Request) + "/" + OrderNumber(int64(e.Seq))}}
	},
	Indexes: []Indexed[Event]{EventLog, EventsUnplaced, EventsOf, EventsAbout},
	Quiet:   true,
}

// The orders in which events are found.
var (
	EventLog = Index[string, Event]{Kind: "events", Name: "log",
		Values: func(e Event) []string { return Only("all", e.Number > 0) },
		Order:  func(e Event) string { return OrderNumber(e.Number) }}

	EventsUnplaced = Index[string, Event]{Kind: "events", Name: "unplaced",
		Values: func(e Event) []string { return Only("all", e.Number == 0) },
		Order:  func(e Event) string { return OrderTime(e.At) + OrderNumber(int64(e.Seq)) }}

	EventsOf = Index[request.ID, Event]{Kind: "events", Name: "request",
		Values: func(e Event) []request.ID { return Only(e.Request, e.Request != "") },
		Order:  func(e Event) string { return OrderNumber(int64(e.Seq)) }}

	EventsAbout = Index[Subject, Event]{Kind: "events", Name: "about",
		Values: func(e Event) []Subject { return e.About },
		Order:  func(e Event) string { return OrderTime(e.At) + OrderNumber(int64(e.Seq)) }}
)

// Only returns the values of an Index that finds some of its records only: v if the
// record is one of them, and nil if not.
func Only[V any](v V, holds bool) []V {
	if !holds {
		return nil
	}
	return []V{v}
}

// logHead holds the last number that was given.
type logHead struct {
	Last int64 `json:"last"`
}

var logHeads = Kind[string, logHead]{Name: "log", Of: func(logHead) string { return "head" }, Quiet: true}

// placed is how many events one commit places: each is a write, and the head is one.
const placed = MaxWrites - 1

// PlaceEvents gives every committed event its number. Any number of processes may call it
// at once: the head of the log is swapped in the same commit as the numbers, so
// that one of them wins and the others look again.
func PlaceEvents(ctx context.Context, s Store) error {
	for {
		more, err := placeSome(ctx, s)
		if err != nil && !errors.Is(err, ErrConflict) {
			return fmt.Errorf("store: placing events: %w", err)
		}
		if err == nil && !more {
			return nil
		}
	}
}

// LastNumber is the number of the newest event that has its place in the log.
func LastNumber(ctx context.Context, s Store) (int64, error) {
	heads, err := logHeads.Some(ctx, s, "head")
	if err != nil || len(heads) == 0 {
		return 0, err
	}
	return heads[0].Value.Last, nil
}

func placeSome(ctx context.Context, s Store) (more bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	// The head is read first: whoever places anything in between changes it.
	var head Stored[logHead]
	heads, err := logHeads.Some(ctx, s, "head")
	if err != nil {
		return false, err
	}
	if len(heads) > 0 {
		head = heads[0]
	}
	events, err := EventsUnplaced.Find(ctx, s, "all", Position{}, placed)
	if err != nil || len(events) == 0 {
		return false, err
	}
	var c Change
	for i, e := range events {
		e.Value.Number = head.Value.Last + int64(i) + 1
		Events.Update(&c, e, e.Value)
	}
	logHeads.put(&c, head.Version, logHead{Last: head.Value.Last + int64(len(events))})
	return len(events) == placed, c.Commit(ctx, s)
}

// Kind is the kind of the record that the subject names.
func (s Subject) Kind() string {
	kind, _, _ := strings.Cut(string(s), "/")
	return kind
}
