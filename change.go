package grantwright

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// commitTries is how often a decision is repeated that lost against another.
const commitTries = 50

// change reads, decides and commits, and repeats that if someone else was
// faster: decide must read anew each time, and must not act on anything outside.
func (e *Engine) change(ctx context.Context, decide func(c *store.Change) error) error {
	err := e.commit(ctx, decide)
	if err == nil {
		e.committed()
	}
	return err
}

// commit is change for what brings no event, and nobody waits for.
func (e *Engine) commit(ctx context.Context, decide func(c *store.Change) error) error {
	var err error
	for try := range commitTries {
		if err = pause(ctx, try); err != nil {
			return err
		}
		var c store.Change
		if err = decide(&c); err == nil {
			err = e.may(ctx, c.By())
		}
		if err == nil {
			err = c.Commit(ctx, e.config.Store)
		}
		if stale := (*StaleError)(nil); !errors.Is(err, store.ErrConflict) || errors.As(err, &stale) {
			break
		}
	}
	return err
}

// pause lets others finish before another try: not at all before the first, then
// for longer and longer, at random.
func pause(ctx context.Context, try int) error {
	if try == 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(rand.N(time.Millisecond << min(try, 6)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// committed tells those who wait for changes, and gives new events their place.
func (e *Engine) committed() {
	e.changes.send()
	select {
	case <-e.placing:
	default:
		return // whoever is at it will see them
	}
	e.beside(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, e.config.PlatformTimeout)
		defer cancel()
		// The token goes back first: what is committed from then on calls again.
		e.placing <- struct{}{}
		if err := e.place(ctx); err != nil {
			e.config.Logger.Warn("events wait for their place in the log", "error", err)
		}
	})
}

// tell adds an event to a change. If it belongs to a request, the request counts
// it: it must be written in the same change.
func (e *Engine) tell(c *store.Change, happened event.Event, by request.PersonID, req *request.Request, about ...store.Subject) {
	ev := store.Event{ID: e.config.NewID(), Type: happened.Name(), At: e.now(), By: by, About: about}
	if req != nil {
		req.Events++
		ev.Request, ev.Seq = req.ID, req.Events
		if ev.At.Before(req.Touched) { // the clocks of two processes may disagree
			ev.At = req.Touched
		}
		req.Touched = ev.At
		ev.About = append(ev.About, store.Requests.Subject(req.ID))
	}
	var err error
	if ev.Data, err = happened.Encode(); err != nil {
		c.Refuse(err)
		return
	}
	c.Emit(ev)
}

// signal tells any number of waiting goroutines that something has changed. The
// zero signal is ready.
type signal struct {
	mu sync.Mutex
	ch chan struct{}
}

// next returns a channel that the next send closes.
func (s *signal) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch == nil {
		s.ch = make(chan struct{})
	}
	return s.ch
}

func (s *signal) send() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch != nil {
		close(s.ch)
		s.ch = nil
	}
}
