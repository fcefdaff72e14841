package journal

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// PageOf returns the values of one page of a list, and the position at which the
// next page begins.
func PageOf[T any](read []store.Stored[T], after store.Position, err error) ([]T, store.Position, error) {
	if len(read) > 0 {
		after = read[len(read)-1].At
	}
	all, err := Values(read, err)
	return all, after, err
}

// AllOf reads all pages of each of some queries, in their order: many queries at once.
func AllOf[T any](ctx context.Context, s store.Store, queries []store.Query) ([][]store.Stored[T], error) {
	all := make([][]store.Stored[T], 0, len(queries))
	for some := range slices.Chunk(slices.Clone(queries), store.MaxQueries) {
		for i := range some {
			some[i].Limit = store.MaxPage
		}
		pages, err := store.Pages[T](ctx, s, some...)
		if err != nil {
			return nil, err
		}
		for i, page := range pages {
			for last := page; len(last) == store.MaxPage; page = append(page, last...) {
				some[i].After = last[len(last)-1].At
				next, err := store.Pages[T](ctx, s, some[i])
				if err != nil {
					return nil, err
				}
				last = next[0]
			}
			all = append(all, page)
		}
	}
	return all, nil
}

// Values returns the values of some records.
func Values[T any](read []store.Stored[T], err error) ([]T, error) {
	if err != nil {
		return nil, err
	}
	all := make([]T, len(read))
	for i, r := range read {
		all[i] = r.Value
	}
	return all, nil
}

// Act begins an act, which reads each record once, and reads some of them at once. What
// cannot be read now is read when it is needed.
func (j *Journal) Act(ctx context.Context, keys ...store.Key) context.Context {
	ctx = snapshot.Begin(ctx)
	if _, err := j.Store.Get(ctx, keys...); err != nil {
		j.Logger.DebugContext(ctx, "records are read one by one", "error", err)
	}
	return ctx
}

// UnderReview reads a request with its review.
func (j *Journal) UnderReview(ctx context.Context, id request.ID) (store.Stored[request.Request], store.Stored[review.Review], error) {
	req, err := records.Requests.Get(ctx, j.Store, id)
	if err != nil {
		return req, store.Stored[review.Review]{}, err
	}
	rev, err := records.Reviews.Get(ctx, j.Store, id)
	return req, rev, err
}

// PageLimit brings a limit into the range that a store accepts.
func PageLimit(limit, usual int) int {
	switch {
	case limit <= 0:
		return usual
	case limit > store.MaxPage:
		return store.MaxPage
	}
	return limit
}

// Allowed turns a refusal into false. Every other error stays an error.
func Allowed(err error) (bool, error) {
	if errors.Is(err, request.ErrForbidden) {
		return false, nil
	}
	return err == nil, err
}

// UnlessMissing drops the error that a record does not exist.
func UnlessMissing(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
