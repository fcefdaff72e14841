// Package event names every event and the Go type of its payload.
//
// A change and its event are committed together (store.Event). An event's payload is
// stored as JSON. Each event is declared once, as a constant that carries its name and,
// in its type, the type of its payload: the engine can emit an event only with the
// payload that belongs to it, and whoever reads the log decodes it into the same type.
// Readers should expect events that they do not know: a newer release may have written
// them.
package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Name says what happened, such as "request.created".
type Name string

// Type is an event by its name, with a payload of type P.
type Type[P any] string

// Name is the event's name, as the log has it.
func (t Type[P]) Name() Name { return Name(t) }

// With is the event with its payload.
func (t Type[P]) With(payload P) Event { return Event{t.Name(), payload} }

// Bare is the event without a payload. Decode reads it as the zero P.
func (t Type[P]) Bare() Event { return Event{t.Name(), nil} }

// Decode reads the payload of the event. A payload that was left out is the zero P.
func (t Type[P]) Decode(data []byte) (P, error) {
	var payload P
	if len(data) == 0 {
		return payload, nil
	}
	if err := json.Unmarshal(data, &payload); err != nil {
		return *new(P), fmt.Errorf("event: payload of %s: %w", t, err)
	}
	return payload, nil
}

func (t Type[P]) decode(data []byte) (any, error) {
	payload, err := t.Decode(data)
	if err != nil {
		return nil, err
	}
	return payload, nil
}

// Event is an event that has happened: its name and its payload. Only Type makes one
// with a payload, so that the two fit together.
type Event struct {
	name    Name
	payload any
}

// Name says what happened.
func (e Event) Name() Name { return e.name }

// Encode writes the payload as it is stored: nil where there is none.
func (e Event) Encode() (json.RawMessage, error) {
	if e.payload == nil {
		return nil, nil
	}
	return json.Marshal(e.payload)
}

// ErrUnknown is wrapped by Decode for a name that this release does not know.
var ErrUnknown = errors.New("event: unknown name")

// declared is a Type of any payload.
type declared interface {
	Name() Name
	decode(data []byte) (any, error)
}

// Names lists the names of all events, sorted.
func Names() []Name {
	names := make([]Name, len(all))
	for i, t := range all {
		names[i] = t.Name()
	}
	slices.Sort(names)
	return names
}

// Decode reads the payload of a named event into the type that its constant declares,
// such as Grant for GrantActive. For a name that is not known it returns an error that
// wraps ErrUnknown.
func Decode(name Name, data []byte) (any, error) {
	i := slices.IndexFunc(all, func(t declared) bool { return t.Name() == name })
	if i < 0 {
		return nil, fmt.Errorf("%w: %q", ErrUnknown, name)
	}
	return all[i].decode(data)
}
