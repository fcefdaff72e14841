package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/store"
)

type handle = func(ctx context.Context, t store.Task) (store.Change, time.Time, error)

func worker(s store.Store, c *grantwrighttest.Clock, h handle) *store.Worker {
	return &store.Worker{Store: s, Handle: h, Now: c.Now}
}

func runDue(t *testing.T, w *store.Worker) {
	t.Helper()
	if err := w.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestWorkerNotBeforeItsTime(t *testing.T) {
	t.Parallel()
	var s store.Memory
	c := grantwrighttest.NewClock(start)
	calls := 0
	w := worker(&s, c, func(_ context.Context, t store.Task) (store.Change, time.Time, error) {
		calls++
		next := time.Time{}
		if calls == 1 {
			next = start.Add(3 * time.Hour)
		}
		return noting(fmt.Sprint(calls), string(t.ID)), next, nil
	})
	mustRing(t, &s, "t", start.Add(time.Hour))
	for i, want := range []int{0, 1, 1, 2, 2, 2} { // each hour
		runDue(t, w)
		if err := w.Do(t.Context(), "t"); err != nil || calls != want {
			t.Errorf("at hour %d: %d calls, %v; want %d", i, calls, err, want)
		}
		c.Move(time.Hour)
	}
	same(t, "parked", store.Task{ID: "t"}, task(t, &s, "t"))
	same(t, "notes", []string{"1 t", "2 t"}, texts(t, &s))
	due, err := store.TasksDue.Find(t.Context(), &s, "all", store.Position{}, 0)
	if err != nil || len(due) > 0 {
		t.Errorf("due are %v, %v", due, err)
	}
	if err := w.Do(t.Context(), "nothing"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a task that is not there: %v", err)
	}
}

// A task that is rung while it is worked on keeps its result, and is done again:
// at once, or when it was rung for.
func TestWorkerRungWhileLeased(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rung, next time.Time
		calls      int
		due        time.Time
	}{
		{start, time.Time{}, 2, time.Time{}},
		{start.Add(time.Hour), time.Time{}, 1, start.Add(time.Hour)},
		{start.Add(time.Hour), start.Add(time.Minute), 1, start.Add(time.Minute)},
		{start.Add(time.Minute), start.Add(time.Hour), 1, start.Add(time.Minute)},
	} {
		var s store.Memory
		calls := 0
		w := worker(&s, grantwrighttest.NewClock(start), func(ctx context.Context, task store.Task) (store.Change, time.Time, error) {
			if calls++; calls > 1 {
				return store.Change{}, time.Time{}, nil
			}
			return noting("first", ""), tt.next, ring(ctx, &s, "t", tt.rung)
		})
		mustRing(t, &s, "t", start)
		if err := w.Do(t.Context(), "t"); err != nil || calls != tt.calls {
			t.Errorf("rung for %v: %d calls, %v", tt.rung, calls, err)
		}
		same(t, "the task", store.Task{ID: "t", Due: tt.due}, task(t, &s, "t"))
		same(t, "the result", []string{"first "}, texts(t, &s))
	}
}

// A worker whose lease is over is overtaken, and commits nothing any more.
func TestWorkerTakeover(t *testing.T) {
	t.Parallel()
	var s store.Memory
	c := grantwrighttest.NewClock(start)
	began, release := make(chan store.Task), make(chan struct{})
	slow := worker(&s, c, func(_ context.Context, t store.Task) (store.Change, time.Time, error) {
		began <- t
		<-release
		return noting("slow", ""), time.Time{}, nil
	})
	quick := worker(&s, c, func(context.Context, store.Task) (store.Change, time.Time, error) {
		return noting("quick", ""), start.AddDate(0, 0, 1), nil
	})
	mustRing(t, &s, "t", start)
	done := make(chan error)
	go func() { done <- slow.Do(t.Context(), "t") }()
	held := <-began
	if !held.Due.Equal(start.Add(store.DefaultLease)) || held.Holder == "" {
		t.Errorf("held is %+v", held)
	}
	c.Move(store.DefaultLease - 1)
	if err := quick.Do(t.Context(), "t"); err != nil || len(texts(t, &s)) > 0 {
		t.Errorf("before the lease is over: %v, %v", texts(t, &s), err)
	}
	c.Move(1)
	if err := quick.Do(t.Context(), "t"); err != nil {
		t.Error(err)
	}
	close(release)
	if err := <-done; err == nil || !strings.Contains(err.Error(), "lease was lost") {
		t.Errorf("the slow one: %v", err)
	}
	same(t, "notes", []string{"quick "}, texts(t, &s))
	same(t, "the task", store.Task{ID: "t", Due: start.AddDate(0, 0, 1)}, task(t, &s, "t"))
}

