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

// AskedOf lists the ids of the questions that the form of a request asks with some answers,
// in the version that the request was made with.
func (ds *Decisions) AskedOf(ctx context.Context, by request.Identity, id request.ID, answers request.Answers) (ids []string, err error) {
	req, rev, err := ds.UnderReview(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := ds.MayRead(ctx, by, req.Value); err != nil {
		return nil, err
	}
	form, err := ds.Rules.FormVersion(ctx, req.Value.Form)
	if err != nil {
		return nil, err
	}
	req.Value.Answers, req.Value.Duration = answers, form.Duration(answers)
	facts, err := ds.facts(ctx, by, req.Value, rev.Value)
	if err != nil {
		return nil, err
	}
	for _, q := range form.Questions {
		if q.Asked(func(condition string) (bool, error) { return ds.Holds(ctx, form, condition, facts) }) {
			ids = append(ids, q.ID)
		}
	}
	return ids, nil
}
