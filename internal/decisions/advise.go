package decisions

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// FactsFor gathers what an assistant reads of a pending request, for somebody or, for the zero
// Identity, for nobody: its facts, and the guardrails that prevent an approval now.
func (ds *Decisions) FactsFor(ctx context.Context, by request.Identity, req request.Request, rev review.Review) (review.Facts, []review.Prevention, error) {
	facts, err := ds.facts(ctx, by, req, rev)
	if err != nil {
		return facts, nil, err
	}
	_, err = ds.Rules.UnlessPrevented(ctx, by, req)
	if prevented := (*review.PreventedError)(nil); errors.As(err, &prevented) {
		return facts, prevented.Preventions, nil
	}
	return facts, nil, err
}
