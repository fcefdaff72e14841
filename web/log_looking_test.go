package web_test

import (
	"bytes"
	"context"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web"
)

// looking is a store that leaves out the bodies that hold nothing of what is looked for.
type looking struct {
	store.Store
	left *atomic.Int64
}

func (l looking) Find(ctx context.Context, queries ...store.Query) ([][]store.Record, error) {
	pages, err := l.Store.Find(ctx, queries...)
	for i, q := range queries {
		if err != nil || q.Holding == "" {
			continue
		}
		for j, r := range pages[i] {
			if !bytes.Contains(r.Body, []byte(q.Holding)) {
				l.left.Add(1)
				pages[i][j].Body = nil
			}
		}
	}
	return pages, err
}

// The log of a person is the same from both ends, also where the store sends only what names
// them: events of their requests that do not name them are there too.
func TestTheLogOfAPersonWhereTheStoreLooks(t *testing.T) {
	t.Parallel()
	var left atomic.Int64
	w := newWorldAt(t, "", web.Options{}, nil, func(c *grantwright.Config) { c.Store = looking{c.Store, &left} })
	w.approved(t, eve)
	w.approved(t, frank)
	w.submitted(t, eve)
	must(t, w.engine.Work(t.Context()))
	for _, who := range []request.Identity{eve, frank, owner, gov} {
		f := event.Filter{Person: who.Person()}
		want, _, err := w.engine.Log().Find(t.Context(), auditor, f, 0, store.MaxPage)
		must(t, err)
		var got []store.Event
		for before := int64(0); ; {
			page, _, next, err := w.engine.Log().Newest(t.Context(), auditor, f, before, 3)
			must(t, err)
			got = append(got, page...)
			if before = next; next == 0 {
				break
			}
		}
		slices.Reverse(got)
		same := func(a, b store.Event) bool { return a.ID == b.ID && a.Number == b.Number }
		if len(want) == 0 || !slices.EqualFunc(want, got, same) {
			t.Errorf("of %s there are %d events from the first on, and %d from the last", who.ID, len(want), len(got))
		}
	}
	if left.Load() == 0 {
		t.Error("no body was left out")
	}
}
