package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"github.com/grantwright/grantwright/internal/excerpt"
)

// The defaults of a Worker, and what bounds it.
const (
	DefaultLease    = 20 * time.Second
	DefaultPoll     = 5 * time.Second
	DefaultParallel = 8
	MaxBackoff      = 5 * time.Minute
	maxTaskError    = 4000 // bytes of the error that a task keeps

	// leaseUsed is the part of a lease in which work may go on. The rest is for
	// the work to notice, so that nobody acts after someone else took over.
	leaseUsed = 0.75

	holdWait  = 2 * time.Second
	holdPoll  = 10 * time.Millisecond // between two looks at a task that somebody works on
	firstPage = 20                    // tasks that are read before it is known that many are due
	recommits = 20                    // times that one piece of work is committed or repeated within a lease
)

// Worker does tasks, each under a lease: while it lasts nobody else does the
// same task, and when it is over, because the worker died or hangs, someone else
// takes over. Any number of workers in any number of processes may share a store.
type Worker struct {
	Store Store

	// Handle does what the records call for, and returns what is to be committed
	// together with the end of the task, and when the task is due again: zero
	// parks it. It is called again if the commit loses against another. Its
	// context ends before the lease does: nothing may happen after that. If it
	// returns an error, nothing is committed and the task is tried again later.
	Handle func(ctx context.Context, t Task) (Change, time.Time, error)

	// Lease is how long a task is held at a time; zero means DefaultLease. The
	// clocks of all processes that share a store must agree within a quarter of it.
	Lease  time.Duration
	Takes  func(id TaskID) bool          // which tasks are this worker's; nil takes all
	Leases func(id TaskID) time.Duration // of tasks that take longer, zero for Lease; may be nil

	Now      func() time.Time // nil means time.Now
	Poll     time.Duration    // how often Run looks for tasks of others; zero means DefaultPoll
	Parallel int              // tasks at once; zero means DefaultParallel

	once sync.Once
	wake chan struct{}
}

// errLost says that the lease is somebody else's by now.
var errLost = errors.New("store: the lease was lost")

// Run does tasks as they come due, until ctx ends. It returns when everything
// that it had begun has stopped.
func (w *Worker) Run(ctx context.Context) error {
	w.init()
	c := w.crew()
	defer c.working.Wait()
	for {
		// An error of the store is not the end: the store may come back.
		next, _ := w.begin(ctx, c)
		timer := time.NewTimer(w.wait(next))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		case <-w.wake:
			timer.Stop()
		}
	}
}

