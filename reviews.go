package grantwright

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Reviews is what people say about requests that wait for a decision, beside
// deciding on one.
type Reviews struct{ e *Engine }

// Reviews returns what can be said about requests.
func (e *Engine) Reviews() Reviews { return Reviews{e} }

// Decision is a determination of one request among several.
type Decision struct {
	Request request.ID
	review.Determination
}

// Decided is what became of a Decision.
type Decided struct {
	Request request.Request // zero if the determination did not count
	Err     error           // why it did not
}

// MaxDecisions bounds the decisions of one call.
const MaxDecisions = 100

// Determine counts several determinations, one after the other, each by itself as
// Engine.Determine does. The results are in their order. The error is about the call
// as a whole; nothing counts then.
func (r Reviews) Determine(ctx context.Context, by request.Identity, all []Decision) ([]Decided, error) {
	if err := by.Check(); err != nil {
		return nil, err
	}
	if n := len(all); n < 1 || n > MaxDecisions {
		return nil, &request.InvalidError{What: "determinations", Faults: []request.Fault{{Field: "items", Reason: fmt.Sprintf("are %d, must be 1 to %d", n, MaxDecisions)}}}
	}
	results := make([]Decided, len(all))
	for i, d := range all {
		results[i].Request, results[i].Err = r.e.Determine(ctx, by, d.Request, d.Determination)
	}
	return results, nil
}

// TakeBack makes void what somebody has approved, while the request is pending.
// Version is that of the review that they saw; 0 leaves that open.
func (r Reviews) TakeBack(ctx context.Context, by request.Identity, id request.ID, version int, reason string) (request.Request, error) {
	if err := errors.Join(by.Check(), checkReason(reason)); err != nil {
		return request.Request{}, err
	}
	return r.e.keep(ctx, id, func(u *upkeep) error {
		if err := u.sees(ctx, by); err != nil {
			return err
		}
		if version != 0 && version != u.rev.Version {
			return fmt.Errorf("%w: version %d was shown, it is version %d now", review.ErrStale, version, u.rev.Version)
		}
		next, err := u.rev.TakeBack(by.Person(), r.e.now())
		if err != nil {
			return err
		}
		u.becomes(next)
		u.tell(event.RequestTakenBack.With(event.Withdrawn{Reason: reason}), by.Person())
		return r.e.remember(ctx, u.c, by)
	})
}

// keep changes a request and its review together, after what time has done to them.
// Where that has ended the review, it is kept, and do may say that nothing is left
// to change.
func (e *Engine) keep(ctx context.Context, id request.ID, do func(u *upkeep) error) (request.Request, error) {
	var req request.Request
	var refused error
	err := e.change(ctx, func(c *store.Change) error {
		u, err := e.keeping(ctx, c, id)
		if err != nil {
			return err
		}
		if err := u.elapse(ctx); err != nil {
			return err
		}
		refused = do(u)
		if over := u.reads.Value.Status != u.rev.Status && errors.Is(refused, review.ErrDecided); refused != nil && !over {
			return refused
		}
		u.write()
		req = u.req
		return nil
	})
	if err = cmp.Or(err, refused); err != nil {
		return request.Request{}, err
	}
	return req, nil
}

// sees refuses whoever may not read the request.
func (u *upkeep) sees(ctx context.Context, by request.Identity) error {
	return u.e.mayRead(ctx, by, u.req)
}

// pending refuses what makes sense only while nothing is decided.
func (u *upkeep) pending() error {
	if u.rev.Status != request.Pending {
		return fmt.Errorf("%w: it is %s", review.ErrDecided, u.rev.Status)
	}
	return nil
}
