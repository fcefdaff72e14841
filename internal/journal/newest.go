package journal

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// lookedBack is how many events one page of the newest looks through at most.
const lookedBack = 5000

// Looked is a page of the log, the newest event first.
type Looked struct {
	Events   []store.Event
	Requests map[request.ID]request.Request // to which they belong, as they are now
	Next     int64                          // the next page begins before this number; zero at the end
}

// Newest lists the events that a filter wants, the newest first, from the one before a
// number; zero is the end of the log. A page may be shorter than its limit although others
// follow.
func (j *Journal) Newest(ctx context.Context, f event.Filter, before int64, limit int) (Looked, error) {
	limit = PageLimit(limit, store.MaxPage)
	out := Looked{Requests: map[request.ID]request.Request{}}
	read, err := j.readerBack(ctx, f, before)
	if err != nil {
		return out, err
	}
	size := limit
	if f.Narrows() {
		size = store.MaxPage
	}
	for seen := 0; seen < lookedBack; {
		page, n, err := read(ctx, size)
		if err != nil {
			return out, err
		}
		seen += n
		wanted, of, err := j.wanted(ctx, f, page, true)
		if err != nil {
			return out, err
		}
		for i, e := range page {
			if at := e.Value.At; !f.From.IsZero() && !at.IsZero() && at.Before(f.From.Add(-skew)) {
				out.Next = 0
				return out, nil
			}
			out.Next = e.Value.Number
			if wanted[i] {
				out.add(e.Value, of)
			}
			if len(out.Events) == limit {
				return out, nil
			}
		}
		if n < size {
			out.Next = 0
			return out, nil
		}
	}
	return out, nil
}

func (l *Looked) add(e store.Event, of map[request.ID]request.Request) {
	l.Events = append(l.Events, e)
	if req, is := of[e.Request]; is {
		l.Requests[e.Request] = req
	}
}

// readerBack reads the log page by page, the newest event first: by the index of the subject,
// if there is one.
func (j *Journal) readerBack(ctx context.Context, f event.Filter, before int64) (readEvents, error) {
	if f.Subject != "" {
		return j.readerAbout(ctx, f.Subject, before)
	}
	if !f.Until.IsZero() {
		last, err := j.Since(ctx, f.Until.Add(2*skew), 0)
		if err != nil {
			return nil, err
		}
		if before == 0 || last+1 < before {
			before = last + 1
		}
	}
	q := store.Query{Kind: store.Events.Name, Descending: true}
	if before > 0 {
		q.After.ID = store.OrderNumber(before)
	}
	may, err := j.naming(ctx, f)
	return j.paged(q, may), err
}

func (j *Journal) readerAbout(ctx context.Context, subject string, before int64) (readEvents, error) {
	_, id, _ := strings.Cut(subject, "/")
	q, order := store.EventsAbout.Query(store.Subject(subject)), store.EventsAbout.Order
	if ofRequest(subject) {
		q, order = store.EventsOf.Query(request.ID(id)), store.EventsOf.Order
	}
	q.Descending = true
	last, err := j.numbered(ctx, before)
	if err != nil {
		return nil, err
	}
	if last != nil {
		q.After = positionOf(order, *last)
	}
	return j.paged(q, nil), nil
}

// wanted says of each event of a page whether a filter wants it. Where somebody asks for the
// requests that they belong to, or the filter reads them, one message reads them all.
func (j *Journal) wanted(ctx context.Context, f event.Filter, page []store.Stored[store.Event], requests bool) ([]bool, map[request.ID]request.Request, error) {
	all, of := make([]bool, len(page)), map[request.ID]request.Request{}
	var ids []request.ID
	for i, e := range page {
		if all[i] = f.Fits(e.Value.Type, e.Value.By, e.Value.At) && about(e.Value, f.Subject); all[i] && e.Value.Request != "" && (requests || f.Names()) {
			ids = append(ids, e.Value.Request)
		}
	}
	if len(ids) > 0 {
		slices.Sort(ids)
		found, err := Values(records.Requests.Some(ctx, j.Store, slices.Compact(ids)...))
		if err != nil {
			return nil, nil, err
		}
		for _, req := range found {
			of[req.ID] = req
		}
	}
	for i, e := range page {
		all[i] = all[i] && (!f.Names() || names(f, e.Value, of[e.Value.Request]))
	}
	return all, of, nil
}

// names reports whether an event, or its request, holds the names and the text of a filter.
func names(f event.Filter, e store.Event, of request.Request) bool {
	said := append(texts(e.Data), string(of.Asset), string(of.Requester), string(of.Beneficiary), string(e.By))
	for _, s := range e.About {
		_, id, _ := strings.Cut(string(s), "/")
		said = append(said, id)
	}
	has := func(fits func(text string) bool) bool { return slices.ContainsFunc(said, fits) }
	switch {
	case f.Person != "" && !has(func(text string) bool { return text == string(f.Person) }):
		return false
	case f.Asset != "" && !has(func(text string) bool { return within(text, f.Asset) }):
		return false
	case f.Text != "":
		text := strings.ToLower(f.Text)
		return has(func(s string) bool { return strings.Contains(strings.ToLower(s), text) })
	}
	return true
}

// within reports whether a text is a Ref at or below a place.
func within(text string, place catalog.Ref) bool {
	rest, is := strings.CutPrefix(text, string(place))
	if !is || rest == "" {
		return is
	}
	_, err := catalog.ParseRef(text)
	return err == nil && (rest[0] == ':' || rest[0] == '.')
}

// texts are all strings of a payload.
func texts(payload []byte) (all []string) {
	var v any
	if len(payload) == 0 || json.Unmarshal(payload, &v) != nil {
		return nil
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			all = append(all, v)
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(v)
	return all
}
