package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/request"
)

// Cancel withdraws a request that is pending. Only its requester may.
func (e *Engine) Cancel(ctx context.Context, by request.Identity, id request.ID) (request.Request, error) {
	return e.decisions.Cancel(ctx, by, id)
}

// Revoke ends what an approved request gives, before its time. The beneficiary
// may, whoever approved it, its data stewards of today, and GOVERNANCE. The
// record says REVOKED of the request at once, and REVOKED of the grant when the
// access is gone from the platform; Settle waits for that.
func (e *Engine) Revoke(ctx context.Context, by request.Identity, id request.ID, reason string) (request.Request, error) {
	return e.decisions.Revoke(ctx, by, id, reason)
}
