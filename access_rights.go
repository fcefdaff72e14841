package grantwright

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// mayOversee lets those do something who look after an asset: GOVERNANCE and AUDIT,
// its data stewards, and its owner on the platform.
func (e *Engine) mayOversee(ctx context.Context, by request.Identity, ref catalog.Ref, act string) error {
	if err := by.Check(); err != nil {
		return err
	}
	if _, err := catalog.ParseRef(string(ref)); err != nil {
		return err
	}
	if by.Has(request.Governance) || by.Has(request.Audit) {
		return nil
	}
	asset, err := e.rules.Inventory.Asset(ctx, ref)
	if err != nil && !errors.Is(err, catalog.ErrNotFound) {
		return err
	}
	if err == nil {
		looksAfter, err := e.looksAfter(ctx, by, asset)
		if err != nil || looksAfter {
			return err
		}
	}
	return &request.ForbiddenError{Person: by.Person(), Act: act, Needs: "a data steward of it, its owner, GOVERNANCE or AUDIT"}
}

// looksAfter reports whether somebody is the owner or a data steward of an asset.
func (e *Engine) looksAfter(ctx context.Context, by request.Identity, asset catalog.Asset) (bool, error) {
	owns, err := e.decisions.Owns(ctx, by, asset)
	if err != nil || owns {
		return owns, err
	}
	entry, err := e.rules.Entry(ctx, asset, request.DataAccess)
	if err != nil {
		return false, err
	}
	for _, name := range entry.From.Flows(entry.Form) {
		flow, err := e.rules.Flow(ctx, name)
		if err != nil {
			return false, err
		}
		// Selectors by condition name nobody without a request.
		if slices.ContainsFunc(flow.Selectors(), func(s review.Selector) bool { return s.Criterion().Holds(by) }) {
			return true, nil
		}
	}
	return false, nil
}
