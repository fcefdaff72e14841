package grantwright

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// strictParts lists what would be read through an asset on its platform, as
// partitions are, although others decide there: where a form, a flow, a guardrail
// or a mask is nearer than what both have in common. At most MaxExcluded.
func (e *Engine) strictParts(ctx context.Context, p provision.Provisioner, asset catalog.Asset) ([]catalog.Ref, error) {
	parter, is := p.(provision.Parter)
	if !is {
		return nil, nil
	}
	parts, err := parter.Parts(ctx, asset)
	if err != nil {
		return nil, err
	}
	stricter := map[catalog.Ref][]catalog.Ref{} // by what both have in common
	var strict []catalog.Ref
	for _, part := range parts {
		common := holdsBoth(asset.Ref, part)
		if _, known := stricter[common]; !known {
			if stricter[common], err = e.excluded(ctx, common, request.DataAccess); err != nil {
				return nil, err
			}
		}
		within := func(x catalog.Ref) bool { return x.Covers(part) && !x.Covers(asset.Ref) }
		if slices.ContainsFunc(stricter[common], within) && len(strict) < MaxExcluded {
			strict = append(strict, part)
		}
	}
	return strict, nil
}

// withParts adds to what a container does not cover the parts of which that is made:
// the rows of a table about which others decide are not to be read by its partitions.
func (e *Engine) withParts(ctx context.Context, excluded []catalog.Ref) ([]catalog.Ref, error) {
	all := slices.Clone(excluded)
	for _, ref := range excluded {
		asset, err := e.config.Inventory.Asset(ctx, ref)
		if errors.Is(err, catalog.ErrNotFound) || err == nil && asset.Kind != catalog.PartitionedTable {
			continue
		}
		if err != nil {
			return nil, err
		}
		p, err := e.provisioner(ctx, ref.Connection())
		if err != nil {
			return nil, err
		}
		if parter, is := p.(provision.Parter); is {
			parts, err := parter.Parts(ctx, asset)
			if err != nil {
				return nil, err
			}
			all = append(all, parts...)
		}
	}
	return all, nil
}

// findStricter reports what is read through an asset on which grants live.
func (r *reconciling) findStricter(ctx context.Context, ref catalog.Ref) error {
	live, err := store.LiveGrants.Find(ctx, r.e.config.Store, ref, store.Position{}, 1)
	if err != nil || len(live) == 0 {
		return err
	}
	strict, err := r.e.strictParts(ctx, r.p, live[0].Value.Asset)
	if err != nil {
		r.find(Finding{Kind: FoundUnheard, Asset: ref, Detail: err.Error()})
	} else if len(strict) > 0 {
		r.find(Finding{Kind: FoundStricter, Asset: ref, Detail: fmt.Sprintf("others decide about what is read through it: %q", strict)})
	}
	return nil
}

// holdsBoth is the smallest place that holds two assets of a connection.
func holdsBoth(a, b catalog.Ref) catalog.Ref {
	at := a.Parent()
	for !at.Covers(b) {
		at = at.Parent()
	}
	return at
}
