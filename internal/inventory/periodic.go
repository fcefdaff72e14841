package inventory

import (
	"context"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// SyncPeriodically syncs a connection, and says after how long to do so again.
func (i *Inventory) SyncPeriodically(ctx context.Context, c catalog.Connection) (time.Duration, error) {
	stop, err := i.People.Stop(ctx, provision.StoppedConnection(c.Name))
	if err != nil || c.SyncEvery == 0 || stop != nil && stop.Retiring {
		return c.SyncEvery, err
	}
	_, err = i.sync(ctx, request.SystemID, catalog.Ref(c.Name))
	return c.SyncEvery, err
}
