package provisioning

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// grantPoll is how often WaitForGrant checks for the work of other processes.
const grantPoll = 50 * time.Millisecond

// WaitForGrant waits until the platform has answered for a request.
func (pr *Provisioning) WaitForGrant(ctx context.Context, req request.Request) (provision.Grant, error) {
	ticker := time.NewTicker(grantPoll)
	defer ticker.Stop()
	for {
		changed := pr.Changes.Next()
		g, err := records.Grants.Get(ctx, pr.Store, journal.GrantID(req.ID))
		if err != nil || g.Value.Settled() {
			return g.Value, journal.UnlessMissing(err)
		}
		if err := pr.Worker.Do(ctx, journal.GrantTask(req.Asset)); ctx.Err() == nil && err != nil && !errors.Is(err, store.ErrConflict) {
			pr.Logger.Warn("a grant is tried again later", "asset", req.Asset, "error", err)
		}
		select {
		case <-ctx.Done():
			return g.Value, ctx.Err()
		case <-changed:
		case <-ticker.C:
		}
	}
}
