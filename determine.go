package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Determine counts what a data steward says of a request: approve, deny, or
// approve less than was asked. The engine fills in who, when, and which selectors the
// steward matches now. Where the determination does not count, the error is one
// of those of package review; it is review.ErrStale also where the facts have changed
// since, and the request is decided anew. The final approval is on its way to the
// platform when Determine returns; WaitForGrant waits for it.
func (e *Engine) Determine(ctx context.Context, by request.Identity, id request.ID, d review.Determination) (request.Request, error) {
	return e.decisions.Determine(ctx, by, id, d)
}

// Cancel withdraws a request that is pending. Only its requester may.
func (e *Engine) Cancel(ctx context.Context, by request.Identity, id request.ID) (request.Request, error) {
	return e.decisions.Cancel(ctx, by, id)
}

// Revoke ends what an approved request gives, before its time. The beneficiary
// may, whoever approved it, its data stewards of today, and GOVERNANCE. The
// record says REVOKED of the request at once, and REVOKED of the grant when the
// access is gone from the platform; WaitForGrant waits for that.
func (e *Engine) Revoke(ctx context.Context, by request.Identity, id request.ID, reason string) (request.Request, error) {
	return e.decisions.Revoke(ctx, by, id, reason)
}

// Explain says which rule holds for a request, what each of its conditions comes
// to, and by which facts: those of today, for the time at which the review was
// opened; and by which selectors whoever asks is one of its data stewards, in their
// own right. Nothing is kept for it, and it costs more than deciding does. It is for
// the data stewards of the request, GOVERNANCE and AUDIT: a requester is not told
// by which facts flows decide.
func (e *Engine) Explain(ctx context.Context, by request.Identity, id request.ID) (review.CaseExplanation, error) {
	return e.decisions.Explain(ctx, by, id)
}
