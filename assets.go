package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// Assets is what can be asked for.
type Assets struct{ e *Engine }

// Assets returns the assets of the engine.
func (e *Engine) Assets() Assets { return Assets{e} }

// Search lists assets by Ref, a page at a time. Everyone may: what can be asked
// for is no secret.
func (a Assets) Search(ctx context.Context, by request.Identity, q catalog.Query) ([]catalog.Asset, error) {
	if err := by.Check(); err != nil {
		return nil, err
	}
	return a.e.rules.Inventory.Search(ctx, q)
}

// Entry returns an asset with the form by which it is asked for.
func (a Assets) Entry(ctx context.Context, by request.Identity, ref catalog.Ref, t request.Type) (request.Entry, error) {
	if err := by.Check(); err != nil {
		return request.Entry{}, err
	}
	asset, err := a.e.rules.Asset(ctx, ref)
	if err != nil {
		return request.Entry{}, err
	}
	return a.e.rules.Entry(ctx, asset, t)
}