func TestWorkerFails(t *testing.T) {
	t.Parallel()
	var s store.Memory
	c := grantwrighttest.NewClock(start)
	var answer error
	w := worker(&s, c, func(context.Context, store.Task) (store.Change, time.Time, error) {
		return noting("result", ""), time.Time{}, answer
	})
	mustRing(t, &s, "t", start)
	for attempts := 1; attempts <= 12; attempts++ {
		answer = fmt.Errorf("failed %d\x00\xff%s", attempts, strings.Repeat("x", 1<<21))
		if err := w.Do(t.Context(), "t"); !errors.Is(err, answer) {
			t.Fatalf("got %v", err)
		}
		failed := task(t, &s, "t")
		wait := failed.Due.Sub(c.Now())
		if failed.Attempts != attempts || !strings.HasPrefix(failed.Error, fmt.Sprintf("failed %d??x", attempts)) || len(failed.Error) > 5000 || failed.Holder != "" {
			t.Fatalf("attempt %d: %d attempts, %.30q", attempts, failed.Attempts, failed.Error)
		}
		if wait <= 0 || wait > store.MaxBackoff || attempts == 12 && wait < store.MaxBackoff/2 {
			t.Errorf("attempt %d: waits %v", attempts, wait)
		}
		c.Move(wait - 1)
		runDue(t, w)
		same(t, "too early", failed, task(t, &s, "t"))
		c.Move(1)
	}
	same(t, "notes", []string(nil), texts(t, &s))
	answer = nil
	runDue(t, w)
	same(t, "the task", store.Task{ID: "t"}, task(t, &s, "t"))
	same(t, "notes", []string{"result "}, texts(t, &s))
}

// A result that cannot be stored is a failure like any other.
func TestWorkerResultRefused(t *testing.T) {
	t.Parallel()
	var s store.Memory
	w := worker(&s, grantwrighttest.NewClock(start), func(context.Context, store.Task) (store.Change, time.Time, error) {
		result := noting("a", "")
		records.Connections.Insert(&result, catalog.Connection{Name: "w"}) // which no event speaks of
		return result, time.Time{}, nil
	})
	mustRing(t, &s, "t", start)
	if err := w.Do(t.Context(), "t"); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("got %v", err)
	}
	if failed := task(t, &s, "t"); failed.Attempts != 1 || failed.Error == "" || !failed.Due.After(start) {
		t.Errorf("got %+v", failed)
	}
	same(t, "notes", []string(nil), texts(t, &s))
}

// Where the commit loses against another, the records are read and handled anew.
func TestWorkerConflict(t *testing.T) {
	t.Parallel()
	var s store.Memory
	commit(t, &s, noting("n", "0"))
	calls := 0
	w := worker(&s, grantwrighttest.NewClock(start), func(ctx context.Context, _ store.Task) (store.Change, time.Time, error) {
		read, err := notes.Get(ctx, &s, "n")
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		if calls++; calls <= 3 {
			var other store.Change
			notes.Update(&other, read, note{"n", read.Value.Text + "o"})
			if err := errors.Join(other.Commit(ctx, &s), ring(ctx, &s, "t", start.Add(time.Hour))); err != nil {
				return store.Change{}, time.Time{}, err
			}
		}
		var result store.Change
		notes.Update(&result, read, note{"n", read.Value.Text + "w"})
		return result, time.Time{}, nil
	})
	mustRing(t, &s, "t", start)
	if err := w.Do(t.Context(), "t"); err != nil || calls != 4 {
		t.Errorf("%d calls, %v", calls, err)
	}
	same(t, "notes", []string{"n 0ooow"}, texts(t, &s))
	same(t, "the task", store.Task{ID: "t", Due: start.Add(time.Hour)}, task(t, &s, "t"))
}

func TestWorkerDeadline(t *testing.T) {
	t.Parallel()
	var s store.Memory
	left := map[store.TaskID]time.Duration{}
	w := worker(&s, grantwrighttest.NewClock(start), func(ctx context.Context, t store.Task) (store.Change, time.Time, error) {
		deadline, _ := ctx.Deadline()
		left[t.ID] = time.Until(deadline)
		return store.Change{}, time.Time{}, nil
	})
	w.Lease, w.Parallel = time.Minute, 1
	w.Leases = func(id store.TaskID) time.Duration { return map[store.TaskID]time.Duration{"long": time.Hour}[id] }
	for _, id := range []store.TaskID{"long", "short"} {
		mustRing(t, &s, id, start)
	}
	runDue(t, w)
	if d := left["short"]; d <= 0 || d > 45*time.Second {
		t.Errorf("of a lease of a minute %v are left", d)
	}
	if d := left["long"]; d <= 30*time.Minute || d > 45*time.Minute {
		t.Errorf("of a lease of an hour %v are left", d)
	}
}

