package lists

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Stood selects a page of the grants by which somebody had access.
type Stood struct {
	At    time.Time      // when; zero means now
	After store.Position // that of the page before; zero for the first page
	Limit int            // at most store.MaxPage; zero means store.MaxPage

	For []request.PersonID // only those of these beneficiaries; none means of all
}

// AccessTo lists grants on an asset, the oldest first, and then those on each container that
// cover it, as they stood, with where the next page begins.
func (l *Lists) AccessTo(ctx context.Context, ref catalog.Ref, q Stood) ([]provision.Grant, store.Position, error) {
	all := listing{Lists: l, q: q}
	places := ref.Lineage()
	if !q.At.IsZero() {
		var err error
		if places, err = l.Rules.CoveredAt(ctx, ref, q.At); err != nil {
			return nil, store.Position{}, err
		}
	}
	for _, at := range places {
		all.sources = append(all.sources, source{
			takes: func(ctx context.Context) (bool, error) {
				if !q.At.IsZero() {
					return true, nil
				}
				return l.Rules.Covers(ctx, at, ref)
			},
			find: func(ctx context.Context, after store.Position, limit int) ([]store.Stored[provision.Grant], error) {
				if q.At.IsZero() {
					return records.LiveGrants.Find(ctx, l.Store, at, after, limit)
				}
				return l.approvedBefore(ctx, at, q.At, after, limit)
			},
		})
	}
	return all.page(ctx)
}

// clocks is by how much the clocks of two processes may differ: one approves, another gives.
const clocks = 10 * time.Minute

// approvedBefore reads the grants on a place that may have stood at a time, the oldest first:
// what was approved later did not.
func (l *Lists) approvedBefore(ctx context.Context, place catalog.Ref, at time.Time, after store.Position, limit int) ([]store.Stored[provision.Grant], error) {
	q := records.GrantsOn.Query(place)
	q.After, q.Limit, q.Until = after, limit, store.OrderTime(at.Add(clocks))
	pages, err := store.Pages[provision.Grant](ctx, l.Store, q)
	if err != nil {
		return nil, err
	}
	return pages[0], nil
}

// AccessOf lists the grants of some beneficiaries, one after the other and of each the newest
// first, as they stood, with where the next page begins.
func (l *Lists) AccessOf(ctx context.Context, beneficiaries []request.PersonID, q Stood) ([]provision.Grant, store.Position, error) {
	all := listing{Lists: l, q: q}
	for _, beneficiary := range beneficiaries {
		all.sources = append(all.sources, source{
			takes: func(context.Context) (bool, error) { return true, nil },
			find: func(ctx context.Context, after store.Position, limit int) ([]store.Stored[provision.Grant], error) {
				return records.GrantsFor.Newest(ctx, l.Store, beneficiary, after, limit)
			},
			liveFirst: true,
		})
	}
	return all.page(ctx)
}

// Approvals are the requests and the reviews of some grants, in their order.
func (l *Lists) Approvals(ctx context.Context, grants []provision.Grant) ([]request.Request, []review.Review, error) {
	ids := make([]request.ID, len(grants))
	for i, g := range grants {
		ids[i] = g.Request
	}
	requests, err := journal.Values(records.Requests.Some(ctx, l.Store, ids...))
	if err != nil {
		return nil, nil, err
	}
	reviews, err := journal.Values(records.Reviews.Some(ctx, l.Store, ids...))
	if err != nil {
		return nil, nil, err
	}
	if len(requests) != len(grants) || len(reviews) != len(grants) {
		return nil, nil, fmt.Errorf("%w: the request or the review of a grant", store.ErrNotFound)
	}
	return requests, reviews, nil
}

// source is a list of grants that may be entitlements.
type source struct {
	takes     func(ctx context.Context) (bool, error) // whether any of them is
	find      func(ctx context.Context, after store.Position, limit int) ([]store.Stored[provision.Grant], error)
	liveFirst bool // what has ended comes behind what may stand
}

// listing collects a page of entitlements from some sources, one after the other.
type listing struct {
	*Lists
	q       Stood
	sources []source
	found   []provision.Grant // as they stood at the time
}

// page lists what stood, and where the next page begins: zero if this is the last.
func (l *listing) page(ctx context.Context) (found []provision.Grant, next store.Position, err error) {
	if l.q.Limit <= 0 || l.q.Limit > store.MaxPage {
		l.q.Limit = store.MaxPage
	}
	first, after, err := parsePlace(l.q.After)
	if err != nil {
		return nil, next, err
	}
	for i, seen := first, 0; i < len(l.sources); i, after = i+1, (store.Position{}) {
		full, at, err := l.collect(ctx, l.sources[i], after, &seen)
		if err != nil {
			return nil, next, err
		}
		if full {
			next = store.Position{Order: fmt.Sprintf("%03d %s", i, at.Order), ID: at.ID}
			break
		}
	}
	return l.found, next, nil
}

// parsePlace reads in which source a page begins, and where there.
func parsePlace(p store.Position) (int, store.Position, error) {
	if p.Zero() {
		return 0, p, nil
	}
	var i int
	number, order, is := strings.Cut(p.Order, " ")
	if _, err := fmt.Sscanf(number, "%03d", &i); err != nil || !is || i < 0 {
		return 0, p, &request.InvalidError{What: "query", Faults: []request.Fault{{Field: "cursor", Reason: "is none that this list has given"}}}
	}
	return i, store.Position{Order: order, ID: p.ID}, nil
}

// collect takes what stood from one source until the page is full, or enough was
// looked through.
func (l *listing) collect(ctx context.Context, s source, after store.Position, seen *int) (full bool, at store.Position, err error) {
	if takes, err := s.takes(ctx); err != nil || !takes {
		return false, after, err
	}
	for size := l.q.Limit; *seen < scanned; size = store.MaxPage { // where little of the first page stood, much is read at once
		page, err := s.find(ctx, after, size)
		if err != nil {
			return false, after, err
		}
		last := len(page) < size
		*seen += len(page)
		if i := slices.IndexFunc(page, func(g store.Stored[provision.Grant]) bool { return s.liveFirst && l.q.At.IsZero() && !g.Value.Live() }); i >= 0 {
			page, last = page[:i], true
		}
		if len(page) > 0 {
			after = page[len(page)-1].At
		}
		if len(l.q.For) > 0 {
			page = slices.DeleteFunc(page, func(g store.Stored[provision.Grant]) bool { return !slices.Contains(l.q.For, g.Value.Beneficiary) })
		}
		stood, err := l.Rules.AsOf(ctx, page, l.q.At, l.q.Limit-len(l.found))
		if err != nil {
			return false, after, err
		}
		for _, g := range stood {
			if l.found = append(l.found, g.Value); len(l.found) == l.q.Limit {
				return true, g.At, nil
			}
		}
		if last {
			return false, after, nil
		}
	}
	return true, after, nil
}
