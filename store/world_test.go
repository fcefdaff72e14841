package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/grantwright/grantwright/store"
)

var start = time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)

// note is a record that needs no event.
type note struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

var notes = store.Kind[string, note]{Name: "notes", Of: func(n note) string { return n.ID }, Quiet: true, Indexes: []store.Indexed[note]{notesByText}}

var notesByText = store.Index[string, note]{Kind: "notes", Name: "text", Values: func(n note) []string { return []string{n.Text} }}

func noting(id, text string) store.Change {
	var c store.Change
	notes.Insert(&c, note{id, text})
	return c
}

func texts(t *testing.T, s store.Store) []string {
	t.Helper()
	all, err := notes.All(t.Context(), s, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, n := range all {
		texts = append(texts, n.Value.ID+" "+n.Value.Text)
	}
	return texts
}

func commit(t *testing.T, s store.Store, c store.Change) {
	t.Helper()
	if err := c.Commit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

// ring rings a task, against others who do so too.
func ring(ctx context.Context, s store.Store, id store.TaskID, at time.Time) error {
	for {
		var c store.Change
		err := store.Ring(ctx, s, &c, id, at)
		if err == nil {
			err = c.Commit(ctx, s)
		}
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
}

func mustRing(t *testing.T, s store.Store, id store.TaskID, at time.Time) {
	t.Helper()
	if err := ring(t.Context(), s, id, at); err != nil {
		t.Fatal(err)
	}
}

func task(t *testing.T, s store.Store, id store.TaskID) store.Task {
	t.Helper()
	read, err := store.Tasks.Get(t.Context(), s, id)
	if err != nil {
		t.Fatal(err)
	}
	return read.Value
}

func same(t *testing.T, name string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: (-want +got)\n%s", name, diff)
	}
}
