package tests

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// TestSessionsOfOnePersonAreBounded opens more than there may be: the oldest end.
func TestSessionsOfOnePersonAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const most, more = 50, 3
	for i := range most + more {
		w.clock.Move(time.Second)
		_, err := w.Sessions().Open(t.Context(), fmt.Sprint("token ", i), request.Session{Identity: eve, Idle: time.Hour, Most: 2 * time.Hour})
		must(t, err)
	}
	all, err := w.Sessions().Of(t.Context(), eve, eve.Person())
	must(t, err)
	if len(all) != most || !all[0].Begun.After(all[1].Begun) {
		t.Errorf("there are %d sessions, want %d, the newest first", len(all), most)
	}
	for i, want := range map[int]bool{0: false, more - 1: false, more: true, most + more - 1: true} {
		if _, err := w.Sessions().Find(t.Context(), fmt.Sprint("token ", i)); (err == nil) != want || err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("session %d: %v, want it there: %v", i, err, want)
		}
	}
	if _, err := w.Sessions().Of(t.Context(), frank, eve.Person()); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("frank lists the sessions of eve: %v", err)
	}
	if err := w.Sessions().End(t.Context(), frank, all[0].ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("frank ends a session of eve: %v", err)
	}
}

// TestWhatIsKeptIsTakenOnce has many take the same.
func TestWhatIsKeptIsTakenOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, sessions := t.Context(), w.Sessions()
	must(t, sessions.Keep(ctx, "secret", json.RawMessage(`{"a":1}`), time.Minute))
	nobodyThere := request.Provider{Issuer: "https://id.example.com", Subject: "nobody"}
	var takers sync.WaitGroup
	var taken, spent atomic.Int32
	for range 8 {
		takers.Go(func() {
			if _, err := sessions.Take(ctx, "secret"); err == nil {
				taken.Add(1)
			} else if !errors.Is(err, store.ErrNotFound) {
				t.Error(err)
			}
		})
		takers.Go(func() {
			if _, err := sessions.CloseUnder(ctx, nobodyThere, "token", time.Minute); err == nil {
				spent.Add(1)
			} else if !errors.Is(err, store.ErrState) {
				t.Error(err)
			}
		})
	}
	takers.Wait()
	if taken.Load() != 1 || spent.Load() != 1 {
		t.Errorf("it was taken %d times and spent %d times", taken.Load(), spent.Load())
	}
	must(t, sessions.Keep(ctx, "late", nil, time.Minute))
	w.clock.Move(time.Minute)
	if _, err := sessions.Take(ctx, "late"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("what is over is taken: %v", err)
	}
	must(t, justErr(sessions.CloseUnder(ctx, nobodyThere, "token", time.Minute))) // that time is over
}
