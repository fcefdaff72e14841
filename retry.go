package grantwright

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Retry makes the next attempt of a grant that has failed at once, whether it is
// to give or to take. Its requester and beneficiary may, ADMIN and GOVERNANCE;
// Settle waits for what comes of it.
func (g Grants) Retry(ctx context.Context, by request.Identity, id provision.GrantID) (provision.Grant, error) {
	return g.act(ctx, by, id, event.GrantRetried, "", func(req request.Request, grant provision.Grant) (provision.Grant, error) {
		return grant.Retried(g.e.now()), mayRetry(by, req, grant)
	})
}

func mayRetry(by request.Identity, req request.Request, grant provision.Grant) error {
	if err := by.Check(); err != nil {
		return err
	}
	if !req.Concerns(by.Person()) && !by.Has(request.Admin) && !by.Has(request.Governance) {
		return &ForbiddenError{Person: by.Person(), Act: "retry this grant", Needs: "its requester or beneficiary, ADMIN or GOVERNANCE"}
	}
	if grant.How == provision.Manual || grant.Attempts == 0 && grant.Waits.IsZero() {
		return fmt.Errorf("%w: grant %s is %s, done %s, and no attempt of it has failed", ErrState, grant.ID, grant.State, grant.How)
	}
	return nil
}

// Resume puts a grant that is SUSPENDED into effect again, for the principal and
// the object that stand under their names on the platform now. It takes
// GOVERNANCE: whoever does it vouches for what was not approved.
func (g Grants) Resume(ctx context.Context, by request.Identity, id provision.GrantID, reason string) (provision.Grant, error) {
	if err := errors.Join(permit(by, "resume a grant", request.Governance), checkReason(reason)); err != nil {
		return provision.Grant{}, err
	}
	read, err := store.Grants.Get(ctx, g.e.config.Store, id)
	if err != nil {
		return provision.Grant{}, err
	}
	rev, err := store.Reviews.Get(ctx, g.e.config.Store, read.Value.Request)
	if err != nil {
		return provision.Grant{}, err
	}
	now, err := g.e.standingNow(ctx, read.Value)
	if err != nil {
		return provision.Grant{}, err
	}
	return g.act(ctx, by, id, event.GrantResumed, reason, func(req request.Request, grant provision.Grant) (provision.Grant, error) {
		return grant.Resume(now.Principal, now.Asset.Object()), mayResume(by, req, rev.Value, grant)
	})
}

func mayResume(by request.Identity, req request.Request, rev review.Review, grant provision.Grant) error {
	if own(by, req, rev) {
		return &ForbiddenError{Person: by.Person(), Act: "resume this grant", Needs: "someone other than its requester and beneficiary, and than members of a group that has it"}
	}
	if grant.State != provision.Suspended {
		return fmt.Errorf("%w: only a SUSPENDED grant can be resumed, it is %s", ErrState, grant.State)
	}
	return nil
}

// act changes one grant, tells of it, and has it put into effect.
func (g Grants) act(ctx context.Context, by request.Identity, id provision.GrantID, t event.Type[event.Grant], reason string,
	decide func(request.Request, provision.Grant) (provision.Grant, error)) (provision.Grant, error) {
	if err := by.Check(); err != nil {
		return provision.Grant{}, err
	}
	var next provision.Grant
	var req request.Request
	err := g.e.change(ctx, func(c *store.Change) error {
		read, err := store.Grants.Get(ctx, g.e.config.Store, id)
		if err != nil {
			return err
		}
		of, err := store.Requests.Get(ctx, g.e.config.Store, read.Value.Request)
		if err != nil {
			return err
		}
		req = of.Value
		if next, err = decide(req, read.Value); err != nil {
			return err
		}
		told := progress{next: next}.told()
		told.Reason = reason
		g.e.tell(c, t.With(told), by.Person(), &req, store.Grants.Subject(id))
		store.Grants.Update(c, read, next)
		store.Requests.Update(c, of, req)
		return g.ringAt(ctx, c, next)
	})
	if err != nil {
		return provision.Grant{}, err
	}
	g.e.provisionSoon(req)
	return next, nil
}

// standingNow is what stands on the platform under the names of a grant.
func (e *Engine) standingNow(ctx context.Context, g provision.Grant) (provision.Standing, error) {
	now := provision.Standing{
		Principal: request.Principal{Name: g.Principal.Name, Group: g.Principal.Group},
		Asset:     catalog.Asset{Ref: g.Asset.Ref, Kind: g.Asset.Kind},
		Want:      []provision.Access{g.Access},
	}
	asset, err := e.asset(ctx, g.Asset.Ref)
	if err != nil {
		return now, err
	}
	now.Asset.Kind = asset.Kind
	ctx, cancel := context.WithTimeout(ctx, e.config.PlatformTimeout)
	defer cancel()
	p, err := e.provisioner(ctx, g.Asset.Ref.Connection())
	if err != nil {
		return now, err
	}
	checker, is := p.(provision.Checker)
	if !is {
		now.Principal, now.Asset = g.Principal, asset
		return now, nil
	}
	if now, err = checker.Check(ctx, now); err != nil {
		return now, unasked(g.Asset.Ref.Connection(), err)
	}
	return now, nil
}
