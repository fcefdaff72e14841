package provisioning

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Plan returns the statements that the platform would run for a request.
func (pr *Provisioning) Plan(ctx context.Context, req request.Request) (provision.Plan, error) {
	standing, err := pr.standing(ctx, req)
	if err != nil {
		return provision.Plan{}, err
	}
	return pr.PlanFor(ctx, standing)
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
	plans := pr.Platforms.HidePlans(connection, planner.Plan(ctx, covering))
	if len(plans) != 1 {
		return provision.Plan{}, pr.Platforms.Unreachable(connection, fmt.Errorf("the planner returned %d plans of 1", len(plans)))
	}
	return plans[0], nil
}

// standing is the Standing of the principal of a request, with the access that is
// asked for.
func (pr *Provisioning) standing(ctx context.Context, req request.Request) (provision.Standing, error) {
	live, err := pr.LiveGrants(ctx, req.Asset, req.Principal.Name)
	if err != nil {
		return provision.Standing{}, err
	}
	asked := provision.NewGrant(req, req.PinnedAsset(), provision.AccessOf(req, req.Privilege, req.Columns), req.Duration, provision.Auto, req.Submitted)
	return provision.Standings(append([]provision.Grant{asked}, ValuesOf(live)...))[0], nil
}
