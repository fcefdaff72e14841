package grantwright

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/internal/drift"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Claim makes chosen access of others grants of ours, each by itself: with an owner
// and an end, and as if governance had approved a request of its owner. Guardrails
// hold for it. A dry run changes nothing, and says what would be done. The same claim
// again makes no second grant, and takes over what is left to. It takes GOVERNANCE,
// and nobody claims for themselves.
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
