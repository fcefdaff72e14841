package storetest

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/store"
)

type (
	lampID string
	room   string
)

type light struct {
	ID     lampID    `json:"id"`
	Serial string    `json:"serial"`
	Rooms  []room    `json:"rooms,omitempty"`
	Bought time.Time `json:"bought"`
	Watts  any       `json:"watts,omitempty"`
}

// lamps are audited: a change of one needs an event.
var lamps = store.Kind[lampID, light]{
	Name:    kind,
	Of:      func(l light) lampID { return l.ID },
	Unique:  func(l light) []store.Unique { return []store.Unique{{Name: "serial", Value: l.Serial}} },
	Indexes: []store.Indexed[light]{lampsIn, lampsBought},
}

var (
	lampsIn = store.Index[room, light]{Kind: kind, Name: "room", Values: func(l light) []room { return l.Rooms }}

	lampsBought = store.Index[string, light]{Kind: kind, Name: "bought",
		Values: func(light) []string { return []string{"all"} },
		Order:  func(l light) string { return store.OrderTime(l.Bought) }}
)

func bought(id lampID, day int, rooms ...room) light {
	return light{ID: id, Serial: "s" + string(id), Rooms: rooms, Bought: time.Date(2031, 5, day, 0, 0, 0, 0, time.UTC)}
}

func spoken(id string, about ...store.Subject) store.Event {
	return store.Event{ID: id, Type: "lamp.changed", At: time.Date(2031, 6, 1, 0, 0, 0, 0, time.UTC), By: "eve@example.com", About: about}
}

func typed(t *testing.T, s store.Store) {
	var c store.Change
	for _, l := range []light{bought("a", 3, "attic", "hall"), bought("b", 1, "attic"), bought("c", 2)} {
		lamps.Insert(&c, l)
		c.Emit(spoken("e"+string(l.ID), lamps.Subject(l.ID)))
	}
	commit(t, s, c)
	same(t, []light{bought("b", 1, "attic"), bought("c", 2), bought("a", 3, "attic", "hall")}, values(t)(lampsBought.Find(t.Context(), s, "all", store.Position{}, 0)))
	same(t, []light{bought("a", 3, "attic", "hall"), bought("b", 1, "attic")}, values(t)(lampsIn.Find(t.Context(), s, "attic", store.Position{}, 10)))
	same(t, []light{bought("a", 3, "attic", "hall")}, values(t)(lampsBought.Newest(t.Context(), s, "all", store.Position{}, 1)))
	same(t, []light{bought("b", 1, "attic"), bought("c", 2)}, values(t)(lamps.All(t.Context(), s, "a", 10)))

	read, err := lamps.Get(t.Context(), s, "a")
	if err != nil {
		t.Fatal(err)
	}
	var move store.Change
	lamps.Update(&move, read, bought("a", 3, "cellar"))
	move.Emit(spoken("moved", lamps.Subject("a")))
	commit(t, s, move)
	if err := move.Commit(t.Context(), s); !errors.Is(err, store.ErrConflict) {
		t.Errorf("the same change again: got %v, want ErrConflict", err)
	}
	same(t, []light(nil), values(t)(lampsIn.Find(t.Context(), s, "hall", store.Position{}, 0)))
	about, err := store.EventsAbout.Find(t.Context(), s, lamps.Subject("a"), store.Position{}, 0)
	if err != nil || len(about) != 2 {
		t.Errorf("%d events speak of a, %v; want 2", len(about), err)
	}
	typedDelete(t, s)
}

func typedDelete(t *testing.T, s store.Store) {
	read, err := lamps.Get(t.Context(), s, "a")
	if err != nil {
		t.Fatal(err)
	}
	same(t, int64(2), read.Version)
	var c store.Change
	lamps.Delete(&c, read)
	c.Emit(spoken("deleted", lamps.Subject("a")))
	commit(t, s, c)
	if _, err := lamps.Get(t.Context(), s, "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

// values are what was read, without versions and positions.
func values(t *testing.T) func([]store.Stored[light], error) []light {
	return func(stored []store.Stored[light], err error) []light {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		var all []light
		for _, s := range stored {
			all = append(all, s.Value)
		}
		return all
	}
}

func commit(t *testing.T, s store.Store, c store.Change) {
	t.Helper()
	if err := c.Commit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

func changeRefused(t *testing.T, s store.Store) {
	var c store.Change
	lamps.Insert(&c, bought("a", 1, "attic"))
	c.Emit(spoken("e", lamps.Subject("a")))
	commit(t, s, c)
	read, err := lamps.Get(t.Context(), s, "a")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		make func(*store.Change)
	}{
		{"a silent insert", func(c *store.Change) { lamps.Insert(c, bought("b", 1)) }},
		{"a silent update", func(c *store.Change) { lamps.Update(c, read, bought("a", 2)) }},
		{"a silent delete", func(c *store.Change) { lamps.Delete(c, read) }},
		{"an event about another", func(c *store.Change) { lamps.Update(c, read, bought("a", 2)); c.Emit(spoken("f", "lamps/b")) }},
		{"one record twice", func(c *store.Change) {
			lamps.Update(c, read, bought("a", 2))
			lamps.Delete(c, read)
			c.Emit(spoken("f", lamps.Subject("a")))
		}},
		{"another id", func(c *store.Change) { lamps.Update(c, read, bought("b", 2)); c.Emit(spoken("f", lamps.Subject("a"))) }},
		{"too large", func(c *store.Change) {
			for i := range store.MaxWrites + 1 {
				c.Emit(spoken(numbered("", i)))
			}
		}},
		{"a value without a JSON form", func(c *store.Change) {
			lamps.Insert(c, light{ID: "b", Watts: func() {}})
			c.Emit(spoken("f", lamps.Subject("b")))
		}},
		{"a NUL", func(c *store.Change) {
			lamps.Insert(c, light{ID: "b", Serial: "\x00"})
			c.Emit(spoken("f", lamps.Subject("b")))
		}},
		{"an event with a NUL", func(c *store.Change) { e := spoken("f"); e.Data = json.RawMessage(`"\u0000"`); c.Emit(e) }},
		{"a long id", func(c *store.Change) {
			long := lampID(strings.Repeat("x", store.MaxKeyBytes+1))
			lamps.Insert(c, light{ID: long})
			c.Emit(spoken("f", lamps.Subject(long)))
		}},
	} {
		var c store.Change
		tt.make(&c)
		if err := c.Commit(t.Context(), s); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", tt.name, err)
		}
	}
	same(t, []light{bought("a", 1, "attic")}, values(t)(lamps.All(t.Context(), s, "", 0)))
	same(t, 1, len(values(t)(lampsIn.Find(t.Context(), s, "attic", store.Position{}, 0))))
	events, err := store.Events.All(t.Context(), s, "", 0)
	if err != nil || len(events) != 1 {
		t.Errorf("there are %d events, %v; want 1", len(events), err)
	}
}
