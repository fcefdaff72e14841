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

// AllOf reads all that an index holds under each of some values, in their order: many
// values at once.
func AllOf[V ~string, T any](ctx context.Context, s store.Store, index store.Index[V, T], values []V) ([][]store.Stored[T], error) {
	all := make([][]store.Stored[T], 0, len(values))
	for some := range slices.Chunk(values, store.MaxQueries) {
		queries := make([]store.Query, len(some))
		for i, v := range some {
			queries[i] = AllQuery(index, v)
		}
		pages, err := store.Pages[T](ctx, s, queries...)
		if err != nil {
			return nil, err
		}
		for i, page := range pages {
			for last := page; len(last) == store.MaxPage; page = append(page, last...) {
				if last, err = index.Find(ctx, s, some[i], last[len(last)-1].At, store.MaxPage); err != nil {
					return nil, err
				}
			}
			all = append(all, page)
		}
	}
	return all, nil
}

// AllQuery is the first query by which AllOf reads what an index holds under a value.
func AllQuery[V ~string, T any](index store.Index[V, T], value V) store.Query {
	q := index.Query(value)
	q.Limit = store.MaxPage
	return q
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
		j.Logger.Debug("records are read one by one", "error", err)
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
