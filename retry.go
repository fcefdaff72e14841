package grantwright

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Retry makes the next attempt of a grant that has failed at once, whether it is
// to give or to take. Its requester and beneficiary may, ADMIN and GOVERNANCE;
// Settle waits for what comes of it.
func (g Grants) Retry(ctx context.Context, by request.Identity, id provision.GrantID) (provision.Grant, error) {
	return g.e.provisioning.ChangeGrant(ctx, by, id, event.GrantRetried, "", func(req request.Request, grant provision.Grant) (provision.Grant, error) {
		return grant.Retried(g.e.journal.Now()), provisioning.MayRetry(by, req, grant)
	})
}

// Resume puts a grant that is SUSPENDED into effect again, for the principal and
// the object that stand under their names on the platform now. It takes
// GOVERNANCE: whoever does it vouches for what was not approved.
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
