package grantwright

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// settlePoll is how often Settle looks for what other processes have done.
const settlePoll = 50 * time.Millisecond

// Settle waits until the platform has answered for a request, and returns its
// grant: ACTIVE or REVOKED; FAILED, or REVOKING with an Error, where it did not
// work and is tried again; PENDING where a person has to do it; or with a time until
// which it Waits, where a service answers later. A request that has no grant has
// nothing to wait for: the grant is zero then.
func (e *Engine) Settle(ctx context.Context, by request.Identity, id request.ID) (provision.Grant, error) {
	read, err := store.Requests.Get(ctx, e.config.Store, id)
	if err != nil {
		return provision.Grant{}, err
	}
	if err := e.mayRead(ctx, by, read.Value); err != nil {
		return provision.Grant{}, err
	}
	return e.waitForGrant(ctx, read.Value)
}

// waitForGrant waits until the platform has answered for a request.
func (e *Engine) waitForGrant(ctx context.Context, req request.Request) (provision.Grant, error) {
	ticker := time.NewTicker(settlePoll)
	defer ticker.Stop()
	for {
		changed := e.changes.next()
		g, err := store.Grants.Get(ctx, e.config.Store, grantOf(req.ID))
		if err != nil || settled(g.Value) {
			return g.Value, unlessMissing(err)
		}
		if err := e.worker.Do(ctx, grantTask(req.Asset)); ctx.Err() == nil && err != nil && !errors.Is(err, store.ErrConflict) {
			e.config.Logger.Warn("a grant is tried again later", "asset", req.Asset, "error", err)
		}
		select {
		case <-ctx.Done():
			return g.Value, ctx.Err()
		case <-changed:
		case <-ticker.C:
		}
	}
}

// settled reports whether the platform has had its say.
func settled(g provision.Grant) bool {
	switch g.State {
	case provision.Pending, provision.Provisioning:
		return g.How == provision.Manual || !g.Waits.IsZero()
	case provision.Revoking:
		return g.How == provision.Manual || !g.Waits.IsZero() || g.Error != ""
	}
	return true
}
