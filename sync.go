package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// Sync reads what a platform holds, at and below root, into the inventory. It
// takes ADMIN. What could not be read is named in the result and stays as it was.
func (e *Engine) Sync(ctx context.Context, by request.Identity, root catalog.Ref) (catalog.Synced, error) {
	if err := permit(by, "sync a connection", request.Admin); err != nil {
		return catalog.Synced{}, err
	}
	return e.inventory.SyncNow(ctx, by, root)
}
