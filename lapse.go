package grantwright

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/request"
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
		if err := errors.Join(e.elapse(ctx), e.lookAtAll(ctx), e.elapseProposals(ctx), e.place(ctx)); err != nil && ctx.Err() == nil {
			e.config.Logger.Warn("keeping house is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// elapse does what time has brought to reviews: some lapse, others are escalated or
// their stewards reminded. One that fails holds up no other; the first error is returned.
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

// lapse does what time has brought to one review.
func (e *Engine) lapse(ctx context.Context, id request.ID) error {
	return e.change(ctx, func(c *store.Change) error {
		u, err := e.keeping(ctx, c, id)
		if err == nil {
			err = u.elapse(ctx)
		}
		u.write()
		return err
	})
}
