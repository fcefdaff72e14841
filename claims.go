package grantwright

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/drift"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Claim turns chosen access that others gave into grants of ours, each by itself: with
// an owner and an end, and as if governance had approved a request of its owner.
// Guardrails hold for it. A dry run changes nothing, and says what would be done. The
// same claim again makes no second grant, and takes over the access that is still left.
// It takes GOVERNANCE, and nobody claims for themselves.
func (a Access) Claim(ctx context.Context, by request.Identity, claims []provision.Claim, dryRun bool) ([]provision.Claimed, error) {
	if err := permit(by, "claim access that others gave", request.Governance); err != nil {
		return nil, err
	}
	if len(claims) < 1 || len(claims) > provision.MaxClaims {
		return nil, &request.InvalidError{What: "claims", Faults: []request.Fault{{Field: "claims", Reason: fmt.Sprintf("are %d, must be 1 to %d", len(claims), provision.MaxClaims)}}}
	}
	if err := drift.CheckClaims(by, claims); err != nil {
		return nil, err
	}
	all := make([]provision.Claimed, len(claims))
	for i, claim := range claims {
		c := drift.ClaimRun{Drift: a.e.drift, By: by, Result: provision.Claimed{Claim: claim}}
		if err := c.Do(ctx, dryRun); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			c.Result.Trouble = err.Error()
		}
		all[i] = c.Result
	}
	return all, nil
}

// Foreign lists the access at and below a place that others gave on the platform, as it
// stands there now, in the order of assets and principals, with where the next page begins.
// It is only reported: nothing of it is ever taken away, unless governance claims it and says
// so. What others gave before is not known: a query with a time is a *request.InvalidError.
// It takes the same as To; with a person, of whom only the principals count, also for a container.
func (a Access) Foreign(ctx context.Context, by request.Identity, root catalog.Ref, q AccessQuery) ([]provision.Foreign, store.Position, error) {
	accounts, err := a.whose(ctx, by, root, q.Person)
	if err == nil && !q.At.IsZero() {
		err = &request.InvalidError{What: "query", Faults: []request.Fault{{Field: "at", Reason: "must be missing: only access through us is known for a time before"}}}
	}
	if err != nil {
		return nil, q.After, err
	}
	all, next, err := a.e.drift.Foreign(ctx, by, root, accounts, q.After, q.Limit)
	if err == nil && len(all) == 0 {
		err = a.e.lists.CheckPlace(ctx, root)
	}
	return all, next, err
}
