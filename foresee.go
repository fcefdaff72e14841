package grantwright

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// foresee finds what compare would, and changes nothing.
func (r *reconciling) foresee(ctx context.Context, ref catalog.Ref, page []store.Stored[provision.Grant]) error {
	planner, is := r.p.(provision.Planner)
	if !is {
		return fmt.Errorf("%w: connection %s cannot say beforehand what it will do", ErrNoPlatform, r.on.Value.Name)
	}
	standing, err := r.e.stillActive(ctx, page)
	if err != nil || len(standing) == 0 {
		return err
	}
	all, err := r.e.ofSamePrincipals(ctx, ref, standing)
	if err != nil {
		return err
	}
	want, err := r.e.cover(ctx, ref, provision.Standings(valuesOf(all)))
	if err != nil {
		return err
	}
	plans := planner.Plan(ctx, want)
	if len(plans) != len(want) {
		return unasked(r.on.Value.Name, fmt.Errorf("the planner returned %d plans of %d", len(plans), len(want)))
	}
	for _, g := range standing {
		r.result.Compared++
		at := slices.IndexFunc(want, func(s provision.Standing) bool { return s.Includes(g.Value) })
		if f := foreseen(g.Value, plans[at]); f.Kind != "" {
			r.find(f)
		}
	}
	return nil
}

// foreseen is what a plan says of a grant that is ACTIVE; no kind where all is well.
func foreseen(g provision.Grant, plan provision.Plan) Finding {
	f := Finding{Asset: g.Asset.Ref, Principal: g.Principal.Name, Grant: g.ID, Access: []provision.Access{g.Access}, Statements: plan.Statements}
	next := g.Applied(provision.Outcome{Err: plan.Err, Withdrawn: plan.Withdrawn, Remaining: plan.Paths}, g.Started, store.Backoff)
	switch {
	case next.State == provision.Suspended:
		f.Kind, f.Detail = FoundSuspended, next.Withheld
	case next.State == provision.Provisioning:
		f.Kind, f.Detail = FoundReplaced, plan.Err.Error()
	case plan.Err != nil && errors.Is(plan.Err, provision.ErrPermanent):
		f.Kind, f.Detail = FoundBroken, plan.Err.Error()
	case plan.Err != nil:
		f.Kind, f.Detail = FoundUnheard, plan.Err.Error()
	case len(plan.Statements) > 0:
		f.Kind, f.Detail = FoundMissing, "what stands is not what is wanted"
	case !slices.Equal(next.Remaining, g.Remaining):
		f.Kind, f.Detail = FoundForeign, fmt.Sprintf("other ways in: %q, before: %q", next.Remaining, g.Remaining)
	}
	return f
}
