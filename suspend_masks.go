package grantwright

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// MaxSuspension bounds how long masks may be suspended.
const MaxSuspension = 24 * time.Hour

// Suspended is what came of suspending or resuming masks.
type Suspended struct {
	Suspension store.Suspension
	Assets     []AssetMasks // that are masked at and below the place, at most store.MaxPage
}

// Suspend takes the masks at a place, and of all below it, out of force for a
// while, so that a migration can change what they stand on. What shows the assets
// masked is removed; until it is back, nobody who has access to them reads them at
// all, least of all clear. It returns when the platform was read back; what could
// not be removed is in the Error of its asset. They resume by themselves after the
// time, at most MaxSuspension. It takes GOVERNANCE or ADMIN.
func (m Masks) Suspend(ctx context.Context, by request.Identity, at catalog.Ref, d time.Duration, reason string) (Suspended, error) {
	if err := errors.Join(permit(by, "suspend masks", request.Governance, request.Admin), checkReason(reason), checkPlace(at), checkSuspension(d)); err != nil {
		return Suspended{}, err
	}
	now := m.e.now()
	s := store.Suspension{At: at, By: by.Person(), Reason: reason, Since: now, Until: now.Add(d)}
	err := m.e.change(ctx, func(c *store.Change) error {
		if _, err := store.Connections.Get(ctx, m.e.config.Store, at.Connection()); err != nil {
			return err
		}
		old, err := store.Suspensions.Get(ctx, m.e.config.Store, at)
		switch {
		case errors.Is(err, store.ErrNotFound):
			store.Suspensions.Insert(c, s)
		case err != nil:
			return err
		default:
			store.Suspensions.Update(c, old, s)
		}
		m.e.tell(c, event.MasksSuspended.With(event.Suspension(s)), s.By, nil, store.Suspensions.Subject(at))
		return m.e.maskSoon(ctx, c, at.Connection())
	})
	if err != nil {
		return Suspended{}, err
	}
	return m.settled(ctx, by, s)
}

// Resume brings suspended masks into force again, and returns when the platform
// was read back. What could not be masked is in the Error of its asset. It takes
// GOVERNANCE or ADMIN.
func (m Masks) Resume(ctx context.Context, by request.Identity, at catalog.Ref) (Suspended, error) {
	if err := errors.Join(permit(by, "resume masks", request.Governance, request.Admin), checkPlace(at)); err != nil {
		return Suspended{}, err
	}
	var s store.Suspension
	err := m.e.change(ctx, func(c *store.Change) error {
		old, err := store.Suspensions.Get(ctx, m.e.config.Store, at)
		if err != nil {
			return err
		}
		s = old.Value
		store.Suspensions.Delete(c, old)
		m.e.tell(c, event.MasksResumed.With(event.Suspension(s)), by.Person(), nil, store.Suspensions.Subject(at))
		return m.e.maskSoon(ctx, c, at.Connection())
	})
	if err != nil {
		return Suspended{}, err
	}
	return m.settled(ctx, by, s)
}

// Enforce looks at once at what shows the assets of a connection masked, as is done
// now and then by itself, and makes anew what was swapped, dropped or changed. It
// takes GOVERNANCE or ADMIN.
func (m Masks) Enforce(ctx context.Context, by request.Identity, connection string) error {
	if err := permit(by, "bring masks into force", request.Governance, request.Admin); err != nil {
		return err
	}
	if _, err := store.Connections.Get(ctx, m.e.config.Store, connection); err != nil {
		return err
	}
	if err := m.e.commit(ctx, func(c *store.Change) error { return m.e.maskSoon(ctx, c, connection) }); err != nil {
		return err
	}
	return m.e.worker.Do(ctx, maskTask(connection))
}

// settled waits until what shows assets masked is as it should be, or cannot be.
func (m Masks) settled(ctx context.Context, by request.Identity, s store.Suspension) (Suspended, error) {
	within, cancel := context.WithTimeout(ctx, m.e.config.PlatformTimeout)
	defer cancel()
	for {
		changed := m.e.changes.next()
		if err := m.e.worker.Do(within, maskTask(s.At.Connection())); err != nil && !errors.Is(err, store.ErrConflict) {
			return Suspended{Suspension: s}, err
		}
		assets, err := m.e.masked(ctx, by, s.At, "", store.MaxPage)
		if err != nil {
			return Suspended{Suspension: s}, err
		}
		waits := false
		for _, a := range assets {
			waits = waits || a.changes && a.Error == ""
		}
		if !waits {
			return Suspended{s, assets}, nil
		}
		select {
		case <-within.Done():
			return Suspended{s, assets}, fmt.Errorf("%w: connection %s: it has not answered yet how its assets are shown", ErrPlatform, s.At.Connection())
		case <-changed:
		case <-time.After(100 * time.Millisecond): // another process is at it
		}
	}
}

// lapseSuspensions ends those whose time is over.
func (e *Engine) lapseSuspensions(ctx context.Context, connection string) error {
	return store.SuspensionsOn.Each(ctx, e.config.Store, connection, func(s store.Stored[store.Suspension]) error {
		if e.now().Before(s.Value.Until) {
			return nil
		}
		err := e.change(ctx, func(c *store.Change) error {
			now, err := store.Suspensions.Get(ctx, e.config.Store, s.Value.At)
			if err != nil || e.now().Before(now.Value.Until) {
				return unlessMissing(err)
			}
			store.Suspensions.Delete(c, now)
			e.tell(c, event.MasksResumed.With(event.Suspension(now.Value)), request.SystemID, nil, store.Suspensions.Subject(now.Value.At))
			return nil
		})
		return err
	})
}

func checkPlace(at catalog.Ref) error {
	same, err := catalog.ParseRef(string(at))
	if err == nil && same != at {
		err = fmt.Errorf("%w: must be spelled %s", catalog.ErrRef, same)
	}
	return err
}

func checkSuspension(d time.Duration) error {
	if d > 0 && d <= MaxSuspension {
		return nil
	}
	return &request.InvalidError{What: "suspension", Faults: []request.Fault{{Field: "for", Reason: fmt.Sprintf("is %s, must be more than 0 and at most %s", d, MaxSuspension)}}}
}
