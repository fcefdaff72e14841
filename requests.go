package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Case is everything about one request.
type Case struct {
	Request request.Request
	Review  review.Review
	Grant   provision.Grant // zero unless the request was approved
}

// Request returns a request with its review and its grant, to those whom it
// concerns: requester, beneficiary, its data stewards, GOVERNANCE and AUDIT.
func (e *Engine) Request(ctx context.Context, by request.Identity, id request.ID) (Case, error) {
	req, err := store.Requests.Get(ctx, e.config.Store, id)
	if err != nil {
		return Case{}, err
	}
	if err := e.mayRead(ctx, by, req.Value); err != nil {
		return Case{}, err
	}
	rev, err := store.Reviews.Get(ctx, e.config.Store, id)
	if err != nil {
		return Case{}, err
	}
	grant, err := store.Grants.Get(ctx, e.config.Store, grantOf(id))
	return Case{Request: req.Value, Review: rev.Value, Grant: grant.Value}, unlessMissing(err)
}
