package decisions

import (
	"context"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Foresee opens the review that a submission would have whose form is not filled in yet.
// Rules that read an answer which is missing err, so that people are asked.
func (ds *Decisions) Foresee(ctx context.Context, by request.Identity, s request.Submission) (d Draft, rev review.Review, err error) {
	if d, _, err = ds.BeginDraft(ctx, by, s); err != nil {
		return d, rev, err
	}
	if d.policies, err = ds.Rules.NewestPolicies(ctx, d.Entry.From.Flows(d.Entry.Form)); err != nil {
		return d, rev, err
	}
	if err = ds.Rules.AddAlone(ctx, &d.Facts, d.Asset, &d.Entry.From); err != nil {
		return d, rev, err
	}
	rev, _, err = ds.OpenReview(ctx, by, d)
	return d, rev, err
}