// Wake makes Run look for due tasks at once.
func (w *Worker) Wake() {
	w.init()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// RunDue does everything that is due now, once, and returns.
func (w *Worker) RunDue(ctx context.Context) error {
	c := w.crew()
	defer c.working.Wait()
	_, err := w.begin(ctx, c)
	return err
}

// Do does one task, as long as it is due and nobody else works on it. It returns
// the error of the attempt that failed, if one did.
func (w *Worker) Do(ctx context.Context, id TaskID) error {
	for range recommits {
		read, err := Tasks.Get(ctx, w.Store, id)
		if err != nil {
			return err
		}
		if due := read.Value.Due; due.IsZero() || due.After(w.now()) {
			return nil
		}
		if err := w.do(ctx, read); err != nil {
			return err
		}
	}
	return nil
}

// Hold does a task by another handler than Handle, whether or not the task is due. The
// lease, the commit at the end and the next time at which the task is due are the same
// as for Handle. If others work on the task for more than two seconds, it gives up with
// ErrConflict.
func (w *Worker) Hold(ctx context.Context, id TaskID, handle func(ctx context.Context, t Task) (Change, time.Time, error)) error {
	if err := w.later(ctx, id); err != nil {
		return err
	}
	holding := w.like(handle)
	for patience := time.Now().Add(holdWait); ; {
		read, err := w.free(ctx, id)
		if err == nil {
			err = holding.do(ctx, read)
		}
		if !errors.Is(err, ErrConflict) {
			return err
		}
		if time.Now().After(patience) {
			return fmt.Errorf("%w: others work on %s", ErrConflict, id)
		}
		timer := time.NewTimer(holdPoll + mathrand.N(holdPoll))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// Step is a part of the work on a task.
type Step struct {
	Change Change // to be committed
	More   bool   // there is more to do at once
	Done   func() // called once the change is committed; may be nil
}

// Keep works on a task, whether or not it is due, step by step under one lease for as
// long as there is more to do. The task need not be there yet. Where others work on it
// the error wraps ErrConflict.
func (w *Worker) Keep(ctx context.Context, id TaskID, step func(ctx context.Context, t Task) (Step, error)) error {
	if err := w.later(ctx, id); err != nil {
		return err
	}
	held, started, err := w.enter(ctx, id)
	if err != nil {
		return err
	}
	used := time.Duration(float64(w.lease(id)) * leaseUsed)
	ctx, cancel := context.WithDeadline(ctx, started.Add(used))
	defer cancel()
	err = w.keep(ctx, held, started.Add(used/2), step)
	if err != nil && !errors.Is(err, errLost) {
		w.fail(context.WithoutCancel(ctx), held.Value, err)
	}
	return err
}

// enter takes the lease of a task on which nobody works, and says when it began. Whoever
// was faster may have given it back meanwhile.
func (w *Worker) enter(ctx context.Context, id TaskID) (held Stored[Task], started time.Time, err error) {
	for range recommits {
		if held, err = w.free(ctx, id); err != nil {
			return held, started, err
		}
		started = time.Now()
		held.Value.Holder, held.Value.Due, held.Value.Again = rand.Text(), w.now().Add(w.lease(id)), time.Time{}
		var c Change
		Tasks.put(&c, held.Version, held.Value)
		if err = c.Commit(ctx, w.Store); !errors.Is(err, ErrConflict) {
			held.Version++
			return held, started, err
		}
	}
	return held, started, err
}

// free reads a task on which nobody works. One that was never called for is parked.
func (w *Worker) free(ctx context.Context, id TaskID) (Stored[Task], error) {
	found, err := Tasks.Some(ctx, w.Store, id)
	if err != nil || len(found) == 0 {
		return Stored[Task]{Value: Task{ID: id}}, err
	}
	if t := found[0].Value; t.Holder != "" && t.Due.After(w.now()) {
		return found[0], fmt.Errorf("%w: others work on %s", ErrConflict, id)
	}
	return found[0], nil
}

// keep commits one result after the other, and with the last one the end of the lease.
// After the time of until it leaves the rest to whoever comes next.
func (w *Worker) keep(ctx context.Context, held Stored[Task], until time.Time, step func(ctx context.Context, t Task) (Step, error)) error {
	for lost := 0; lost < recommits; {
		s, err := step(ctx, held.Value)
		if err != nil {
			return err
		}
		next := Task{ID: held.Value.ID, Due: held.Value.Again}
		if s.More && time.Now().After(until) {
			s.More, next.Due = false, w.now()
		}
		if s.More && s.Change.Empty() {
			continue
		}
		if s.More {
			s.Change.Hold(Tasks.Key(held.Value.ID), held.Version)
		} else {
			Tasks.Update(&s.Change, held, next)
		}
		switch err = s.Change.Commit(ctx, w.Store); {
		case err == nil:
			if s.Done != nil {
				s.Done()
			}
			if !s.More {
				return nil
			}
			lost = 0
		case !errors.Is(err, ErrConflict):
			return err
		default:
			lost++
			if held, err = w.held(ctx, held.Value); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("%w: records that %s has worked on", ErrConflict, held.Value.ID)
}

// like is the worker with another handler.
func (w *Worker) like(handle func(ctx context.Context, t Task) (Change, time.Time, error)) *Worker {
	return &Worker{Store: w.Store, Handle: handle, Lease: w.Lease, Leases: w.Leases, Now: w.Now}
}

// crew is what one call of Run or RunDue has at work.
type crew struct {
	working sync.WaitGroup
	slots   chan struct{} // holds a token for each task at work
}

func (w *Worker) crew() *crew { return &crew{slots: make(chan struct{}, w.parallel())} }

// do works on a task beside the caller, once there is a slot for it.
func (c *crew) do(ctx context.Context, task func()) error {
	select {
	case c.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	c.working.Go(func() {
		defer func() { <-c.slots }()
		task()
	})
	return nil
}

// begin begins the tasks that are due, and says when the next one is. It does not
// wait for them: one that takes long holds up no others.
func (w *Worker) begin(ctx context.Context, c *crew) (next time.Time, err error) {
	now := w.now()
	for after, size := (Position{}), firstPage; ; size = MaxPage {
		page, err := TasksDue.Find(ctx, w.Store, "all", after, size)
		if err != nil {
			return time.Time{}, err
		}
		for _, read := range page {
			if read.Value.Due.After(now) {
				return read.Value.Due, nil
			}
			if w.Takes != nil && !w.Takes(read.Value.ID) {
				continue
			}
			// What fails is kept with the task, and tried again.
			if err := c.do(ctx, func() { _ = w.Do(ctx, read.Value.ID) }); err != nil {
				return time.Time{}, err
			}
		}
		if len(page) < size {
			return time.Time{}, ctx.Err()
		}
		after = page[len(page)-1].At
	}
}

// later leaves work to Run where the context belongs to a transaction that is not
// committed: nothing may act on the outside world by it.
func (w *Worker) later(ctx context.Context, id TaskID) error {
	if !Joined(ctx) {
		return nil
	}
	AfterCommit(ctx, w.Wake)
	return fmt.Errorf("%w: %s is done after the transaction of the host", ErrConflict, id)
}

// do takes the lease, does the work, and commits its result with the lease's end.
func (w *Worker) do(ctx context.Context, read Stored[Task]) error {
	if err := w.later(ctx, read.Value.ID); err != nil {
		return err
	}
	holder := rand.Text()
	started := time.Now()
	leased := read.Value
	leased.Holder, leased.Due, leased.Again = holder, w.now().Add(w.lease(leased.ID)), time.Time{}
	var c Change
	Tasks.put(&c, read.Version, leased)
	if err := c.Commit(ctx, w.Store); err != nil {
		return err
	}
	used := time.Duration(float64(w.lease(leased.ID)) * leaseUsed)
	ctx, cancel := context.WithDeadline(ctx, started.Add(used))
	defer cancel()
	err := w.work(ctx, leased)
	if err != nil && !errors.Is(err, errLost) {
		w.fail(context.WithoutCancel(ctx), leased, err)
	}
	return err
}

// work repeats handling until its result is committed: the records may change
// meanwhile, and the task may be rung.
func (w *Worker) work(ctx context.Context, t Task) error {
	var err error
	for range recommits {
		var result Change
		var next time.Time
		if result, next, err = w.Handle(ctx, t); err != nil {
			return err
		}
		if err = w.finish(ctx, t, result, next); !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return err
}

// finish commits a result and gives the lease back. Where the task was only rung
// meanwhile, the result still stands, and the task is due again.
func (w *Worker) finish(ctx context.Context, t Task, result Change, next time.Time) error {
	var tried int64
	for range recommits {
		read, err := w.held(ctx, t)
		if err != nil {
			return err
		}
		if read.Version == tried {
			return fmt.Errorf("%w: a record that %s has worked on", ErrConflict, t.ID)
		}
		tried = read.Version
		done := result.copy()
		Tasks.Update(&done, read, Task{ID: t.ID, Due: Earliest(next, read.Value.Again)})
		if err := done.Commit(ctx, w.Store); !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("%w: task %s is rung too often", ErrConflict, t.ID)
}

// fail gives the lease back and puts off the next attempt.
func (w *Worker) fail(ctx context.Context, t Task, cause error) {
	ctx, cancel := context.WithTimeout(ctx, w.lease(t.ID))
	defer cancel()
	for range recommits {
		read, err := w.held(ctx, t)
		if err != nil {
			return // the lease ends by itself, and the task is due again then
		}
		failed := Task{ID: t.ID, Attempts: t.Attempts + 1, Error: excerpt.Storable(cause.Error(), maxTaskError), Due: w.now().Add(Backoff(t.Attempts))}
		failed.Due = Earliest(failed.Due, read.Value.Again)
		var c Change
		Tasks.Update(&c, read, failed)
		if err := c.Commit(ctx, w.Store); !errors.Is(err, ErrConflict) {
			return
		}
	}
}

// held reads the task if the lease is still ours.
func (w *Worker) held(ctx context.Context, t Task) (Stored[Task], error) {
	read, err := Tasks.Get(ctx, w.Store, t.ID)
	if err == nil && read.Value.Holder != t.Holder {
		err = errLost
	}
	return read, err
}

// Backoff is how long to wait after a number of attempts that failed before the
// last one: from about a second, doubling, to MaxBackoff, and less by up to a
// third at random, so that many do not come back at once.
func Backoff(attempts int) time.Duration {
	d := min(time.Second<<min(attempts, 20), MaxBackoff)
	return d - time.Duration(mathrand.Int64N(int64(d)/3))
}

func (w *Worker) init() { w.once.Do(func() { w.wake = make(chan struct{}, 1) }) }

func (w *Worker) now() time.Time {
	if w.Now == nil {
		return time.Now()
	}
	return w.Now()
}

func (w *Worker) lease(id TaskID) time.Duration {
	if w.Leases != nil && w.Leases(id) != 0 {
		return w.Leases(id)
	}
	if w.Lease == 0 {
		return DefaultLease
	}
	return w.Lease
}

func (w *Worker) parallel() int {
	if w.Parallel == 0 {
		return DefaultParallel
	}
	return w.Parallel
}

// wait is the time until the next task is due, at most that between two polls.
func (w *Worker) wait(next time.Time) time.Duration {
	poll := w.Poll
	if poll == 0 {
		poll = DefaultPoll
	}
	if next.IsZero() {
		return poll
	}
	return max(0, min(poll, next.Sub(w.now())))
}
