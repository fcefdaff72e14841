package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Reconcile compares the access on a connection with its grants. Where an object was
// made anew, its grants follow it. Access of ours that someone has taken away is not
// put back: the grant is SUSPENDED. Access of ours without a grant is removed, if the
// records know that it has ended. Access that others gave is reported. It takes ADMIN
// or GOVERNANCE. Run does it from time to time: see Config.Reconcile.
func (e *Engine) Reconcile(ctx context.Context, by request.Identity, connection string, how provision.Reconcile) (provision.Reconciliation, error) {
	needs := []request.Permission{request.Governance, request.Admin}
	if how.Adopt || how.MaxRemovals != 0 {
		needs = needs[:1]
	}
	if err := permit(by, "reconcile a connection", needs...); err != nil {
		return provision.Reconciliation{}, err
	}
	return e.drift.ReconcileNow(ctx, by, connection, how)
}
