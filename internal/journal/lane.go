package journal

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/grantwright/grantwright/store"
)

// Lanes are the tasks that this process works on by itself, without being called for by
// the clock. In a lane one step follows the other under one lease; a lane that has caught
// up lingers, so that what comes soon needs no lease of its own.
type Lanes struct {
	mu   sync.Mutex
	open map[store.TaskID]*lane
}

// lane is the work on one task.
type lane struct {
	work  Work
	again chan struct{} // holds a token where there may be something new
	leave chan struct{} // closed when somebody waits for the end
	once  sync.Once
	done  chan struct{}
	err   error

	last bool // nothing has come for long: the next step is the last, unless it finds something
}

// Work is what is done in a lane.
type Work struct {
	Task   store.TaskID
	Worker *store.Worker
	Linger time.Duration // that a lane waits for more
	Gap    time.Duration // between two steps, unless a step says that there is more

	// Step does a part, as in Worker.Keep: More says that it has not caught up.
	Step func(ctx context.Context, t store.Task) (store.Step, error)
}

// Rouse has a lane look for something new, and opens it in the background if it is not
// open.
func (j *Journal) Rouse(w Work) {
	l, opened := j.enter(w, false)
	if !opened {
		return
	}
	j.Background(func(ctx context.Context) {
		if err := j.run(ctx, l); err != nil && !errors.Is(err, store.ErrConflict) {
			j.Logger.WarnContext(ctx, "it is tried again later", "task", w.Task, "error", err)
		}
	})
}

// CatchUp is Rouse, and waits until the lane has caught up and given its lease back.
// Where another process works on the task the error wraps store.ErrConflict.
func (j *Journal) CatchUp(ctx context.Context, w Work) error {
	l, opened := j.enter(w, true)
	if opened {
		return j.run(ctx, l)
	}
	select {
	case <-l.done:
		return l.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// InLane reports whether this process has a lane open for a task.
func (j *Journal) InLane(id store.TaskID) bool {
	j.lanes.mu.Lock()
	defer j.lanes.mu.Unlock()
	_, is := j.lanes.open[id]
	return is
}

func (j *Journal) enter(w Work, leave bool) (l *lane, opened bool) {
	j.lanes.mu.Lock()
	defer j.lanes.mu.Unlock()
	l, is := j.lanes.open[w.Task]
	if !is {
		l = &lane{work: w, again: make(chan struct{}, 1), leave: make(chan struct{}), done: make(chan struct{})}
		if j.lanes.open == nil {
			j.lanes.open = map[store.TaskID]*lane{}
		}
		j.lanes.open[w.Task] = l
	}
	l.rouse()
	if leave {
		l.once.Do(func() { close(l.leave) })
	}
	return l, !is
}

func (l *lane) rouse() {
	select {
	case l.again <- struct{}{}:
	default:
	}
}

// run keeps the lane open until nothing is to be done any more.
func (j *Journal) run(ctx context.Context, l *lane) (err error) {
	for {
		l.take()
		last := time.Time{} // of the steps; zero while there is more
		err = l.work.Worker.Keep(ctx, l.work.Task, func(ctx context.Context, t store.Task) (store.Step, error) {
			if !last.IsZero() && !l.wait(ctx, j, last) {
				return store.Step{}, nil
			}
			l.take()
			s, err := l.work.Step(ctx, t)
			if last = (time.Time{}); !s.More {
				last = time.Now()
			}
			s.More = true
			return s, err
		})
		if j.shut(l, err) {
			return err
		}
	}
}

// take takes the token: what is new until now is about to be read.
func (l *lane) take() {
	select {
	case <-l.again:
	default:
	}
}

// wait waits until there may be something new, and reports whether there is. After the
// end of ctx, or when somebody waits for the end, it waits no more. Nor does it in a
// process that works only when it is told to.
func (l *lane) wait(ctx context.Context, j *Journal, last time.Time) bool {
	if j.Running.Load() == 0 {
		return l.roused()
	}
	linger := time.NewTimer(l.work.Linger)
	defer linger.Stop()
	select {
	case <-l.again:
	case <-l.leave:
		return l.roused()
	case <-j.closing:
		return l.roused()
	case <-linger.C: // others may have done something of which nobody tells this process
		l.last = !l.last
		return l.roused() || l.last
	case <-ctx.Done():
		return false
	}
	l.last = false
	gap := time.NewTimer(time.Until(last.Add(l.work.Gap)))
	defer gap.Stop()
	select {
	case <-gap.C:
	case <-l.leave:
	case <-j.closing:
	case <-ctx.Done():
	}
	return true
}

func (l *lane) roused() bool {
	select {
	case <-l.again:
		return true
	default:
		return false
	}
}

// shut closes a lane, unless it was roused since it began to look: also where it has
// failed, as others worked on the task then, and may have ended.
func (j *Journal) shut(l *lane, err error) bool {
	j.lanes.mu.Lock()
	defer j.lanes.mu.Unlock()
	if l.roused() {
		l.rouse()
		return false
	}
	delete(j.lanes.open, l.work.Task)
	l.err = err
	close(l.done)
	return true
}
