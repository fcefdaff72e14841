package lists

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/dossier"
	"github.com/grantwright/grantwright/store"
)

// sorted lists a queue in an order that no index has: all of it is read, so that it is
// refused where that is too much.
func (l *Lists) sorted(ctx context.Context, queue *decisions.Queue, q Wanted, order dossier.Order, fits func(request.Request) (bool, error)) ([]request.Request, store.Position, error) {
	if order != dossier.Newest && order != dossier.DueFirst {
		return nil, store.Position{}, &request.InvalidError{What: "query", Faults: []request.Fault{{Field: "order", Reason: "must be OLDEST, NEWEST or DUE"}}}
	}
	all, err := l.whole(ctx, queue, q, fits)
	if err != nil {
		return nil, store.Position{}, err
	}
	at := func(r request.Request) store.Position { return placeOf(queue, r, order) }
	slices.SortFunc(all, func(a, b request.Request) int { return compared(at(a), at(b)) })
	first := 0
	if !q.After.Zero() {
		first, _ = slices.BinarySearchFunc(all, q.After, func(r request.Request, after store.Position) int { return cmp.Or(compared(at(r), after), -1) })
	}
	all = all[first:]
	if len(all) <= q.Limit {
		return all, store.Position{}, nil
	}
	return all[:q.Limit], at(all[q.Limit-1]), nil
}

// whole reads all of a queue that is wanted.
func (l *Lists) whole(ctx context.Context, queue *decisions.Queue, q Wanted, fits func(request.Request) (bool, error)) (all []request.Request, err error) {
	each := q
	each.After, each.Limit = store.Position{}, store.MaxPage
	for range scanned / store.MaxPage {
		found, next, err := l.list(ctx, each, fits, queue.Page)
		if err != nil {
			return nil, err
		}
		if all = append(all, found...); next.Zero() {
			return all, nil
		}
		each.After = next
	}
	return nil, &request.InvalidError{What: "query", Faults: []request.Fault{{Field: "order",
		Reason: fmt.Sprintf("must be OLDEST where more than %d requests wait; or filter them", scanned)}}}
}

// placeOf is the place of a request in an order: what is never due comes last.
func placeOf(queue *decisions.Queue, r request.Request, order dossier.Order) store.Position {
	if order == dossier.Newest {
		return store.Position{Order: fmt.Sprintf("%020d", 1<<62-r.Submitted.UnixMicro()), ID: string(r.ID)}
	}
	due := dossier.Due(queue.Review(r.ID))
	if due.IsZero() {
		due = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return store.Position{Order: store.OrderTime(due), ID: string(r.ID)}
}

func compared(a, b store.Position) int {
	return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID))
}
