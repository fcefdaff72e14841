package grantwright

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
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

// Resolve finds the asset that a request link leads to, and its form. A name that
// none has is read as its platform reads it without quotes. If the name fits several assets, the error is an *AmbiguousError; if it fits none, it
// wraps catalog.ErrNotFound.
func (e *Engine) Resolve(ctx context.Context, by request.Identity, link catalog.Link) (request.Entry, error) {
	if err := by.Check(); err != nil {
		return request.Entry{}, err
	}
	found, err := e.rules.Find(ctx, link)
	if err != nil {
		return request.Entry{}, err
	}
	switch len(found) {
	case 0:
		return request.Entry{}, fmt.Errorf("%w: %s", catalog.ErrNotFound, catalog.FormatPath(link.Path))
	case 1:
		return e.rules.Entry(ctx, found[0], rulebook.RequestType(link.Type))
	}
	return request.Entry{}, &catalog.AmbiguousError{Candidates: found}
}

// Guardrails lists those that hold for an asset, and where they are set, nearest
// first, and then those of what it is a part of: to those who may see who has access to it.
func (a Assets) Guardrails(ctx context.Context, by request.Identity, ref catalog.Ref) ([]review.Placed, error) {
	if err := a.e.mayOversee(ctx, by, ref, "see the guardrails of this asset"); err != nil {
		return nil, err
	}
	return a.e.rules.GuardrailChecker().Holding(ctx, ref)
}
