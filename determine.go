package grantwright

import (
	"context"
	"errors"

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
	req, err := e.decisions.Determine(ctx, by, id, d)
	return req, e.decisions.Alike(ctx, by, id, err)
}

// Cancel withdraws a request that is pending. Its requester may, and its beneficiary: what
// others ask for somebody holds up what they ask for themselves.
func (e *Engine) Cancel(ctx context.Context, by request.Identity, id request.ID) (request.Request, error) {
	req, err := e.decisions.Cancel(ctx, by, id)
	return req, e.decisions.Alike(ctx, by, id, err)
}

// Revoke ends the access of an approved request before its time. The beneficiary may,
// whoever approved it, its data stewards of today, and GOVERNANCE. The request is
// REVOKED at once; the grant is REVOKED when the access is gone from the platform, and
// WaitForGrant waits for that.
func (e *Engine) Revoke(ctx context.Context, by request.Identity, id request.ID, reason string) (request.Request, error) {
	req, err := e.decisions.Revoke(ctx, by, id, reason)
	return req, e.decisions.Alike(ctx, by, id, err)
}

// EraseEvidence takes the values of some facts out of the evidence that is kept with a
// decided request, such as beneficiary.attributes.region, or beneficiary for all of theirs.
// That they were read stays known, and the log says who has erased them, and why. It returns
// the names of those that were there. It takes GOVERNANCE.
func (e *Engine) EraseEvidence(ctx context.Context, by request.Identity, id request.ID, facts []string, reason string) ([]string, error) {
	if err := errors.Join(permit(by, "erase the facts of a decision", request.Governance), review.CheckReason(reason)); err != nil {
		return nil, err
	}
	return e.desk.EraseEvidence(ctx, by, id, facts, reason)
}

// Explain says which rule holds for a request, the value of each of its conditions, and
// the facts that they read: those of today, for the time at which the review was
// opened, and beside them those of then, as they were kept with the review. It also says by which selectors the caller is a data steward of the request,
// in their own right. It stores nothing, and costs more than deciding does. It is for
// the data stewards of the request, GOVERNANCE and AUDIT: a requester is not told by
// which facts flows decide.
func (e *Engine) Explain(ctx context.Context, by request.Identity, id request.ID) (review.CaseExplanation, error) {
	why, err := e.decisions.Explain(ctx, by, id)
	return why, e.decisions.Alike(ctx, by, id, err)
}
