// Package lists lists requests, by filters, and the access that somebody has or had, page by
// page: by the index that finds the fewest, and looking through a bounded number for each page.
package lists

import (
	"context"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/dossier"
	"github.com/grantwright/grantwright/store"
)

// scanned is how many requests, or grants, one page looks through at most. What it does
// not find in these the next page goes on to find.
const scanned = 2000

// Lists reads lists of requests and of access.
type Lists struct {
	*journal.Journal
	Rules *rulebook.Rulebook
}

// Wanted selects the requests of a page of a list.
type Wanted struct {
	Filter request.Filter
	Status request.Status // zero means all
	After  store.Position // that of the page before; zero for the first page
	Limit  int            // of the page; 1 to store.MaxPage

	falling bool // the list falls by the time of submission
}

// narrows reports whether many of the requests that are read may not be wanted.
func (q Wanted) narrows() bool { return q.Filter != (request.Filter{}) || q.Status != "" }

// Pages reads a page of a list of requests, each with its position there.
type Pages func(ctx context.Context, after store.Position, limit int) ([]store.Stored[request.Request], error)

// Of lists the requests that somebody has made, or that were made for them, the newest first.
func (l *Lists) Of(ctx context.Context, who request.PersonID, q Wanted) ([]request.Request, store.Position, error) {
	return l.list(ctx, q.newest(), q.fits, func(ctx context.Context, after store.Position, limit int) ([]store.Stored[request.Request], error) {
		return records.RequestsOf.Newest(ctx, l.Store, who, after, limit)
	})
}

// All lists the requests of everybody, the newest first: by the index that finds the fewest.
func (l *Lists) All(ctx context.Context, q Wanted) ([]request.Request, store.Position, error) {
	switch f := q.Filter; {
	case f.Person != "":
		return l.Of(ctx, f.Person, q)
	case f.Flow != "":
		return l.list(ctx, q, q.fits, func(ctx context.Context, after store.Position, limit int) ([]store.Stored[request.Request], error) {
			return l.under(ctx, f.Flow, after, limit)
		})
	}
	return l.list(ctx, q.newest(), q.fits, func(ctx context.Context, after store.Position, limit int) ([]store.Stored[request.Request], error) {
		return records.RequestsByStatus.Newest(ctx, l.Store, q.Status, after, limit)
	})
}

// In lists what is wanted of a queue.
func (l *Lists) In(ctx context.Context, queue *decisions.Queue, q Wanted, order dossier.Order) ([]request.Request, store.Position, error) {
	fits := func(r request.Request) (bool, error) {
		if !q.Filter.Fits(r) {
			return false, nil
		}
		return queue.Holds(ctx, r)
	}
	if order != "" && order != dossier.Oldest {
		return l.sorted(ctx, queue, q, order, fits)
	}
	return l.list(ctx, q, fits, queue.Page)
}

// newest is the query of a list in falling order of submission: it begins where the time
// that is asked for ends.
func (q Wanted) newest() Wanted {
	q.falling = true
	if q.After.Zero() && !q.Filter.Until.IsZero() {
		q.After = store.Position{Order: store.OrderTime(q.Filter.Until)}
	}
	return q
}

// over reports whether a list in falling order of submission holds nothing more that is
// wanted after a request.
func (q Wanted) over(r store.Stored[request.Request]) bool {
	return q.falling && r.Value.Submitted.Before(q.Filter.From)
}

func (q Wanted) fits(r request.Request) (bool, error) {
	return (q.Status == "" || r.Status == q.Status) && q.Filter.Fits(r), nil
}

// DecidedBy lists the requests on which somebody has determined something, the newest first.
func (l *Lists) DecidedBy(ctx context.Context, who request.PersonID, q Wanted) ([]request.Request, store.Position, error) {
	return l.list(ctx, q, q.fits, func(ctx context.Context, after store.Position, limit int) ([]store.Stored[request.Request], error) {
		return l.of(ctx, after, func(after store.Position) ([]store.Stored[review.Review], error) {
			return records.ReviewsDecided.Newest(ctx, l.Store, who, after, limit)
		})
	})
}

// under reads a page of the requests that were reviewed by a flow, in any version.
func (l *Lists) under(ctx context.Context, flow request.FlowName, after store.Position, limit int) ([]store.Stored[request.Request], error) {
	return l.of(ctx, after, func(after store.Position) ([]store.Stored[review.Review], error) {
		return records.ReviewsUnder.Newest(ctx, l.Store, flow, after, limit)
	})
}

