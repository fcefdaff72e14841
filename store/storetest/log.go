package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// perRequest is how many events each request of the log test has.
const perRequest = 12

// logWithoutHoles commits events of several requests at once, and reads the log
// meanwhile from others.
func logWithoutHoles(t *testing.T, s store.Store) {
	ctx, done := context.WithCancel(t.Context())
	watched := make(chan error, 2)
	for range cap(watched) {
		go func() { watched <- watch(ctx, s) }()
	}
	errs := together(t.Context(), writers, func(ctx context.Context, i int) error {
		for seq := 1; seq <= perRequest; seq++ {
			if err := emit(ctx, s, i, seq); err != nil {
				return err
			}
		}
		return nil
	})
	done()
	for range cap(watched) {
		if err := <-watched; err != nil {
			t.Error(err)
		}
	}
	same(t, make([]error, writers), errs)
	checkLog(t, s, writers*perRequest)
}

// emit commits one event of a request. The clocks of its writers disagree: later
// events may have earlier times.
func emit(ctx context.Context, s store.Store, of, seq int) error {
	at := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(seq/3) * time.Second)
	var c store.Change
	c.Emit(store.Event{ID: fmt.Sprintf("%d/%d", of, seq), Type: "lamp.changed", At: at, By: request.SystemID,
		Request: request.ID(numbered("r", of)), Seq: seq})
	for {
		if err := c.Commit(ctx, s); !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
}

// watch reads the log from the start again and again: what was read once must
// stand first in every later reading, unchanged.
func watch(ctx context.Context, s store.Store) error {
	var seen []string
	for {
		page, err := store.EventsAfter(ctx, s, 0, store.MaxPage)
		if errors.Is(err, context.Canceled) {
			return nil
		}
		if err != nil {
			return err
		}
		for i, e := range page {
			if e.Value.Number != int64(i+1) {
				return fmt.Errorf("in place %d of the log stands number %d", i+1, e.Value.Number)
			}
			if i < len(seen) && seen[i] != e.Value.ID {
				return fmt.Errorf("number %d was %s and is %s", i+1, seen[i], e.Value.ID)
			}
			if i >= len(seen) {
				seen = append(seen, e.Value.ID)
			}
		}
		if len(page) < len(seen) {
			return fmt.Errorf("the log had %d events and has %d", len(seen), len(page))
		}
	}
}

// checkLog reads the whole log: every number once, in each request in order.
func checkLog(t *testing.T, s store.Store, want int) {
	t.Helper()
	last := map[request.ID]int{}
	number := int64(0)
	err := store.EachEvent(t.Context(), s, func(e store.Event) error {
		if number++; e.Number != number {
			return fmt.Errorf("number %d follows %d", e.Number, number-1)
		}
		if e.Seq != last[e.Request]+1 {
			return fmt.Errorf("number %d is event %d of %s, after event %d", number, e.Seq, e.Request, last[e.Request])
		}
		last[e.Request]++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, int64(want), number)
	newest, err := store.LastNumber(t.Context(), s)
	if err != nil || newest != number {
		t.Errorf("the last number is %d, %v; want %d", newest, err, number)
	}
}

// logOfManyPages has more events than one page holds.
func logOfManyPages(t *testing.T, s store.Store) {
	const of, each = 3, 400
	for i := range of {
		var c store.Change
		for seq := 1; seq <= each; seq++ {
			c.Emit(store.Event{ID: fmt.Sprintf("%d/%d", i, seq), At: time.Unix(int64(seq), 0), Request: request.ID(numbered("r", i)), Seq: seq})
		}
		commit(t, s, c)
	}
	checkLog(t, s, of*each)
}
