package journal

import (
	"bytes"
	"context"
	"strings"
	"unicode"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// mostOf is of how many requests of one person the log is searched by their ids.
const mostOf = 2 * store.MaxPage

// naming tells of stored events which may name the person of a filter, or belong to a request
// of theirs: most are told apart without being decoded, and without their requests.
type naming struct {
	person []byte
	mine   map[string]bool         // ids of their requests
	own    map[string]store.Record // the events of their requests, by id; nil until they are read
	all    bool                    // the store has to send all bodies
}

// naming returns what tells of events whether they may name the person of a filter; nil where
// that cannot be told.
func (j *Journal) naming(ctx context.Context, f event.Filter) (*naming, error) {
	if f.Person == "" || !verbatim(string(f.Person)) {
		return nil, nil
	}
	all := &naming{person: []byte(f.Person), mine: map[string]bool{}}
	for after, n := (store.Position{}), store.MaxPage; n == store.MaxPage; {
		if len(all.mine) == mostOf {
			return nil, nil
		}
		page, err := records.RequestsOf.Find(ctx, j.Store, f.Person, after, store.MaxPage)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			all.mine[string(r.Value.ID)], after = true, r.At
		}
		n = len(page)
	}
	all.all = len(all.mine) > mostGathered
	return all, nil
}

// mostGathered is of how many requests of somebody the events are read by their index.
const mostGathered = store.MaxQueries / 2

// read reads a page of the log. From the newest on, the store looks for the name itself and
// sends little else; the events of their requests are read by their index after it, so that
// none is missed that is on the page.
func (n *naming) read(ctx context.Context, s store.Store, q store.Query) ([]store.Record, error) {
	if n != nil && !n.all && q.Descending {
		q.Holding = string(n.person)
	}
	pages, err := s.Find(ctx, q)
	if err != nil {
		return nil, err
	}
	if q.Holding == "" || n.own != nil {
		return pages[0], nil
	}
	if err := n.gather(ctx, s); err != nil || !n.all {
		return pages[0], err
	}
	q.Holding = ""
	pages, err = s.Find(ctx, q)
	if err != nil {
		return nil, err
	}
	return pages[0], nil
}

// gather reads the events of the requests, unless one has more than a page of them.
func (n *naming) gather(ctx context.Context, s store.Store) error {
	var queries []store.Query
	for id := range n.mine {
		queries = append(queries, store.EventsOf.Query(request.ID(id)))
	}
	found, err := s.Find(ctx, queries...)
	if err != nil {
		return err
	}
	n.own = map[string]store.Record{}
	for _, page := range found {
		n.all = n.all || len(page) == store.MaxPage
		for _, r := range page {
			r.Order = ""
			n.own[r.ID] = r
		}
	}
	return nil
}

// of are the records of a page of the log that may be wanted.
func (n *naming) of(page []store.Record) (all []store.Record) {
	for _, r := range page {
		if own, is := n.own[r.ID]; is && len(r.Body) == 0 {
			r = own
		}
		if bytes.Contains(r.Body, n.person) || belongs(r.Body, n.mine) {
			all = append(all, r)
		}
	}
	return all
}

// verbatim reports whether a text stands in JSON as it is, whoever has written that.
func verbatim(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r == unicode.ReplacementChar || !unicode.IsGraphic(r) || strings.ContainsRune(`"\<>&`, r)
	})
}

var requestKey = []byte(`"request"`)

// belongs reports whether a body has one of some ids under the key request, at any depth.
func belongs(body []byte, ids map[string]bool) bool {
	for {
		_, rest, is := bytes.Cut(body, requestKey)
		if !is {
			return false
		}
		body = rest
		rest = bytes.TrimLeft(rest, " \t\r\n:")
		if id, _, is := bytes.Cut(bytes.TrimPrefix(rest, []byte(`"`)), []byte(`"`)); is && ids[string(id)] {
			return true
		}
	}
}
