package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/request"
)

// Submit makes a request. A flow may decide it at once. If the requester has
// asked for the same already, and that is open, the first request is returned;
// if someone else has, the error is an *OpenError. What is wrong with the
// submission is a *request.InvalidError that names each fault. The platform is
// asked whether it knows the principal and could give the access; if it cannot
// be reached, nothing is stored and the error says so.
func (e *Engine) Submit(ctx context.Context, by request.Identity, s request.Submission) (request.Request, error) {
	return e.decisions.Submit(ctx, by, s)
}