// of reads the requests of a page of reviews.
func (l *Lists) of(ctx context.Context, after store.Position, read func(after store.Position) ([]store.Stored[review.Review], error)) ([]store.Stored[request.Request], error) {
	reviews, err := read(after)
	if err != nil {
		return nil, err
	}
	ids := make([]request.ID, len(reviews))
	for i, rev := range reviews {
		ids[i] = rev.Value.Request
	}
	found, err := records.Requests.Some(ctx, l.Store, ids...)
	if err == nil && len(found) != len(reviews) { // fewer would look like the last page
		err = fmt.Errorf("grantwright: of %d reviews, %d have their request", len(reviews), len(found))
	}
	if err != nil {
		return nil, err
	}
	for i := range found {
		found[i].At = reviews[i].At
	}
	return found, nil
}

// list collects what is wanted from as many pages as it takes. A page may be shorter than
// its limit although others follow.
func (l *Lists) list(ctx context.Context, q Wanted, fits func(request.Request) (bool, error), read Pages) (all []request.Request, next store.Position, err error) {
	size := q.Limit
	if q.narrows() {
		size = store.MaxPage
	}
	after := q.After
	for seen := 0; seen < scanned; {
		found, err := read(ctx, after, size)
		if err != nil {
			return all, store.Position{}, err
		}
		last := len(found) < size
		for i, r := range found {
			if q.over(r) {
				found, last = found[:i], true
				break
			}
		}
		wanted, err := l.wanted(ctx, q.Filter, found, fits)
		if err != nil {
			return all, store.Position{}, err
		}
		for i, r := range found {
			after = r.At
			if wanted[i] {
				all = append(all, r.Value)
			}
			if len(all) == q.Limit {
				return all, after, nil
			}
		}
		if last {
			return all, store.Position{}, nil
		}
		seen += len(found)
	}
	return all, after, nil
}

// wanted says of each of some requests whether it is wanted. Reviews and grants are read at
// once, and only where the filter asks for them.
func (l *Lists) wanted(ctx context.Context, f request.Filter, found []store.Stored[request.Request], fits func(request.Request) (bool, error)) ([]bool, error) {
	wanted := make([]bool, len(found))
	var ids []request.ID
	for i, r := range found {
		yes, err := fits(r.Value)
		if err != nil {
			return nil, err
		}
		if wanted[i] = yes; yes {
			ids = append(ids, r.Value.ID)
		}
	}
	reviewed, err := l.reviewedAs(ctx, f, ids)
	if err != nil {
		return nil, err
	}
	ends, err := l.endingBefore(ctx, f, ids)
	for i, r := range found {
		wanted[i] = wanted[i] && reviewed(r.Value.ID) && ends(r.Value.ID)
	}
	return wanted, err
}

func anyRequest(request.ID) bool { return true }

// reviewedAs tells the requests that were reviewed by the flow of a filter, decided by its
// person, and due before its time.
func (l *Lists) reviewedAs(ctx context.Context, f request.Filter, ids []request.ID) (func(request.ID) bool, error) {
	if f.Flow == "" && f.DecidedBy == "" && f.DueBefore.IsZero() || len(ids) == 0 {
		return anyRequest, nil
	}
	reviews, err := journal.Values(records.Reviews.Some(ctx, l.Store, ids...))
	fit := map[request.ID]bool{}
	for _, rev := range reviews {
		due := dossier.Due(rev)
		fit[rev.Request] = (f.DueBefore.IsZero() || !due.IsZero() && due.Before(f.DueBefore)) && (f.DecidedBy == "" || slices.Contains(rev.Deciders(), f.DecidedBy)) && (f.Flow == "" || slices.Contains(records.ReviewsUnder.Values(rev), f.Flow))
	}
	return func(id request.ID) bool { return fit[id] }, err
}

// endingBefore tells the requests whose grant stands and ends before the time of a filter.
func (l *Lists) endingBefore(ctx context.Context, f request.Filter, ids []request.ID) (func(request.ID) bool, error) {
	if f.EndsBefore.IsZero() || len(ids) == 0 {
		return anyRequest, nil
	}
	keys := make([]provision.GrantID, len(ids))
	for i, id := range ids {
		keys[i] = journal.GrantID(id)
	}
	grants, err := journal.Values(records.Grants.Some(ctx, l.Store, keys...))
	fit := map[request.ID]bool{}
	for _, g := range grants {
		fit[g.Request] = g.Live() && !g.Ends.IsZero() && g.Ends.Before(f.EndsBefore)
	}
	return func(id request.ID) bool { return fit[id] }, err
}
