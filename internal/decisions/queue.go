package decisions

import (
	"cmp"
	"context"
	"slices"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Queue is the list of the requests that somebody may decide on now.
type Queue struct {
	Versions map[request.ID]int // of the reviews that were looked at

	decisions *Decisions
	by        request.Identity
	standsFor []request.Identity
	asked     []string // where in records.ReviewsAsking their reviews are
	reviews   map[request.ID]review.Review
}

// Queue returns the queue of somebody, as they are now and those are for whom they stand.
func (ds *Decisions) Queue(ctx context.Context, by request.Identity) (*Queue, error) {
	standsFor, err := ds.People.StandsFor(ctx, by)
	if err != nil {
		return nil, err
	}
	q := &Queue{Versions: map[request.ID]int{}, decisions: ds, by: by, standsFor: standsFor, reviews: map[request.ID]review.Review{}}
	for _, who := range append([]request.Identity{by}, standsFor...) {
		q.asked = append(q.asked, records.AskedOf(who)...)
	}
	slices.Sort(q.asked)
	q.asked = slices.Compact(q.asked)
	return q, nil
}

// Page reads the next of the requests that may wait for them, the oldest first. Each has
// its position in the queue.
func (q *Queue) Page(ctx context.Context, after store.Position, limit int) ([]store.Stored[request.Request], error) {
	found, err := q.next(ctx, after, limit)
	if err != nil {
		return nil, err
	}
	ids := make([]request.ID, len(found))
	at := map[request.ID]store.Position{}
	for i, rev := range found {
		ids[i] = rev.Value.Request
		at[ids[i]], q.reviews[ids[i]] = rev.At, rev.Value
	}
	requests, err := records.Requests.Some(ctx, q.decisions.Store, ids...)
	for i, r := range requests {
		requests[i].At = at[r.Value.ID]
	}
	return requests, err
}

// next reads a page of reviews under each value, and merges them.
func (q *Queue) next(ctx context.Context, after store.Position, limit int) ([]store.Stored[review.Review], error) {
	var all []store.Stored[review.Review]
	for some := range slices.Chunk(q.asked, store.MaxQueries) {
		queries := make([]store.Query, len(some))
		for i, value := range some {
			queries[i] = records.ReviewsAsking.Query(value)
			queries[i].After, queries[i].Limit = after, limit
		}
		pages, err := store.Pages[review.Review](ctx, q.decisions.Store, queries...)
		if err != nil {
			return nil, err
		}
		all = append(all, slices.Concat(pages...)...)
	}
	slices.SortFunc(all, func(a, b store.Stored[review.Review]) int {
		return cmp.Or(cmp.Compare(a.At.Order, b.At.Order), cmp.Compare(a.At.ID, b.At.ID))
	})
	all = slices.CompactFunc(all, func(a, b store.Stored[review.Review]) bool { return a.At == b.At })
	return all[:min(len(all), limit)], nil
}

// Review is that of a request that Page has read.
func (q *Queue) Review(id request.ID) review.Review { return q.reviews[id] }

// Holds reports whether they may decide on a request that Page has read.
func (q *Queue) Holds(ctx context.Context, req request.Request) (bool, error) {
	rev := q.reviews[req.ID]
	s, err := q.decisions.StewardshipOf(ctx, q.by, q.standsFor, req, rev)
	approve, _ := s.MayDecide(q.by.Person(), rev)
	q.Versions[req.ID] = rev.Version
	return approve, err
}
