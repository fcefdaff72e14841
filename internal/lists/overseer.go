package lists

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// MayOversee lets those do something who look after an asset: GOVERNANCE and AUDIT,
// its data stewards, and its owner on the platform.
func (l *Lists) MayOversee(ctx context.Context, by request.Identity, ref catalog.Ref, act string) error {
	if err := by.Check(); err != nil {
		return err
	}
	if _, err := catalog.ParseRef(string(ref)); err != nil {
		return err
	}
	if by.Has(request.Governance) || by.Has(request.Audit) {
		return nil
	}
	asset, err := l.Rules.Inventory.Asset(ctx, ref)
	if err != nil && !errors.Is(err, catalog.ErrNotFound) {
		return err
	}
	if err == nil {
		looksAfter, err := l.looksAfter(ctx, by, asset)
		if err != nil || looksAfter {
			return err
		}
	}
	return &request.ForbiddenError{Person: by.Person(), Act: act, Needs: "a data steward of it, its owner, GOVERNANCE or AUDIT"}
}

// looksAfter reports whether somebody is the owner or a data steward of an asset.
func (l *Lists) looksAfter(ctx context.Context, by request.Identity, asset catalog.Asset) (bool, error) {
	owns, err := l.Rules.Platforms.Owns(ctx, by, asset)
	if err != nil || owns || !by.Acts() { // only who acts is a data steward
		return owns, err
	}
	entry, err := l.Rules.Entry(ctx, asset, request.DataAccess)
	if err != nil {
		return false, err
	}
	for _, name := range entry.From.Flows(entry.Form) {
		flow, err := l.Rules.Flow(ctx, name)
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
