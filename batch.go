package grantwright

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// SubmitBatch makes a request of each submission, all of them or none. They are
// reviewed and provisioned each on its own; their Batch names them together. What
// the requester has asked for already, and is open, stands in the result as it is,
// in its own batch or none. The faults of every submission are told at once, as
// items[2].answers.purpose. A key makes a repeated batch the same one, as
// Submission.Key does; those of the submissions must be empty.
func (e *Engine) SubmitBatch(ctx context.Context, by request.Identity, key string, items []request.Submission) ([]request.Request, error) {
	return e.decisions.SubmitBatch(ctx, by, key, items)
}

// Batch returns the requests that were submitted together, each with what stands
// of it, as far as somebody may see them.
func (e *Engine) Batch(ctx context.Context, by request.Identity, id request.BatchID) ([]Case, error) {
	if err := by.Check(); err != nil {
		return nil, err
	}
	all, err := journal.Values(records.RequestsIn.Find(ctx, e.journal.Store, id, store.Position{}, request.MaxBatch))
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%w: batch %q", store.ErrNotFound, id)
	}
	if err != nil {
		return nil, err
	}
	var seen []Case
	var refused error
	for _, req := range all {
		c := Case{Request: req}
		if err := e.decisions.MayRead(ctx, by, req); err != nil {
			if !errors.Is(err, request.ErrForbidden) {
				return nil, err
			}
			refused = err
			continue
		}
		if c.Grant, err = e.decisions.GrantIfAny(ctx, req.ID); err != nil {
			return nil, err
		}
		seen = append(seen, c)
	}
	if len(seen) == 0 {
		return nil, refused
	}
	return seen, nil
}
