package grantwright

import (
	"cmp"
	"context"
	"fmt"
	"slices"

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

// Foreign lists the access at and below a place that others gave on the platform,
// as it stands there now, in the order of assets and principals: from the one after
// a given place in the list, at most limit of them, with where the next page begins.
// It is only reported: nothing of it is ever taken away, unless governance claims it
// and says so. It takes GOVERNANCE or AUDIT.
func (a Access) Foreign(ctx context.Context, by request.Identity, root catalog.Ref, after store.Position, limit int) ([]provision.Foreign, store.Position, error) {
	if err := permit(by, "list the access that others gave", request.Governance, request.Audit); err != nil {
		return nil, after, err
	}
	all, err := a.e.drift.Survey(ctx, root)
	if err != nil {
		return nil, after, err
	}
	if len(all) == 0 {
		return nil, store.Position{}, a.e.lists.CheckPlace(ctx, root)
	}
	slices.SortFunc(all, func(f, o provision.Foreign) int { return cmp.Compare(drift.ForeignKey(f), drift.ForeignKey(o)) })
	first, _ := slices.BinarySearchFunc(all, after.ID, func(f provision.Foreign, id string) int {
		if drift.ForeignKey(f) <= id {
			return -1
		}
		return 1
	})
	if limit <= 0 || limit > store.MaxPage {
		limit = store.MaxPage
	}
	page := all[first:min(len(all), first+limit)]
	if first+len(page) == len(all) {
		return page, store.Position{}, nil
	}
	return page, store.Position{ID: drift.ForeignKey(page[len(page)-1])}, nil
}
