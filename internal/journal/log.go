package journal

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

const (
	searched = 2000             // events that one page looks through at most
	skew     = 10 * time.Minute // by which the clocks of two processes may differ
)

// Find lists the events that a filter wants, from the one after a number. A page may be
// shorter than its limit although others follow: next is the number after which the next one
// begins, zero at the end.
func (j *Journal) Find(ctx context.Context, f event.Filter, after int64, limit int) (found []store.Event, next int64, err error) {
	if limit <= 0 || limit > store.MaxPage {
		limit = store.MaxPage
	}
	read, err := j.reader(ctx, f, after)
	if err != nil {
		return nil, 0, err
	}
	size := limit
	if f.Narrows() {
		size = store.MaxPage
	}
	byNumber := ofRequest(f.Subject)
	for seen := 0; seen < searched; {
		page, n, err := read(ctx, size)
		if err != nil {
			return nil, 0, err
		}
		seen += n
		wanted, _, err := j.wanted(ctx, f, page, false)
		if err != nil {
			return nil, 0, err
		}
		for i, e := range page {
			if byNumber && e.Value.Number <= after {
				continue // the number was that of an event about something else
			}
			if !f.Until.IsZero() && e.Value.At.After(f.Until.Add(skew)) {
				return found, 0, nil
			}
			next = e.Value.Number
			if wanted[i] {
				found = append(found, e.Value)
			}
			if len(found) == limit {
				return found, next, nil
			}
		}
		if n < size {
			return found, 0, nil
		}
	}
	return found, next, nil
}

// Wanted reads on in the log after a number, and returns at most limit of those events that a
// filter wants, in the order of their numbers; last is the number as far as which it has read,
// and more says that others may follow at once.
func (j *Journal) Wanted(ctx context.Context, f event.Filter, after int64, limit int) (found []store.Event, last int64, more bool, err error) {
	size := limit
	if f.Narrows() {
		size = store.MaxPage
	}
	page, err := store.EventsAfter(ctx, j.Store, after, size)
	if err != nil {
		return nil, after, false, err
	}
	wanted, _, err := j.wanted(ctx, f, page, false)
	if err != nil {
		return nil, after, false, err
	}
	last = after
	for i, e := range page {
		if wanted[i] {
			if len(found) == limit {
				return found, last, true, nil
			}
			found = append(found, e.Value)
		}
		last = e.Value.Number
	}
	return found, last, len(page) == size, nil
}

// ofRequest reports whether a subject has its events in the order of their numbers: a request,
// its review, its grant.
func ofRequest(subject string) bool {
	kind, _, _ := strings.Cut(subject, "/")
	return kind == records.Requests.Name || kind == records.Reviews.Name || kind == records.Grants.Name
}

func about(e store.Event, subject string) bool {
	return subject == "" || slices.Contains(e.About, store.Subject(subject))
}

// readEvents reads the next page of a list of events: those that may be wanted, and the last
// one in any case; and how many there were.
type readEvents func(ctx context.Context, size int) (page []store.Stored[store.Event], read int, err error)

// paged reads page after page of a query. Events that may not name whom a filter wants are not
// decoded; where that cannot be told, or nobody is wanted, all are. Of the last one the number
// may be all that is known.
func (j *Journal) paged(q store.Query, may *naming) readEvents {
	return func(ctx context.Context, size int) ([]store.Stored[store.Event], int, error) {
		q.Limit = size
		all, err := may.read(ctx, j.Store, q)
		if err != nil {
			return nil, 0, err
		}
		read := len(all)
		if read > 0 {
			q.After = all[read-1].Position()
		}
		if may != nil {
			all = may.of(all)
		}
		page, err := store.EventsOf.Read(all)
		if err == nil && may != nil && read > 0 && (len(all) == 0 || all[len(all)-1].ID != q.After.ID) {
			var last store.Event
			if last.Number, err = strconv.ParseInt(q.After.ID, 10, 64); err == nil {
				page = append(page, store.Stored[store.Event]{Value: last, At: q.After})
			}
		}
		return page, read, err
	}
}

// reader reads the log page by page: by the index of the subject, if there is one.
func (j *Journal) reader(ctx context.Context, f event.Filter, after int64) (readEvents, error) {
	if f.Subject == "" {
		after, err := j.Since(ctx, f.From, after)
		if err != nil {
			return nil, err
		}
		may, err := j.naming(ctx, f)
		return j.paged(store.Query{Kind: store.Events.Name, After: store.Position{ID: store.OrderNumber(after)}}, may), err
	}
	_, id, _ := strings.Cut(f.Subject, "/")
	last, err := j.numbered(ctx, after)
	if err != nil {
		return nil, err
	}
	if ofRequest(f.Subject) {
		q := store.EventsOf.Query(request.ID(id))
		if last != nil && last.Request == request.ID(id) {
			q.After = positionOf(store.EventsOf.Order, *last)
		}
		return j.paged(q, nil), nil
	}
	q := store.EventsAbout.Query(store.Subject(f.Subject))
	switch {
	case last != nil:
		q.After = positionOf(store.EventsAbout.Order, *last)
	case after > 0: // nothing has that number yet, and nothing comes after it
		return func(context.Context, int) ([]store.Stored[store.Event], int, error) { return nil, 0, nil }, nil
	case !f.From.IsZero():
		q.After = store.Position{Order: store.OrderTime(f.From)}
	}
	return j.paged(q, nil), nil
}

func positionOf(order func(store.Event) string, e store.Event) store.Position {
	return store.Position{Order: order(e), ID: store.OrderNumber(e.Number)}
}

// numbered is the event of a number; nil for none.
func (j *Journal) numbered(ctx context.Context, number int64) (*store.Event, error) {
	if number <= 0 {
		return nil, nil
	}
	found, err := store.EventsAfter(ctx, j.Store, number-1, 1)
	if err != nil || len(found) == 0 || found[0].Value.Number != number {
		return nil, err
	}
	return &found[0].Value, nil
}

// Since is the number after which the events of a time and later stand, and not before
// another number. Numbers rise with time, but for the clocks of several processes.
func (j *Journal) Since(ctx context.Context, from time.Time, after int64) (int64, error) {
	if from.IsZero() {
		return after, nil
	}
	last, err := store.LastNumber(ctx, j.Store)
	if err != nil {
		return 0, err
	}
	for low, high := after, last; ; {
		if low >= high {
			return low, nil
		}
		middle := low + (high-low)/2
		e, err := j.numbered(ctx, middle+1)
		if err != nil {
			return 0, err
		}
		if e == nil || !e.At.Before(from.Add(-skew)) {
			high = middle
		} else {
			low = middle + 1
		}
	}
}
