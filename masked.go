package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// Masks is how assets are shown to those who may not see them clear.
type Masks struct{ e *Engine }

// Masks returns the masks of the engine, as they hold. Governance declares them.
func (e *Engine) Masks() Masks { return Masks{e} }

// Of says how an asset is shown, to everyone. Where the keys of hashes are kept is
// told to GOVERNANCE and AUDIT alone.
func (m Masks) Of(ctx context.Context, by request.Identity, ref catalog.Ref) (request.AssetMasks, error) {
	if err := by.Check(); err != nil {
		return request.AssetMasks{}, err
	}
	if _, err := m.e.rules.Asset(ctx, ref); err != nil {
		return request.AssetMasks{}, err
	}
	return m.e.rules.MasksOf(ctx, by, ref)
}

// Masked lists the assets that are masked at and below a place, by their Refs, from
// the one after a given one, at most limit of them. It takes GOVERNANCE, ADMIN or
// AUDIT.
func (m Masks) Masked(ctx context.Context, by request.Identity, at, after catalog.Ref, limit int) ([]request.AssetMasks, error) {
	if err := permit(by, "list what is masked", request.Governance, request.Admin, request.Audit); err != nil {
		return nil, err
	}
	return m.e.rules.Masked(ctx, by, at, after, limit)
}
