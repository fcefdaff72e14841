package grantwright

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/masking"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Masks is how assets are shown to people who may not see all of their columns.
type Masks struct{ e *Engine }

// Masks returns the masks of the engine, as they hold. Governance declares them.
func (e *Engine) Masks() Masks { return Masks{e} }

// Of says how an asset is shown, to everyone. Where the keys of hashes are kept is
// told to GOVERNANCE and AUDIT alone.
func (m Masks) Of(ctx context.Context, by request.Identity, ref catalog.Ref) (request.AssetMasks, error) {
	if err := by.Check(); err != nil {
		return request.AssetMasks{}, err
	}
	if _, err := m.e.rules.Asset(ctx, ref); err != nil {
		return request.AssetMasks{}, err
	}
	return m.e.rules.MasksOf(ctx, by, ref)
}

// Masked lists the assets that are masked at and below a place, by their Refs, from
// the one after a given one, at most limit of them. It takes GOVERNANCE, ADMIN or
// AUDIT.
func (m Masks) Masked(ctx context.Context, by request.Identity, at, after catalog.Ref, limit int) ([]request.AssetMasks, error) {
	if err := permit(by, "list what is masked", request.Governance, request.Admin, request.Audit); err != nil {
		return nil, err
	}
	return m.e.rules.Masked(ctx, by, at, after, limit)
}

// Suspend takes the masks at and below a place out of force for a while, so that a
// migration can change the tables. The masked views are removed; until they are back,
// nobody who has access to the assets reads them at all, least of all clear. It returns
// when the platform was read back; an asset whose view could not be removed has an
// Error. They resume by themselves after the time, at most MaxSuspension. It takes
// GOVERNANCE or ADMIN.
func (m Masks) Suspend(ctx context.Context, by request.Identity, at catalog.Ref, d time.Duration, reason string) (request.Suspended, error) {
	if err := errors.Join(permit(by, "suspend masks", request.Governance, request.Admin), review.CheckReason(reason), masking.CheckPlace(at), masking.CheckSuspension(d)); err != nil {
		return request.Suspended{}, err
	}
	now := m.e.journal.Now()
	s := request.Suspension{At: at, By: by.Person(), Reason: reason, Since: now, Until: now.Add(d)}
	err := m.e.journal.Change(ctx, func(c *store.Change) error {
		if _, err := records.Connections.Get(ctx, m.e.journal.Store, at.Connection()); err != nil {
			return err
		}
		old, err := records.Suspensions.Get(ctx, m.e.journal.Store, at)
		switch {
		case errors.Is(err, store.ErrNotFound):
			records.Suspensions.Insert(c, s)
		case err != nil:
			return err
		default:
			records.Suspensions.Update(c, old, s)
		}
		m.e.journal.Emit(c, event.MasksSuspended.With(event.Suspension(s)), s.By, nil, records.Suspensions.Subject(at))
		return m.e.masking.EnforceSoon(ctx, c, at.Connection())
	})
	if err != nil {
		return request.Suspended{}, err
	}
	return m.e.masking.WaitInForce(ctx, by, s)
}

// Resume brings suspended masks into force again, and returns when the platform was
// read back. An asset that could not be masked has an Error. It takes GOVERNANCE or
// ADMIN.
func (m Masks) Resume(ctx context.Context, by request.Identity, at catalog.Ref) (request.Suspended, error) {
	if err := errors.Join(permit(by, "resume masks", request.Governance, request.Admin), masking.CheckPlace(at)); err != nil {
		return request.Suspended{}, err
	}
	var s request.Suspension
	err := m.e.journal.Change(ctx, func(c *store.Change) error {
		old, err := records.Suspensions.Get(ctx, m.e.journal.Store, at)
		if err != nil {
			return err
		}
		s = old.Value
		records.Suspensions.Delete(c, old)
		m.e.journal.Emit(c, event.MasksResumed.With(event.Suspension(s)), by.Person(), nil, records.Suspensions.Subject(at))
		return m.e.masking.EnforceSoon(ctx, c, at.Connection())
	})
	if err != nil {
		return request.Suspended{}, err
	}
	return m.e.masking.WaitInForce(ctx, by, s)
}

// Enforce looks at once at the masked views of a connection, and makes those anew that
// were swapped, dropped or changed. Run does the same from time to time; a look that is
// under way is waited for. It takes GOVERNANCE or ADMIN.
func (m Masks) Enforce(ctx context.Context, by request.Identity, connection string) error {
	if err := permit(by, "bring masks into force", request.Governance, request.Admin); err != nil {
		return err
	}
	if _, err := records.Connections.Get(ctx, m.e.journal.Store, connection); err != nil {
		return err
	}
	return m.e.masking.EnforceAtOnce(ctx, connection)
}
