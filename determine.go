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
// platform when Determine returns; Settle waits for it.
func (e *Engine) Determine(ctx context.Context, by request.Identity, id request.ID, d review.Determination) (request.Request, error) {
	return e.decisions.Determine(ctx, by, id, d)
}
