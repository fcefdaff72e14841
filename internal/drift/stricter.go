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
		out, err := r.drift.Rules.LeftOut(ctx, ref, request.DataAccess)
		if err == nil && len(out) > 0 {
			r.find(provision.Finding{Kind: provision.FoundStricter, Asset: ref, Mended: true, Detail: fmt.Sprintf("left out, because others decide about what is read through it: %q", out)})
		}
		return err
	}
	asset.Through = catalog.Join(asset.Through, now)
	strict, err := r.drift.Rules.StrictParts(ctx, asset, false)
	if err == nil && len(strict) > 0 {
		r.find(provision.Finding{Kind: provision.FoundStricter, Asset: ref, Detail: fmt.Sprintf("others decide about what is read through it: %q", strict)})
	}
	return err
}
