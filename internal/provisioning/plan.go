package provisioning

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Plan returns the statements that the platform would run for a request.
func (pr *Provisioning) Plan(ctx context.Context, req request.Request) (provision.Plan, error) {
	standing, asked, err := pr.standing(ctx, req)
	if err != nil {
		return provision.Plan{}, err
	}
	plan, err := pr.PlanFor(ctx, standing)
	plan.Err, plan.Gaps = FaultOf(plan.Err, asked), plan.Gaps.Of(req.Privilege)
	return plan, err
}

// PlanFor returns the statements that the platform would run for a Standing.
func (pr *Provisioning) PlanFor(ctx context.Context, want provision.Standing) (provision.Plan, error) {
	ctx, cancel := context.WithTimeout(ctx, pr.Timeout)
	defer cancel()
	connection := want.Asset.Ref.Connection()
	p, err := pr.Platforms.Provisioner(ctx, connection)
	if err != nil {
		return provision.Plan{}, err
	}
	planner, is := p.(provision.Planner)
	if !is {
		return provision.Plan{}, fmt.Errorf("%w: connection %s cannot say beforehand what it will do", provision.ErrNoPlatform, connection)
	}
	want.Reached = nil // who decides sees it as it is
	covering, err := pr.Rules.WithCovered(ctx, want.Asset.Ref, []provision.Standing{want})
	if err != nil {
		return provision.Plan{}, err
	}
	plans, err := pr.PlanAll(ctx, planner, connection, covering)
	if err != nil {
		return provision.Plan{}, err
	}
	return plans[0], nil
}

// PlanAll asks a planner about Standings, and where it refuses some of the access of one, about
// the rest too: FaultOf says then for which grants the plan fails.
func (pr *Provisioning) PlanAll(ctx context.Context, planner provision.Planner, connection string, want []provision.Standing) ([]provision.Plan, error) {
	plan := func(want []provision.Standing) ([]provision.Plan, error) {
		plans := pr.Platforms.HidePlans(connection, planner.Plan(ctx, want))
		if len(plans) != len(want) {
			return nil, pr.Platforms.Unreachable(connection, fmt.Errorf("the planner returned %d plans of %d", len(plans), len(want)))
		}
		return plans, nil
	}
	plans, err := plan(want)
	if err != nil {
		return nil, err
	}
	var faults []*error
	for i := range plans {
		faults = append(faults, &plans[i].Err)
	}
	again, places := withoutRefused(want, faults)
	if len(again) == 0 {
		return plans, nil
	}
	rest, err := plan(again)
	if err != nil {
		return nil, err
	}
	for i, p := range rest {
		p.Err = withRest(plans[places[i]].Err, p.Err)
		plans[places[i]] = p
	}
	return plans, nil
}

// standing is the Standing of the principal of a request, with the access that is
// asked for, and the grant of that.
func (pr *Provisioning) standing(ctx context.Context, req request.Request) (s provision.Standing, asked provision.Grant, err error) {
	live, err := pr.LiveGrants(ctx, req.Asset, req.Principal.Name)
	if err != nil {
		return s, asked, err
	}
	asked = provision.NewGrant(req, req.PinnedAsset(), provision.AccessOf(req, req.Privilege, req.Columns), req.Duration, provision.Auto, req.Submitted)
	return provision.Standings(append([]provision.Grant{asked}, ValuesOf(live)...))[0], asked, nil
}
