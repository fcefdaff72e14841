package grantwright

import (
	"context"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// beforeGiving ends a grant that is about to be given and that guardrails prevent.
// Where they cannot be checked it is not given, and tried again.
func (g *guarding) beforeGiving(ctx context.Context, grant provision.Grant, now time.Time) (provision.Grant, error) {
	if !grant.Due(now) || !grant.Wanted() || grant.State == provision.Active {
		return grant, nil
	}
	found, err := g.preventedGrant(ctx, grant)
	switch {
	case ctx.Err() != nil:
		return grant, ctx.Err()
	case err != nil:
		return grant.Applied(provision.Outcome{Err: fmt.Errorf("the guardrails could not be checked: %w", err)}, now, store.Backoff), nil
	case len(found) > 0:
		return grant.Prevent(preventedBy(found)), nil
	}
	return grant, nil
}

// preventedGrant says which guardrails prevent a grant now.
func (g *guarding) preventedGrant(ctx context.Context, grant provision.Grant) ([]review.Prevention, error) {
	guards, err := g.guardrails(ctx, grant.Asset.Ref)
	if err != nil || len(guards) == 0 {
		return nil, err
	}
	req, err := store.Requests.Get(ctx, g.e.config.Store, grant.Request)
	if err != nil {
		return nil, err
	}
	return g.prevented(ctx, request.Identity{}, req.Value)
}

// unlessPrevented refuses an approval that guardrails would not let through.
func (e *Engine) unlessPrevented(ctx context.Context, by request.Identity, req request.Request) error {
	found, err := e.guarding().prevented(ctx, by, req)
	if err == nil && len(found) > 0 {
		err = &PreventedError{found}
	}
	return err
}

// denyPrevented turns the approval of a rule, which nobody looks at, into a denial
// where guardrails prevent what it would give.
func (e *Engine) denyPrevented(ctx context.Context, by request.Identity, req request.Request, rev review.Review) (review.Review, error) {
	if rev.Status != request.Approved {
		return rev, nil
	}
	found, err := e.guarding().prevented(ctx, by, req)
	return rev.Prevent(found), err
}

// unlessGrantPrevented refuses to say that a grant was given which guardrails would
// not let through.
func (e *Engine) unlessGrantPrevented(ctx context.Context, g provision.Grant) error {
	found, err := e.guarding().preventedGrant(ctx, g)
	if err == nil && len(found) > 0 {
		err = &PreventedError{found}
	}
	return err
}

// enforce ends the grants of the connection that guardrails prevent by now,
// however they were given. It needs no platform that answers: what ends is taken
// away as soon as that can be. A grant that cannot be checked holds up no other.
func (r *reconciling) enforce(ctx context.Context) error {
	guarding := r.e.guarding()
	root := catalog.Ref(r.on.Value.Name)
	if guarded, err := r.e.isGuarded(ctx, root); err != nil || !guarded {
		return err
	}
	var first error
	for after := (store.Position{}); ; {
		page, err := store.LiveOnConnection.Find(ctx, r.e.config.Store, r.on.Value.Name, after, store.MaxPage)
		if err != nil {
			return err
		}
		for _, g := range page {
			after = g.At
			err := r.enforceOne(ctx, guarding, g.Value)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil && first == nil {
				first = fmt.Errorf("grantwright: checking the guardrails of grant %s: %w", g.Value.ID, err)
			}
		}
		if len(page) < store.MaxPage {
			return first
		}
	}
}

// isGuarded reports whether guardrails are set at a place or below it.
func (e *Engine) isGuarded(ctx context.Context, at catalog.Ref) (bool, error) {
	for _, index := range []store.Index[catalog.Ref, store.Definition]{store.GuardrailsAt, store.GuardrailsBelow} {
		found, err := index.Find(ctx, e.config.Store, at, store.Position{}, 1)
		if err != nil || len(found) > 0 {
			return len(found) > 0, err
		}
	}
	return false, nil
}

func (r *reconciling) enforceOne(ctx context.Context, guarding *guarding, g provision.Grant) error {
	if !g.Wanted() && g.State != provision.Suspended {
		return nil
	}
	found, err := guarding.preventedGrant(ctx, g)
	if err != nil || len(found) == 0 {
		return err
	}
	why := preventedBy(found)
	r.find(Finding{Kind: FoundPrevented, Asset: g.Asset.Ref, Principal: g.Principal.Name, Grant: g.ID, Access: []provision.Access{g.Access}, Detail: why, Mended: !r.how.DryRun})
	if r.how.DryRun {
		return nil
	}
	return r.e.endPrevented(ctx, g.ID, why)
}

// endPrevented ends a grant for good because guardrails prevent it.
func (e *Engine) endPrevented(ctx context.Context, id provision.GrantID, why string) error {
	var req request.Request
	err := e.change(ctx, func(c *store.Change) error {
		read, err := store.Grants.Get(ctx, e.config.Store, id)
		if err != nil || read.Value.Ending != "" {
			return err
		}
		next := read.Value.Prevent(why)
		req = request.Request{ID: next.Request, Asset: next.Asset.Ref, Status: request.Revoked}
		if err := e.record(ctx, c, request.SystemID, progress{was: read, next: next}); err != nil {
			return err
		}
		return store.Ring(ctx, e.config.Store, c, grantTask(next.Asset.Ref), e.now())
	})
	if err == nil && req.ID != "" {
		e.provisionSoon(req)
	}
	return err
}
