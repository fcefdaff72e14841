package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Explain says which rule holds for a request, what each of its conditions comes
// to, and by which facts: those of today, for the time at which the review was
// opened; and by which selectors whoever asks is one of its data stewards, in their
// own right. Nothing is kept for it, and it costs more than deciding does. It is for
// the data stewards of the request, GOVERNANCE and AUDIT: a requester is not told
// by which facts flows decide.
func (e *Engine) Explain(ctx context.Context, by request.Identity, id request.ID) (review.CaseExplanation, error) {
	return e.decisions.Explain(ctx, by, id)
}
