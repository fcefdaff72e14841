package journal

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// CommitTries is how often a decision is repeated that lost against another.
const CommitTries = 50

// Change reads, decides and commits, and repeats that if someone else was
// faster: decide must read anew each time, and must not act on anything outside.
func (j *Journal) Change(ctx context.Context, decide func(c *store.Change) error) error {
	err := j.Commit(ctx, decide)
	if err == nil {
		store.AfterCommit(ctx, j.Committed)
	}
	return err
}

// Commit is Change for records that bring no event, and for which nobody waits.
func (j *Journal) Commit(ctx context.Context, decide func(c *store.Change) error) error {
	var err error
	for try := range CommitTries {
		if err = pause(ctx, try); err != nil {
			return err
		}
		err = j.try(ctx, try, decide)
		if stale := (*manifest.StaleError)(nil); !errors.Is(err, store.ErrConflict) || errors.As(err, &stale) {
			break
		}
	}
	return err
}

// queued is the try from which on those who lose against each other take turns.
const queued = 3

func (j *Journal) try(ctx context.Context, try int, decide func(c *store.Change) error) error {
	if try >= queued {
		select {
		case <-j.losers:
			defer func() { j.losers <- struct{}{} }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if try > 0 {
		snapshot.Forget(ctx)
	}
	var c store.Change
	if t, is := request.TokenIn(ctx); is {
		c.Through(t)
	}
	err := decide(&c)
	if err == nil {
		err = j.May(ctx, c.By())
	}
	o, _ := ctx.Value(onceKey{}).(*once)
	begins := o != nil && !o.committed.Load()
	if err == nil && begins {
		err = o.begin(ctx, j.Store, &c)
	}
	if err != nil {
		return err
	}
	err = c.Commit(ctx, j.Store)
	if err == nil && begins {
		o.committed.Store(true)
	}
	return err
}

// CommitOnce commits a change that was decided on records already read. Where another
// commit was faster the error wraps store.ErrConflict, and the caller reads again.
func (j *Journal) CommitOnce(ctx context.Context, c *store.Change) error {
	return c.Commit(ctx, j.Store)
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

// Committed wakes those who wait for changes, and announces new events in the
// background.
func (j *Journal) Committed() {
	j.Changes.Send()
	j.Emitted()
	select {
	case <-j.announcing:
	default:
		return // the goroutine that announces events sees the new ones too
	}
	j.Background(func(ctx context.Context) {
		j.gather()
		ctx, cancel := context.WithTimeout(ctx, j.Timeout)
		defer cancel()
		// The token goes back first: each later commit then starts another round.
		j.announcing <- struct{}{}
		if err := j.AnnounceEvents(ctx); err != nil {
			j.Logger.WarnContext(ctx, "readers of the log are told later", "error", err)
		}
	})
}

// gather waits a little in a process that runs, so that one announcement is for many
// events.
func (j *Journal) gather() {
	if j.Running.Load() == 0 {
		return
	}
	timer := time.NewTimer(announceGap)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-j.closing:
	}
}

// Emit adds an event to a change. If it belongs to a request, the request counts it:
// the request must be written in the same change.
func (j *Journal) Emit(c *store.Change, happened event.Event, by request.PersonID, req *request.Request, about ...store.Subject) {
	ev := store.Event{ID: j.NewID(), Type: happened.Name(), At: j.Now(), By: by, About: about}
	if req != nil {
		req.Events++
		ev.Request, ev.Seq = req.ID, req.Events
		if ev.At.Before(req.Touched) { // the clocks of two processes may disagree
			ev.At = req.Touched
		}
		req.Touched = ev.At
		ev.About = append(ev.About, records.Requests.Subject(req.ID))
	}
	var err error
	if ev.Data, err = happened.Encode(); err != nil {
		c.Refuse(err)
		return
	}
	c.Emit(ev)
}

// Signal wakes any number of waiting goroutines when something has changed. The zero
// Signal is ready.
type Signal struct {
	mu sync.Mutex
	ch chan struct{}
}

// Next returns a channel that the next Send closes.
func (s *Signal) Next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch == nil {
		s.ch = make(chan struct{})
	}
	return s.ch
}

// Send wakes all who wait.
func (s *Signal) Send() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch != nil {
		close(s.ch)
		s.ch = nil
	}
}
