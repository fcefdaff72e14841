package grantwright

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Reviews is what people say about requests that wait for a decision, beside
// deciding on one.
type Reviews struct{ e *Engine }

// Reviews returns what can be said about requests.
func (e *Engine) Reviews() Reviews { return Reviews{e} }

// Determine counts several determinations, one after the other, each by itself as
// Engine.Determine does. The results are in their order. The error is about the call
// as a whole; nothing counts then.
func (r Reviews) Determine(ctx context.Context, by request.Identity, all []review.Decision) ([]review.Decided, error) {
	if err := by.Check(); err != nil {
		return nil, err
	}
	if n := len(all); n < 1 || n > review.MaxDecisions {
		return nil, &request.InvalidError{What: "determinations", Faults: []request.Fault{{Field: "items", Reason: fmt.Sprintf("are %d, must be 1 to %d", n, review.MaxDecisions)}}}
	}
	results := make([]review.Decided, len(all))
	for i, d := range all {
		results[i].Request, results[i].Err = r.e.decisions.Determine(ctx, by, d.Request, d.Determination)
	}
	return results, nil
}

// TakeBack makes void what somebody has approved, while the request is pending.
// Version is that of the review that they saw; 0 leaves that open.
func (r Reviews) TakeBack(ctx context.Context, by request.Identity, id request.ID, version int, reason string) (request.Request, error) {
	if err := errors.Join(by.Check(), review.CheckReason(reason)); err != nil {
		return request.Request{}, err
	}
	return r.e.decisions.Update(ctx, id, func(u *decisions.Refresh) error {
		if err := u.CheckReader(ctx, by); err != nil {
			return err
		}
		if version != 0 && version != u.Rev.Version {
			return fmt.Errorf("%w: version %d was shown, it is version %d now", review.ErrStale, version, u.Rev.Version)
		}
		next, err := u.Rev.TakeBack(by.Person(), r.e.journal.Now())
		if err != nil {
			return err
		}
		u.Replace(next)
		u.Emit(event.RequestTakenBack.With(event.Withdrawn{Reason: reason}), by.Person())
		return r.e.people.Remember(ctx, u.C, by)
	})
}
