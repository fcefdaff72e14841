package outlook

import (
	"context"

	"github.com/grantwright/grantwright/request"
)

// AskedOf lists the ids of the questions that the form of a request asks with some answers,
// in the version that the request was made with.
func (o *Outlooks) AskedOf(ctx context.Context, by request.Identity, id request.ID, answers request.Answers) (ids []string, err error) {
	req, rev, err := o.UnderReview(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := o.Decisions.MayRead(ctx, by, req.Value); err != nil {
		return nil, err
	}
	form, err := o.Rules.FormVersion(ctx, req.Value.Form)
	if err != nil {
		return nil, err
	}
	req.Value.Answers, req.Value.Duration = answers, form.Duration(answers)
	facts, err := o.Decisions.FactsOf(ctx, by, req.Value, rev.Value)
	if err != nil {
		return nil, err
	}
	for _, q := range form.Questions {
		if q.Asked(func(condition string) (bool, error) { return o.Decisions.Holds(ctx, form, condition, facts) }) {
			ids = append(ids, q.ID)
		}
	}
	return ids, nil
}
