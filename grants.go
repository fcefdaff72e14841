package grantwright

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
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
	read, err := store.GrantsOn.Find(ctx, g.e.config.Store, ref, after, limit)
	return pageOf(read, after, err)
}

// Plan says which statements the platform would run if a request were approved as
// it is now, without running any, to those who may see the request.
func (g Grants) Plan(ctx context.Context, by request.Identity, id request.ID) (provision.Plan, error) {
	read, err := store.Requests.Get(ctx, g.e.config.Store, id)
	if err != nil {
		return provision.Plan{}, err
	}
	req := read.Value
	if err := g.e.mayRead(ctx, by, req); err != nil {
		return provision.Plan{}, err
	}
	return g.plan(ctx, req)
}

// plan says what the platform would run for a request.
func (g Grants) plan(ctx context.Context, req request.Request) (provision.Plan, error) {
	standing, err := g.standing(ctx, req)
	if err != nil {
		return provision.Plan{}, err
	}
	return g.planFor(ctx, standing)
}

// planFor says what the platform would run to bring about a Standing.
func (g Grants) planFor(ctx context.Context, want provision.Standing) (provision.Plan, error) {
	ctx, cancel := context.WithTimeout(ctx, g.e.config.PlatformTimeout)
	defer cancel()
	connection := want.Asset.Ref.Connection()
	p, err := g.e.provisioner(ctx, connection)
	if err != nil {
		return provision.Plan{}, err
	}
	planner, is := p.(provision.Planner)
	if !is {
		return provision.Plan{}, fmt.Errorf("%w: connection %s cannot say beforehand what it will do", ErrNoPlatform, connection)
	}
	covering, err := g.e.cover(ctx, want.Asset.Ref, []provision.Standing{want})
	if err != nil {
		return provision.Plan{}, err
	}
	plans := planner.Plan(ctx, covering)
	if len(plans) != 1 {
		return provision.Plan{}, unasked(connection, fmt.Errorf("the planner returned %d plans of 1", len(plans)))
	}
	return plans[0], nil
}

// standing is what the principal of a request has from us, with what is asked.
func (g Grants) standing(ctx context.Context, req request.Request) (provision.Standing, error) {
	live, err := g.e.liveGrants(ctx, req.Asset, req.Principal.Name)
	if err != nil {
		return provision.Standing{}, err
	}
	asked := provision.NewGrant(req, assetOf(req), accessOf(req.Type, req.Privilege, req.Columns), req.Duration, provision.Auto, req.Submitted)
	return provision.Standings(append([]provision.Grant{asked}, valuesOf(live)...))[0], nil
}

// assetOf is the asset of a request as it was pinned.
func assetOf(req request.Request) catalog.Asset {
	return catalog.Asset{Ref: req.Asset, ID: req.Object.ID, Kind: req.Object.Kind, Source: catalog.Claims{Owner: req.Object.Owner}}
}