func TestWorkerParallel(t *testing.T) {
	t.Parallel()
	var s store.Memory
	began, release := make(chan struct{}), make(chan struct{})
	var active, most atomic.Int64
	w := worker(&s, grantwrighttest.NewClock(start), func(context.Context, store.Task) (store.Change, time.Time, error) {
		n := active.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		began <- struct{}{}
		<-release
		active.Add(-1)
		return store.Change{}, time.Time{}, nil
	})
	w.Parallel = 3
	const tasks = 12
	for i := range tasks {
		mustRing(t, &s, store.TaskID(fmt.Sprint(i)), start)
	}
	done := make(chan error)
	go func() { done <- w.RunDue(t.Context()) }()
	for range 3 {
		<-began // all three before any is released
	}
	for range tasks - 3 {
		release <- struct{}{}
		<-began
	}
	close(release)
	if err := <-done; err != nil || most.Load() != 3 {
		t.Errorf("at most %d at once, %v", most.Load(), err)
	}
}

// Run looks when it is woken, when the next task comes due, and goes on while one
// task takes long. When its context ends it returns, and nothing of it goes on.
func TestWorkerRun(t *testing.T) {
	t.Parallel()
	var s store.Memory
	handled, stuck := make(chan store.TaskID), make(chan struct{})
	var active atomic.Int64
	w := &store.Worker{Store: &s, Poll: time.Hour, Handle: func(ctx context.Context, t store.Task) (store.Change, time.Time, error) {
		active.Add(1)
		defer active.Add(-1)
		handled <- t.ID
		if t.ID == "stuck" {
			<-ctx.Done()
			close(stuck)
			return store.Change{}, time.Time{}, ctx.Err()
		}
		return store.Change{}, time.Time{}, nil
	}}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- w.Run(ctx) }()
	for _, id := range []store.TaskID{"stuck", "a", "b"} {
		mustRing(t, &s, id, time.Now())
		w.Wake()
		if got := <-handled; got != id {
			t.Fatalf("handled %s, want %s", got, id)
		}
	}
	mustRing(t, &s, "soon", time.Now().Add(30*time.Millisecond))
	w.Wake()
	if got := <-handled; got != "soon" {
		t.Errorf("handled %s, want soon", got)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) || active.Load() != 0 {
		t.Errorf("%v, and %d go on", err, active.Load())
	}
	<-stuck
	if got := task(t, &s, "stuck"); got.Holder != "" || got.Error != context.Canceled.Error() {
		t.Errorf("what was interrupted is %+v", got)
	}
}

