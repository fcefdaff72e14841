package drift

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// findStricter reports assets about which others decide, and that are read through an asset
// with live grants: as a sync has seen it, and as the platform says now. Of a container it
// reports what is left out because of that.
func (r *reconciliation) findStricter(ctx context.Context, ref catalog.Ref, now provision.Reach) error {
	asset, err := r.drift.Rules.Inventory.Asset(ctx, ref)
	if errors.Is(err, catalog.ErrNotFound) {
		asset, err = catalog.Asset{Ref: ref}, nil
	}
	if err != nil {
		return err
	}
	if err := r.enforceReach(ctx, ref, now.Beyond(asset.Through)); err != nil {
		return err
	}
	if asset.Kind.Container() {
		return r.findLeftOut(ctx, ref)
	}
	asset.Through = catalog.Join(asset.Through, now)
	strict, err := r.drift.Rules.StrictParts(ctx, asset, false)
	if err == nil && len(strict) > 0 {
		r.find(provision.Finding{Kind: provision.FoundStricter, Asset: ref, Detail: fmt.Sprintf("others decide about what is read through it: %q", strict)})
	}
	return err
}

// findLeftOut reports what access to a container leaves out: what was something else under
// another name, or looks like it, each by itself, and all else together.
func (r *reconciliation) findLeftOut(ctx context.Context, container catalog.Ref) error {
	out, err := r.drift.Rules.LeftOut(ctx, container, request.DataAccess)
	var reads []catalog.Ref
	for _, left := range out {
		if len(left.Asks) > 0 {
			r.find(provision.Finding{Kind: provision.FoundStricter, Asset: left.Ref, Mended: true,
				Detail: fmt.Sprintf("left out of %s until people decide: a rule approved access to that by itself, and would have asked people because of the tags of: %q", container, left.Asks)})
			continue
		}
		if !left.Held {
			reads = append(reads, left.Ref)
			continue
		}
		r.find(provision.Finding{Kind: provision.FoundHeld, Asset: left.Ref, Mended: true,
			Detail: fmt.Sprintf("left out of %s until governance classifies it, or decides about it: it stood as one of these before, or has their masked columns: %q", container, left.Of)})
	}
	if len(reads) > 0 {
		r.find(provision.Finding{Kind: provision.FoundStricter, Asset: container, Mended: true, Detail: fmt.Sprintf("left out, because others decide about what is read through it: %q", reads)})
	}
	return err
}
