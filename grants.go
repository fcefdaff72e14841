package grantwright

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/desk"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Grants is what can be asked of the access that was given.
type Grants struct{ e *Engine }

// Grants returns the grants of the engine.
func (e *Engine) Grants() Grants { return Grants{e} }

// On lists the grants on an asset, the oldest first, from a position on: zero for
// the first page, the one returned for the next. It takes GOVERNANCE or AUDIT.
func (g Grants) On(ctx context.Context, by request.Identity, ref catalog.Ref, after store.Position, limit int) ([]provision.Grant, store.Position, error) {
	if err := permit(by, "list the grants of an asset", request.Governance, request.Audit); err != nil {
		return nil, after, err
	}
	read, err := records.GrantsOn.Find(ctx, g.e.journal.Store, ref, after, limit)
	return journal.PageOf(read, after, err)
}

// Plan says which statements the platform would run if a request were approved as
// it is now, without running any, to those who may see the request. It names how the
// beneficiary gets in otherwise: who has asked for somebody else may not see it.
func (g Grants) Plan(ctx context.Context, by request.Identity, id request.ID) (provision.Plan, error) {
	read, err := records.Requests.Get(ctx, g.e.journal.Store, id)
	if err != nil {
		return provision.Plan{}, err
	}
	req := read.Value
	if err := g.e.decisions.MayRead(ctx, by, req); err != nil {
		return provision.Plan{}, err
	}
	sees, err := g.e.decisions.SeesAccess(ctx, by, req)
	if err != nil {
		return provision.Plan{}, err
	}
	if !sees {
		return provision.Plan{}, &request.ForbiddenError{Person: by.Person(), Act: "see how the beneficiary gets in", Needs: "the beneficiary, a data steward of the request, GOVERNANCE or AUDIT"}
	}
	return g.e.provisioning.Plan(ctx, req)
}

// Retry makes the next attempt of a grant that has failed at once, whether it is to
// give or to take access. Its requester and beneficiary may, ADMIN and GOVERNANCE;
// WaitForGrant waits for the outcome.
func (g Grants) Retry(ctx context.Context, by request.Identity, id provision.GrantID) (provision.Grant, error) {
	grant, err := g.e.provisioning.ChangeGrant(ctx, by, id, event.GrantRetried, "", func(req request.Request, grant provision.Grant) (provision.Grant, error) {
		err := provisioning.MayRetry(by, req, grant)
		if errors.Is(err, request.ErrForbidden) && g.e.decisions.MayRead(ctx, by, req) != nil {
			err = journal.Hidden(records.Grants, id, err)
		}
		return grant.Retried(g.e.journal.Now()), err
	})
	if err != nil {
		return grant, err
	}
	return desk.Shown(by, grant), nil
}

// Shorten brings the end of access that stands forward. Whoever may revoke it may.
func (g Grants) Shorten(ctx context.Context, by request.Identity, id provision.GrantID, ends time.Time, reason string) (provision.Grant, error) {
	grant, err := g.e.desk.Shorten(ctx, by, id, ends, reason)
	return grant, g.e.decisions.Alike(ctx, by, request.ID(id), err)
}

// Resume puts a grant that is SUSPENDED into effect again, for the principal and the
// object that stand under their names on the platform now. It takes GOVERNANCE: nobody
// has approved this principal and this object, so that the caller vouches for them.
func (g Grants) Resume(ctx context.Context, by request.Identity, id provision.GrantID, reason string) (provision.Grant, error) {
	if err := errors.Join(permit(by, "resume a grant", request.Governance), review.CheckReason(reason)); err != nil {
		return provision.Grant{}, err
	}
	read, err := records.Grants.Get(ctx, g.e.journal.Store, id)
	if err != nil {
		return provision.Grant{}, err
	}
	rev, err := records.Reviews.Get(ctx, g.e.journal.Store, read.Value.Request)
	if err != nil {
		return provision.Grant{}, err
	}
	now, err := g.e.provisioning.StandingNow(ctx, read.Value)
	if err != nil {
		return provision.Grant{}, err
	}
	return g.e.provisioning.ChangeGrant(ctx, by, id, event.GrantResumed, reason, func(req request.Request, grant provision.Grant) (provision.Grant, error) {
		return grant.Resume(now.Principal, now.Asset.Object()), provisioning.MayResume(by, req, rev.Value, grant)
	})
}

// Amiss lists the grants that have failed or are suspended, and those whose access could not
// be taken yet, the first approved first, from a position on. It takes ADMIN, GOVERNANCE or
// AUDIT.
func (g Grants) Amiss(ctx context.Context, by request.Identity, after store.Position, limit int) ([]provision.Grant, store.Position, error) {
	if err := permit(by, "list the grants that have failed", request.Admin, request.Governance, request.Audit); err != nil {
		return nil, after, err
	}
	read, err := records.GrantsAmiss.Find(ctx, g.e.journal.Store, "all", after, limit)
	return journal.PageOf(read, after, err)
}

// Overdue counts the grants whose access should be gone from the platform by now
// and is not known to be, up to store.MaxPage. It names none of them, and takes
// no permission.
func (e *Engine) Overdue(ctx context.Context) (int, error) {
	return e.provisioning.Overdue(ctx)
}
