package decisions

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// looksAfter reports whether somebody, or whom they stand for, is a data steward of the asset
// of a request today: by the flows that hold for the asset by now, whichever of their rules
// asks them. Only what has given access is theirs: while a request is pending, its own flow
// says who decides on it.
func (ds *Decisions) looksAfter(ctx context.Context, by request.Identity, req request.Request, rev review.Review) (bool, error) {
	if !by.Acts() || !slices.Contains([]request.Status{request.Approved, request.Expired, request.Revoked}, req.Status) {
		return false, nil
	}
	asset, err := ds.Rules.Inventory.Asset(ctx, req.Asset)
	if errors.Is(err, catalog.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	entry, err := ds.Rules.Entry(ctx, asset, req.Type)
	if err != nil {
		return false, err
	}
	standsFor, err := ds.People.StandsFor(ctx, by)
	if err != nil {
		return false, err
	}
	people := append([]request.Identity{by}, slices.DeleteFunc(standsFor, func(i request.Identity) bool { return !i.Acts() || rev.Bars(i) })...)
	for _, name := range entry.From.Flows(entry.Form) {
		flow, err := ds.Rules.Flow(ctx, name)
		if err != nil {
			return false, err
		}
		if is, err := ds.selects(ctx, flow, people, req, rev); err != nil || is {
			return is, err
		}
	}
	return false, nil
}

// selects reports whether a selector of a flow, whichever of its rules it stands in, names one
// of some people for a request.
func (ds *Decisions) selects(ctx context.Context, flow review.Flow, people []request.Identity, req request.Request, rev review.Review) (bool, error) {
	selectors := flow.Selectors()
	for _, s := range selectors {
		if slices.ContainsFunc(people, s.Criterion().Holds) {
			return true, nil
		}
	}
	selectors = slices.DeleteFunc(selectors, func(s review.Selector) bool { return s.Criterion() != request.Criterion{} })
	if len(selectors) == 0 {
		return false, nil
	}
	facts, err := ds.FactsOf(ctx, people[0], req, rev)
	if err != nil {
		return false, err
	}
	policy, err := ds.Rules.Policy(ctx, flow.Of())
	if err != nil {
		return false, err
	}
	for _, s := range selectors {
		for _, who := range people {
			if yes, err := ds.meets(ctx, policy, s, facts, who, req); err != nil || yes {
				return yes, err
			}
		}
	}
	return false, nil
}

// meets reports whether somebody meets a selector that depends on the request.
func (ds *Decisions) meets(ctx context.Context, policy *review.Policy, s review.Selector, facts review.Facts, who request.Identity, req request.Request) (bool, error) {
	if !s.Owners {
		yes, _ := policy.Meets(ctx, s, facts, who)
		return yes, ctx.Err()
	}
	asset, err := ds.Rules.Inventory.Asset(ctx, req.Asset)
	if err != nil {
		return false, err
	}
	return ds.Platforms.Owns(ctx, who, asset)
}
