package desk

import (
	"context"
	"slices"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Waiting counts the requests on which somebody may decide now, most at the most. Where all
// selectors that ask them name a person, a group, an attribute or a permission, and they
// stand for nobody, it takes one statement.
func (d *Desk) Waiting(ctx context.Context, by request.Identity, most int) (int, error) {
	asked := slices.Compact(slices.Sorted(slices.Values(records.AskedOf(by))))
	if len(asked) >= store.MaxQueries {
		return d.inQueue(ctx, by, most)
	}
	queries := []store.Query{records.SubstitutionsBy.Query(by.Person())}
	queries[0].Limit = most
	for _, value := range asked {
		q := records.ReviewsAsking.Query(value)
		q.Limit = most
		queries = append(queries, q)
	}
	found, err := d.Store.Find(ctx, queries...)
	if err != nil {
		return 0, err
	}
	named, err := records.SubstitutionsBy.Read(found[0])
	if err != nil || slices.ContainsFunc(named, func(n store.Stored[request.Substitution]) bool { return n.Value.Stands(d.Now()) }) {
		return d.inQueue(ctx, by, most)
	}
	waits := map[request.ID]bool{}
	for _, page := range found[1:] {
		for _, r := range page {
			rev, err := d.review(r)
			if err != nil {
				return 0, err
			}
			if ByCondition(rev) {
				return d.inQueue(ctx, by, most)
			}
			s, err := d.Decisions.StewardshipOf(ctx, by, nil, request.Request{}, rev)
			if err != nil {
				return 0, err
			}
			if may, _ := s.MayDecide(by.Person(), rev); may {
				waits[rev.Request] = true
			}
		}
	}
	return min(len(waits), most), nil
}

// inQueue counts in the queue itself.
func (d *Desk) inQueue(ctx context.Context, by request.Identity, most int) (int, error) {
	queue, err := d.Decisions.Queue(ctx, by)
	if err != nil {
		return 0, err
	}
	page, err := queue.Page(ctx, store.Position{}, most)
	n := 0
	for _, r := range page {
		holds, err := queue.Holds(ctx, r.Value)
		if err != nil {
			return 0, err
		}
		if holds {
			n++
		}
	}
	return n, err
}

// ByCondition reports whether a selector of a review depends on its request.
func ByCondition(rev review.Review) bool {
	return slices.ContainsFunc(rev.Stages, func(s review.StageReview) bool {
		return slices.ContainsFunc(s.Approvals, func(a review.Approval) bool { return a.Selector.Criterion() == request.Criterion{} })
	})
}
