package drift

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/platforms"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// MaxPeriodic bounds the periodic syncs and reconciliations at once. Each may take
// as long as its lease: the rest of a worker is for the grants that come due
// meanwhile.
const MaxPeriodic = store.DefaultParallel / 2

// Periodically runs a periodic job of a connection, and says when it is due next.
// While too many jobs run the job waits for its turn, without holding up anything.
func (d *Drift) Periodically(ctx context.Context, name string, do func(context.Context, catalog.Connection) (every time.Duration, err error)) (store.Change, time.Time, error) {
	select {
	case d.Periodic <- struct{}{}:
		defer func() { <-d.Periodic }()
	default:
		return store.Change{}, d.Now().Add(time.Second), nil
	}
	read, err := records.Connections.Get(ctx, d.Store, name)
	if err != nil {
		return store.Change{}, time.Time{}, err
	}
	every, err := do(ctx, read.Value)
	if err != nil || every == 0 {
		return store.Change{}, time.Time{}, err
	}
	return store.Change{}, d.Now().Add(every), nil
}

// ReconcilePeriodically reconciles a connection, and says after how long to do so
// again.
func (d *Drift) ReconcilePeriodically(ctx context.Context, c catalog.Connection) (time.Duration, error) {
	how, err := d.Platforms.Method(ctx, c.Name)
	if err != nil {
		return 0, err
	}
	if frozen, err := d.People.IsFrozen(ctx, c.Name); err != nil || frozen && how == provision.Auto { // nothing is given on a frozen connection
		return d.Every, err
	}
	if how == provision.Auto {
		_, err = d.reconcile(ctx, request.SystemID, c.Name, provision.Reconcile{})
		if errors.Is(err, platforms.ErrNotSetUp) { // a step of registering the connection, which its page names
			err = nil
		}
		return d.Every, err
	}
	guarded, err := d.Rules.IsGuarded(ctx, catalog.Ref(c.Name))
	if err != nil || !guarded {
		return 0, err
	}
	// Where access is given by hand, the records are compared with the guardrails.
	r := reconciliation{drift: d, by: request.SystemID, on: store.Stored[catalog.Connection]{Value: c}}
	return d.Every, r.enforce(ctx)
}

// ReconcileSoon rings the reconciliation of a connection whose platform can be
// compared with the records, or has guardrails.
func (d *Drift) ReconcileSoon(ctx context.Context, c *store.Change, on catalog.Connection) error {
	platform, err := d.Platforms.Platform(on)
	if err != nil {
		return err
	}
	if platform.Method() != provision.Auto {
		if guarded, err := d.Rules.IsGuarded(ctx, catalog.Ref(on.Name)); err != nil || !guarded {
			return err
		}
	}
	return store.Ring(ctx, d.Store, c, journal.ReconcileTask(on.Name), d.Now())
}
