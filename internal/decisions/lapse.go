package decisions

import (
	"cmp"
	"context"

	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Elapse applies the deadlines of reviews that have passed: some lapse, others are
// escalated or their stewards reminded. One that fails holds up no other; the first
// error is returned.
func (ds *Decisions) Elapse(ctx context.Context) error {
	var fault error
	for after := (store.Position{}); ; {
		waiting, err := records.ReviewsWaiting.Find(ctx, ds.Store, "all", after, provisioning.GrantBatch)
		if err != nil {
			return cmp.Or(fault, err)
		}
		for _, rev := range waiting {
			if rev.Value.Next().After(ds.Now()) {
				return fault
			}
			fault = cmp.Or(fault, ds.lapse(ctx, rev.Value.Request))
			after = rev.At
		}
		if len(waiting) < provisioning.GrantBatch {
			return fault
		}
	}
}

// lapse applies the deadlines of one review.
func (ds *Decisions) lapse(ctx context.Context, id request.ID) error {
	return ds.Change(ctx, func(c *store.Change) error {
		u, err := ds.newRefresh(ctx, c, id)
		if err == nil {
			err = u.elapse(ctx)
		}
		u.write()
		return err
	})
}