// Many workers on one store do each task at least once, and never two at once.
func TestWorkersShareAStore(t *testing.T) {
	t.Parallel()
	const workers, tasks, rings = 4, 12, 6
	var s store.Memory
	var busy [tasks]atomic.Int64
	var done [tasks]atomic.Int64
	h := func(ctx context.Context, task store.Task) (store.Change, time.Time, error) {
		var i int
		if _, err := fmt.Sscan(string(task.ID), &i); err != nil {
			return store.Change{}, time.Time{}, err
		}
		if busy[i].Add(1) > 1 {
			t.Errorf("task %d is worked on twice at once", i)
		}
		_, err := notes.All(ctx, &s, "", 0) // something to be interrupted in
		busy[i].Add(-1)
		done[i].Add(1)
		return store.Change{}, time.Time{}, err
	}
	var all sync.WaitGroup
	for range workers {
		w := &store.Worker{Store: &s, Handle: h, Parallel: 4}
		all.Go(func() {
			for range rings {
				for i := range tasks {
					if err := ring(t.Context(), &s, store.TaskID(fmt.Sprint(i)), time.Now()); err != nil {
						t.Error(err)
					}
				}
				if err := w.RunDue(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	last := &store.Worker{Store: &s, Handle: h}
	runDue(t, last)
	for i := range tasks {
		got := task(t, &s, store.TaskID(fmt.Sprint(i)))
		if done[i].Load() == 0 || !got.Due.IsZero() || got.Holder != "" || got.Error != "" {
			t.Errorf("task %d was done %d times and is %+v", i, done[i].Load(), got)
		}
	}
}

// stepping is a task whose steps are taken from a list, and how many of them were done.
type stepping struct {
	steps []store.Step
	taken int
	done  []string
}

func (s *stepping) next(context.Context, store.Task) (store.Step, error) {
	step := s.steps[min(s.taken, len(s.steps)-1)]
	s.taken++
	name := fmt.Sprint("step ", s.taken)
	step.Done = func() { s.done = append(s.done, name) }
	return step, nil
}

// Keep goes on under one lease as long as there is more, also of a task that nobody has
// called for, and gives it back with the last step.
func TestWorkerKeep(t *testing.T) {
	t.Parallel()
	var s store.Memory
	w := worker(&s, grantwrighttest.NewClock(start), nil)
	work := stepping{steps: []store.Step{{Change: noting("a", ""), More: true}, {More: true}, {Change: noting("b", "")}}}
	if err := w.Keep(t.Context(), "t", work.next); err != nil {
		t.Fatal(err)
	}
	same(t, "the results", []string{"a ", "b "}, texts(t, &s))
	same(t, "committed steps", []string{"step 1", "step 3"}, work.done)
	same(t, "the task", store.Task{ID: "t"}, task(t, &s, "t"))
}

// A task that others work on is left alone; one whose lease has run out is not.
func TestWorkerKeepBesideOthers(t *testing.T) {
	t.Parallel()
	var s store.Memory
	c := grantwrighttest.NewClock(start)
	first, second := worker(&s, c, nil), worker(&s, c, nil)
	err := first.Keep(t.Context(), "t", func(ctx context.Context, _ store.Task) (store.Step, error) {
		again := stepping{steps: []store.Step{{Change: noting("second", "")}}}
		if err := second.Keep(ctx, "t", again.next); !errors.Is(err, store.ErrConflict) || again.taken > 0 {
			t.Errorf("while it is leased: %d steps, %v", again.taken, err)
		}
		c.Move(time.Hour)
		if err := second.Keep(ctx, "t", again.next); err != nil {
			t.Errorf("after the lease: %v", err)
		}
		return store.Step{Change: noting("first", "")}, nil
	})
	if err == nil {
		t.Error("who was overtaken has committed")
	}
	same(t, "the results", []string{"second "}, texts(t, &s))
}

// Who loses the lease against another takes it once that other has given it back.
func TestWorkerKeepLosesTheLease(t *testing.T) {
	t.Parallel()
	var s store.Memory
	c := grantwrighttest.NewClock(start)
	first := stepping{steps: []store.Step{{Change: noting("first", "")}}}
	faster := &enginetest.Meanwhile{Store: &s, Do: func() {
		if err := worker(&s, c, nil).Keep(t.Context(), "t", first.next); err != nil {
			t.Error(err)
		}
	}}
	second := stepping{steps: []store.Step{{Change: noting("second", "")}}}
	if err := worker(faster, c, nil).Keep(t.Context(), "t", second.next); err != nil {
		t.Fatal(err)
	}
	same(t, "the results", []string{"first ", "second "}, texts(t, &s))
}

// What loses against another is done again, and what was rung meanwhile is not lost.
func TestWorkerKeepLosesAndIsRung(t *testing.T) {
	t.Parallel()
	var s store.Memory
	w := worker(&s, grantwrighttest.NewClock(start), nil)
	tries := 0
	err := w.Keep(t.Context(), "t", func(ctx context.Context, _ store.Task) (store.Step, error) {
		if tries++; tries == 1 {
			commit(t, &s, noting("a", "another's"))
			return store.Step{Change: noting("a", "ours")}, ring(ctx, &s, "t", start.Add(time.Hour))
		}
		return store.Step{Change: noting("b", "ours")}, nil
	})
	if err != nil || tries != 2 {
		t.Errorf("%d tries, %v", tries, err)
	}
	same(t, "the results", []string{"a another's", "b ours"}, texts(t, &s))
	same(t, "the task", store.Task{ID: "t", Due: start.Add(time.Hour)}, task(t, &s, "t"))
}

// A step that fails puts the task off, and leaves nothing.
func TestWorkerKeepFails(t *testing.T) {
	t.Parallel()
	var s store.Memory
	w := worker(&s, grantwrighttest.NewClock(start), nil)
	broken := errors.New("the platform is gone")
	err := w.Keep(t.Context(), "t", func(context.Context, store.Task) (store.Step, error) {
		return store.Step{Change: noting("a", "")}, broken
	})
	if got := task(t, &s, "t"); !errors.Is(err, broken) || got.Attempts != 1 || got.Holder != "" || !got.Due.After(start) || got.Error != broken.Error() {
		t.Errorf("%v, the task is %+v", err, got)
	}
	same(t, "the results", []string(nil), texts(t, &s))
}
