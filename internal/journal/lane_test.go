package journal_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/store"
)

const taskID store.TaskID = "work/here"

// lane is some work in a lane, with the number of its steps.
type lane struct {
	*journal.Journal
	memory *store.Memory
	steps  atomic.Int64
	step   func(n int64) (store.Step, error) // may be nil
}

func newLane(t *testing.T, running int32) *lane {
	t.Helper()
	l := &lane{memory: new(store.Memory)}
	l.Journal = journal.New(l.memory)
	l.Logger, l.Clock = slog.New(slog.DiscardHandler), time.Now
	l.Worker.Store = l.Store
	l.Running.Store(running)
	t.Cleanup(l.Close)
	return l
}

func (l *lane) work() journal.Work {
	return journal.Work{Task: taskID, Worker: &l.Worker, Linger: time.Hour, Step: func(context.Context, store.Task) (store.Step, error) {
		n := l.steps.Add(1)
		if l.step == nil {
			return store.Step{}, nil
		}
		return l.step(n)
	}}
}

func (l *lane) holder(t *testing.T) string {
	t.Helper()
	found, err := store.Tasks.Some(t.Context(), l.memory, taskID)
	if err != nil || len(found) == 0 {
		return ""
	}
	return found[0].Value.Holder
}

// Whoever rouses a lane that lingers has its work done under the same lease.
func TestLaneLingers(t *testing.T) {
	t.Parallel()
	l := newLane(t, 1)
	l.Rouse(l.work())
	enginetest.Until(t, "the first step", func() bool { return l.steps.Load() == 1 })
	first := l.holder(t)
	l.Rouse(l.work())
	enginetest.Until(t, "the second step", func() bool { return l.steps.Load() == 2 })
	if now := l.holder(t); first == "" || now != first {
		t.Errorf("the lease was %q, and is %q", first, now)
	}
	if err := l.CatchUp(t.Context(), l.work()); err != nil {
		t.Error(err)
	}
	if n, holder := l.steps.Load(), l.holder(t); n < 3 || holder != "" {
		t.Errorf("after catching up: %d steps, held by %q", n, holder)
	}
}

// A closed engine does not linger, nor one that works only when it is told to.
func TestLaneDoesNotLinger(t *testing.T) {
	t.Parallel()
	l := newLane(t, 1)
	l.Rouse(l.work())
	enginetest.Until(t, "the first step", func() bool { return l.steps.Load() == 1 })
	l.Close()
	if holder := l.holder(t); holder != "" {
		t.Errorf("after the end it is held by %q", holder)
	}
	told := newLane(t, 0)
	told.Rouse(told.work())
	enginetest.Until(t, "the lease is given back", func() bool { return told.steps.Load() == 1 && told.holder(t) == "" })
}

// What comes during a step is seen by another one.
func TestLaneLooksAgain(t *testing.T) {
	t.Parallel()
	l := newLane(t, 0)
	l.step = func(n int64) (store.Step, error) {
		if n == 1 {
			l.Rouse(l.work())
		}
		return store.Step{}, nil
	}
	if err := l.CatchUp(t.Context(), l.work()); err != nil || l.steps.Load() != 2 {
		t.Errorf("%d steps, %v", l.steps.Load(), err)
	}
}

// Who rouses a lane after it has found others at work, who have ended since, has the work
// done.
func TestLaneLooksAgainAfterOthers(t *testing.T) {
	t.Parallel()
	l := newLane(t, 0)
	others := &store.Worker{Store: l.memory}
	at, leave, left := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		left <- others.Keep(t.Context(), taskID, func(context.Context, store.Task) (store.Step, error) {
			close(at)
			<-leave
			return store.Step{}, nil
		})
	}()
	<-at
	l.Worker.Store = &enginetest.Meanwhile{Store: l.memory, Do: func() {
		close(leave)
		if err := <-left; err != nil {
			t.Error(err)
		}
		l.Rouse(l.work())
	}}
	l.Rouse(l.work())
	enginetest.Until(t, "the step", func() bool { return l.steps.Load() > 0 })
}

// A step that fails ends the lane, with its error for whoever waits.
func TestLaneFails(t *testing.T) {
	t.Parallel()
	l := newLane(t, 1)
	broken := errors.New("broken")
	l.step = func(int64) (store.Step, error) { return store.Step{}, broken }
	if err := l.CatchUp(t.Context(), l.work()); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if holder := l.holder(t); holder != "" {
		t.Errorf("held by %q", holder)
	}
}
