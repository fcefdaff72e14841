package rulebook

import (
	"context"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// TrialFacts are the facts of now of a request that was made, or that is made up: that one
// has no form yet, and answers the form that holds for its asset.
func (r *Rulebook) TrialFacts(ctx context.Context, by request.Identity, req request.Request, policy *review.Policy) (review.Facts, error) {
	asset, err := r.Asset(ctx, req.Asset)
	if err != nil {
		return review.Facts{}, err
	}
	form, err := r.trialForm(ctx, req)
	if err != nil {
		return review.Facts{}, err
	}
	known := r.People.Person
	if req.ID != "" {
		known = r.People.PersonOrID // they may have left
	}
	requester, err := known(ctx, req.Requester, by)
	if err != nil {
		return review.Facts{}, err
	}
	beneficiary, err := known(ctx, req.Beneficiary, by)
	if err != nil {
		return review.Facts{}, err
	}
	f := review.NewFacts(req, form, asset, requester, beneficiary, r.Now())
	if err := r.AddTags(ctx, &f, asset); err != nil {
		return f, err
	}
	return f, r.AddCovers(ctx, &f, asset, []*review.Policy{policy})
}

func (r *Rulebook) trialForm(ctx context.Context, req request.Request) (request.Form, error) {
	if req.ID != "" {
		return r.FormVersion(ctx, req.Form)
	}
	asset, err := r.Asset(ctx, req.Asset)
	if err != nil {
		return request.Form{}, err
	}
	entry, err := r.Entry(ctx, asset, req.Type)
	return entry.Form, err
}
