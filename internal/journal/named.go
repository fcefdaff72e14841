package journal

import (
	"bytes"
	"context"
	"strings"
	"unicode"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/store"
)

// mostOf is of how many requests of one person the log is searched by their ids.
const mostOf = 2 * store.MaxPage

// mayName returns a function that says of the stored bytes of an event whether it may name
// the person of a filter, or belong to a request of theirs: most events are told apart without
// being decoded, and without their requests. It is nil where that cannot be told.
func (j *Journal) mayName(ctx context.Context, f event.Filter) (func(body []byte) bool, error) {
	if f.Person == "" || !verbatim(string(f.Person)) {
		return nil, nil
	}
	mine := map[string]bool{}
	for after, n := (store.Position{}), store.MaxPage; n == store.MaxPage; {
		if len(mine) == mostOf {
			return nil, nil
		}
		page, err := records.RequestsOf.Find(ctx, j.Store, f.Person, after, store.MaxPage)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			mine[string(r.Value.ID)], after = true, r.At
		}
		n = len(page)
	}
	name := []byte(f.Person)
	return func(body []byte) bool { return bytes.Contains(body, name) || belongs(body, mine) }, nil
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
