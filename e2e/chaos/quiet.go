package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

const (
	// ahead is how far the clocks of the engines are put forward each time the faults
	// are over, so that what is tried again at the latest store.MaxBackoff after a
	// failure is tried at once, and what a killed engine held for an hour is free.
	ahead = 66 * time.Minute

	seldom = 24 * time.Hour // for what would come due again and again

	quietLimit = 5 * time.Minute // until nothing is due or held
	quietFor   = time.Minute     // nothing may come due within this time
)

// settle restarts the engines with their clocks put forward, waits until all that was due is
// done, and reconciles. Then it does so twice more: what failed for want of another grant is
// tried again when that one works, which reconciliation may have given back. It returns what
// reconciliation should not have found. All engines are stopped when it returns.
func settle(ctx context.Context, w *world, engines []*process) (found []string, err error) {
	if err := attempt(ctx, w, engines); err != nil {
		return nil, err
	}
	found, err = reconcile(ctx, w)
	for tries := 2; tries > 0 && err == nil; tries-- {
		err = attempt(ctx, w, engines)
	}
	return found, errors.Join(err, stopAll(engines))
}

// attempt restarts the engines with their clocks put forward, and waits until all that was
// due is done.
func attempt(ctx context.Context, w *world, engines []*process) error {
	err := stopAll(engines)
	w.ahead += ahead
	if err == nil {
		err = startAll(ctx, engines, w.spec().calm())
	}
	if err == nil {
		err = quiet(ctx, w)
	}
	if err != nil {
		return errors.Join(err, stopAll(engines))
	}
	return nil
}

// calm is how an engine works when the faults are over: with time.
func (s engineSpec) calm() engineSpec {
	s.Lease, s.Reconcile, s.Remask = store.DefaultLease, grantwright.DefaultReconcile, seldom
	return s
}

// startAll starts engines that work so from now on.
func startAll(ctx context.Context, engines []*process, spec engineSpec) error {
	for _, e := range engines {
		spec.Listen = e.spec.Listen
		e.spec = spec
		if err := e.start(ctx); err != nil {
			return err
		}
	}
	return nil
}

func stopAll(engines []*process) error {
	var errs []error
	for _, e := range engines {
		errs = append(errs, e.died(), e.stop())
	}
	return errors.Join(errs...)
}

// quiet waits until no task is held, and none comes due for some time; and until no grant is
// due. One that fails comes due again and again.
func quiet(ctx context.Context, w *world) error {
	ctx, cancel := context.WithTimeout(ctx, quietLimit)
	defer cancel()
	for {
		busy, err := atWork(ctx, w.records, w.ahead)
		if err == nil && len(busy) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s after the faults there is still something to do: %q (%w)", quietLimit, busy, errors.Join(err, ctx.Err()))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// atWork lists the tasks that are held, or due soon by the clocks of the engines, and the
// grants that are due by now.
func atWork(ctx context.Context, s store.Store, ahead time.Duration) (busy []string, err error) {
	err = store.TasksDue.Each(ctx, s, "all", func(t store.Stored[store.Task]) error {
		if t.Value.Holder != "" || t.Value.Due.Before(time.Now().Add(ahead+quietFor)) {
			busy = append(busy, fmt.Sprintf("%+v", t.Value))
		}
		return nil
	})
	due := func(g provision.Grant) bool {
		return slices.ContainsFunc([]time.Time{g.NextToGive(), g.NextToTake()}, func(at time.Time) bool { return !at.IsZero() && at.Before(time.Now().Add(ahead)) })
	}
	return busy, errors.Join(err, all(ctx, s, records.Grants, func(g provision.Grant) {
		if due(g) {
			busy = append(busy, fmt.Sprintf("grant %s, which is %s", g.ID, g.State))
		}
	}))
}
