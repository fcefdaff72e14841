package grantwright

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// keepHouse does now and then what no task calls for, until ctx ends.
func (e *Engine) keepHouse(ctx context.Context) {
	poll := e.config.Poll
	if poll == 0 {
		poll = store.DefaultPoll
	}
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		if err := errors.Join(e.elapse(ctx), e.elapseProposals(ctx), e.place(ctx)); err != nil && ctx.Err() == nil {
			e.config.Logger.Warn("keeping house is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// elapse ends the reviews that have waited for too long. One that cannot be ended
// holds up no other; the first error is returned.
func (e *Engine) elapse(ctx context.Context) error {
	var fault error
	for after := (store.Position{}); ; {
		waiting, err := store.ReviewsWaiting.Find(ctx, e.config.Store, "all", after, provisionBatch)
		if err != nil {
			return cmp.Or(fault, err)
		}
		for _, rev := range waiting {
			if rev.Value.Next().After(e.now()) {
				return fault
			}
			fault = cmp.Or(fault, e.lapse(ctx, rev.Value.Request))
			after = rev.At
		}
		if len(waiting) < provisionBatch {
			return fault
		}
	}
}

// lapse ends one review if it is still pending.
func (e *Engine) lapse(ctx context.Context, id request.ID) error {
	return e.change(ctx, func(c *store.Change) error {
		read, rev, err := e.underReview(ctx, id)
		if err != nil {
			return err
		}
		next := rev.Value.Elapse(e.now())
		if next.Status == rev.Value.Status {
			return nil
		}
		e.close(c, read, rev, next)
		return nil
	})
}

// close carries the end of a review that nobody decided to its request.
func (e *Engine) close(c *store.Change, read store.Stored[request.Request], rev store.Stored[review.Review], next review.Review) {
	req := read.Value
	req.Status, req.Ended = next.Status, next.Decided
	store.Reviews.Update(c, rev, next)
	e.tell(c, RequestLapsed, request.SystemID, &req, nil, store.Reviews.Subject(req.ID))
	store.Requests.Update(c, read, req)
}
