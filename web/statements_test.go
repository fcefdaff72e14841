package web_test

import (
	"context"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web"
)

// counting counts the messages to a store.
type counting struct {
	store.Store
	n *atomic.Int64
}

func (c counting) Get(ctx context.Context, keys ...store.Key) ([]store.Record, error) {
	c.n.Add(1)
	return c.Store.Get(ctx, keys...)
}

func (c counting) Find(ctx context.Context, queries ...store.Query) ([][]store.Record, error) {
	c.n.Add(1)
	return c.Store.Find(ctx, queries...)
}

// A page of the auditors asks the store as often, however much there is: once of it for the
// count in the navigation.
func TestMessagesOfAPage(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	w := newWorldAt(t, "", web.Options{}, nil, func(c *grantwright.Config) { c.Store = counting{c.Store, &n} })
	req := w.approved(t, eve)
	pages := map[string]int64{"/log": 4, "/log?type=requests&person=eve@example.com": 4, "/charts": 5, "/access?asset=" + url.QueryEscape(string(orders)): 24, "/requests/" + string(req.ID) + "/story": 16}
	costs := func() map[string]int64 {
		must(t, w.engine.Work(t.Context()))
		all := map[string]int64{}
		for path := range pages {
			for try := range 5 { // what is done in the background beside it counts too
				before := n.Load()
				wantOn(t, w.page(t, auditor, "GET", path, nil), 200)
				if cost := n.Load() - before; try == 0 || cost < all[path] {
					all[path] = cost
				}
			}
		}
		return all
	}
	comment := func() {
		_, err := w.engine.Reviews().Comment(t.Context(), owner, req.ID, "more")
		must(t, err)
	}
	comment()
	few := costs()
	for range 40 {
		other := w.submitted(t, frank)
		_, err := w.engine.Determine(t.Context(), owner, other.ID, review.Determination{Act: review.Deny, Reason: "no"})
		must(t, err)
		comment()
	}
	many := costs()
	for path, most := range pages {
		t.Logf("%s: %d messages, and with more records %d", path, few[path], many[path])
		if many[path] > few[path] || many[path] > most {
			t.Errorf("%s asks %d times, and with more records %d times; at most %d", path, few[path], many[path], most)
		}
	}
}
