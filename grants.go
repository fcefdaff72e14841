package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
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
	read, err := records.GrantsOn.Find(ctx, g.e.journal.Store, ref, after, limit)
	return journal.PageOf(read, after, err)
}

// Plan says which statements the platform would run if a request were approved as
// it is now, without running any, to those who may see the request.
func (g Grants) Plan(ctx context.Context, by request.Identity, id request.ID) (provision.Plan, error) {
	read, err := records.Requests.Get(ctx, g.e.journal.Store, id)
	if err != nil {
		return provision.Plan{}, err
	}
	req := read.Value
	if err := g.e.decisions.MayRead(ctx, by, req); err != nil {
		return provision.Plan{}, err
	}
	return g.e.provisioning.Plan(ctx, req)
}
