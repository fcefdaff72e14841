package grantwright

import (
	"context"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// maxPeriodic bounds the periodic syncs and reconciliations at once. Each may take
// as long as its lease: the rest of a worker is for the grants that come due
// meanwhile.
const maxPeriodic = store.DefaultParallel / 2

// periodically does what nobody asked for on a connection. Where too much of that
// goes on it waits for its turn, without holding up anything.
func (e *Engine) periodically(ctx context.Context, name string, do func(context.Context, catalog.Connection) (every time.Duration, err error)) (store.Change, time.Time, error) {
	select {
	case e.periodic <- struct{}{}:
		defer func() { <-e.periodic }()
	default:
		return store.Change{}, e.now().Add(time.Second), nil
	}
	read, err := store.Connections.Get(ctx, e.config.Store, name)
	if err != nil {
		return store.Change{}, time.Time{}, err
	}
	every, err := do(ctx, read.Value)
	if err != nil || every == 0 {
		return store.Change{}, time.Time{}, err
	}
	return store.Change{}, e.now().Add(every), nil
}

func (e *Engine) periodicSync(ctx context.Context, c catalog.Connection) (time.Duration, error) {
	stop, err := e.stop(ctx, store.StoppedConnection(c.Name))
	if err != nil || c.SyncEvery == 0 || stop != nil && stop.Retiring {
		return c.SyncEvery, err
	}
	_, err = e.sync(ctx, request.SystemID, catalog.Ref(c.Name))
	return c.SyncEvery, err
}

func (e *Engine) periodicReconcile(ctx context.Context, c catalog.Connection) (time.Duration, error) {
	how, err := e.method(ctx, c.Name)
	if err != nil {
		return 0, err
	}
	if frozen, err := e.isFrozen(ctx, c.Name); err != nil || frozen && how == provision.Auto { // what would be compared could not be given
		return e.config.Reconcile, err
	}
	if how == provision.Auto {
		_, err = e.reconcile(ctx, request.SystemID, c.Name, Reconcile{})
		return e.config.Reconcile, err
	}
	guarded, err := e.isGuarded(ctx, catalog.Ref(c.Name))
	if err != nil || !guarded {
		return 0, err
	}
	// Where access is given by hand, the records are compared with the guardrails.
	r := reconciling{e: e, by: request.SystemID, on: store.Stored[catalog.Connection]{Value: c}}
	return e.config.Reconcile, r.enforce(ctx)
}

// reconcileSoon calls for a reconciliation of a connection whose platform can be
// compared with the records, or has guardrails.
func (e *Engine) reconcileSoon(ctx context.Context, c *store.Change, on catalog.Connection) error {
	platform, err := e.platform(on)
	if err != nil {
		return err
	}
	if platform.Method() != provision.Auto {
		if guarded, err := e.isGuarded(ctx, catalog.Ref(on.Name)); err != nil || !guarded {
			return err
		}
	}
	return store.Ring(ctx, e.config.Store, c, reconcileTask(on.Name), e.now())
}
