package rulebook

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// StrictParts lists what would be read through an asset on its platform, as
// partitions are, although others decide there: where a form, a flow, a guardrail
// or a mask is nearer than what both have in common. At most MaxExcluded.
func (r *Rulebook) StrictParts(ctx context.Context, p provision.Provisioner, asset catalog.Asset) ([]catalog.Ref, error) {
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
		common := asset.Ref.Common(part)
		if _, known := stricter[common]; !known {
			if stricter[common], err = r.Excluded(ctx, common, request.DataAccess); err != nil {
				return nil, err
			}
		}
		within := func(x catalog.Ref) bool { return x.Covers(part) && !x.Covers(asset.Ref) }
		if slices.ContainsFunc(stricter[common], within) && len(strict) < provision.MaxExcluded {
			strict = append(strict, part)
		}
	}
	return strict, nil
}

// withParts adds to what a container does not cover the parts of which that is made:
// the rows of a table about which others decide are not to be read by its partitions.
func (r *Rulebook) withParts(ctx context.Context, excluded []catalog.Ref) ([]catalog.Ref, error) {
	all := slices.Clone(excluded)
	for _, ref := range excluded {
		asset, err := r.Inventory.Asset(ctx, ref)
		if errors.Is(err, catalog.ErrNotFound) || err == nil && asset.Kind != catalog.PartitionedTable {
			continue
		}
		if err != nil {
			return nil, err
		}
		p, err := r.Platforms.Provisioner(ctx, ref.Connection())
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
