package decisions

import (
	"cmp"
	"context"
	"errors"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Update changes a request and its review together, after the deadlines that have
// passed are applied. Where a deadline has ended the review, that is committed even
// if do then returns review.ErrDecided.
func (ds *Decisions) Update(ctx context.Context, id request.ID, do func(u *Refresh) error) (request.Request, error) {
	var req request.Request
	var refused error
	err := ds.Change(ctx, func(c *store.Change) error {
		u, err := ds.newRefresh(ctx, c, id)
		if err != nil {
			return err
		}
		if err := u.elapse(ctx); err != nil {
			return err
		}
		refused = do(u)
		if over := u.readReview.Value.Status != u.Rev.Status && errors.Is(refused, review.ErrDecided); refused != nil && !over {
			return refused
		}
		u.write()
		req = u.Req
		return nil
	})
	if err = cmp.Or(err, refused); err != nil {
		return request.Request{}, err
	}
	return req, nil
}
