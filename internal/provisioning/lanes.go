package provisioning

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// lanes are the assets that this process works on, and those who wait for its grants.
type lanes struct {
	mu      sync.Mutex
	busy    map[catalog.Ref]*lane
	waiting map[provision.GrantID][]chan provision.Grant
	behind  store.Position // the last grant to be given that was found, where there are too many
}

// lane is the work on one asset.
type lane struct {
	again bool // something has become due since the last reading
	done  chan struct{}
	err   error
}

// ApplySoon begins in the background to apply a decision that was committed. If this
// process ends before, another one finds the grant due.
func (pr *Provisioning) ApplySoon(req request.Request) {
	if req.Status == request.Pending || req.Status == request.Denied {
		return
	}
	pr.WorkOn(req.Asset)
}

// WorkOn applies in the background the grants of an asset that are due.
func (pr *Provisioning) WorkOn(ref catalog.Ref) {
	l, first := pr.enter(ref)
	if !first {
		return // whoever is at it looks again
	}
	pr.Background(func(ctx context.Context) {
		if err := pr.run(ctx, ref, l); err != nil && !errors.Is(err, store.ErrConflict) {
			pr.Logger.Warn("a grant is tried again later", "asset", ref, "error", err)
		}
	})
}

// Apply applies the grants of an asset that are due, or waits until whoever is at it in
// this process has done so. Where another process works on the asset the error wraps
// store.ErrConflict.
func (pr *Provisioning) Apply(ctx context.Context, ref catalog.Ref) error {
	l, first := pr.enter(ref)
	if first {
		return pr.run(ctx, ref, l)
	}
	select {
	case <-l.done:
		return l.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// enter opens the lane of an asset, or has whoever is in it look again.
func (pr *Provisioning) enter(ref catalog.Ref) (l *lane, first bool) {
	pr.lanes.mu.Lock()
	defer pr.lanes.mu.Unlock()
	if l, is := pr.lanes.busy[ref]; is {
		l.again = true
		return l, false
	}
	if pr.lanes.busy == nil {
		pr.lanes.busy = map[catalog.Ref]*lane{}
	}
	l = &lane{done: make(chan struct{})}
	pr.lanes.busy[ref] = l
	return l, true
}

// run works in a lane until nothing more is due, under one lease as long as that lasts.
func (pr *Provisioning) run(ctx context.Context, ref catalog.Ref, l *lane) (err error) {
	defer pr.Changes.Send()
	for {
		err = pr.Worker.Keep(ctx, journal.GrantTask(ref), func(ctx context.Context) (store.Step, error) {
			pr.lookAgain(l)
			done, more, err := pr.ApplyGrants(ctx, ref)
			return store.Step{Change: done.Change, More: more || pr.rung(l), Done: func() { pr.publish(done.Progress) }}, err
		})
		if pr.leave(ref, l, err) {
			return err
		}
	}
}

// ApplyRung applies the grants of an asset whose task was rung, or was left by a process
// that has ended.
func (pr *Provisioning) ApplyRung(ctx context.Context, ref catalog.Ref) (store.Change, time.Time, error) {
	done, more, err := pr.ApplyGrants(ctx, ref)
	if more {
		return done.Change, pr.Now(), err
	}
	return done.Change, time.Time{}, err
}

// lookAgain says that what has become due until now is about to be read.
func (pr *Provisioning) lookAgain(l *lane) {
	pr.lanes.mu.Lock()
	defer pr.lanes.mu.Unlock()
	l.again = false
}

func (pr *Provisioning) rung(l *lane) bool {
	pr.lanes.mu.Lock()
	defer pr.lanes.mu.Unlock()
	return l.again
}

// leave closes a lane, unless something has become due in the last moment.
func (pr *Provisioning) leave(ref catalog.Ref, l *lane, err error) bool {
	pr.lanes.mu.Lock()
	defer pr.lanes.mu.Unlock()
	if l.again && err == nil {
		return false
	}
	delete(pr.lanes.busy, ref)
	l.err = err
	close(l.done)
	return true
}

// publish hands the grants whose outcome was committed to those who wait for them, and
// announces the events.
func (pr *Provisioning) publish(applied []Progress) {
	if len(applied) == 0 {
		return
	}
	pr.lanes.mu.Lock()
	defer pr.lanes.mu.Unlock()
	for _, p := range applied {
		for _, waits := range pr.lanes.waiting[p.Next.ID] {
			select {
			case waits <- p.Next:
			default: // it has not read the one before, and reads the record then
			}
		}
	}
	pr.Committed()
}

// await returns a channel for the outcomes of a grant in this process, and how to leave.
func (pr *Provisioning) await(id provision.GrantID) (outcomes chan provision.Grant, leave func()) {
	pr.lanes.mu.Lock()
	defer pr.lanes.mu.Unlock()
	if pr.lanes.waiting == nil {
		pr.lanes.waiting = map[provision.GrantID][]chan provision.Grant{}
	}
	outcomes = make(chan provision.Grant, 1)
	pr.lanes.waiting[id] = append(pr.lanes.waiting[id], outcomes)
	return outcomes, func() {
		pr.lanes.mu.Lock()
		defer pr.lanes.mu.Unlock()
		left := slices.DeleteFunc(pr.lanes.waiting[id], func(c chan provision.Grant) bool { return c == outcomes })
		if pr.lanes.waiting[id] = left; len(left) == 0 {
			delete(pr.lanes.waiting, id)
		}
	}
}
