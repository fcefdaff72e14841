package web_test

import (
	"context"
	"fmt"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
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

// costly is a page with the person who looks at it, and how many messages to the store it may
// take.
type costly struct {
	by   request.Identity
	path string
	most int64
}

// A page asks the store as often, however much there is: once of it for the count in the
// navigation.
func TestMessagesOfAPage(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	w := newWorldAt(t, "", web.Options{}, nil, func(c *grantwright.Config) { c.Store = counting{c.Store, &n} })
	req := w.approved(t, eve)
	waits := w.submitted(t, frank)
	asset, then := url.QueryEscape(string(orders)), w.clock.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04")
	pages := []costly{
		{owner, "/reviews", 8}, {owner, "/requests/" + string(waits.ID), 33}, {eve, "/requests", 4}, {eve, "/assets", 3}, {eve, "/assets?q=orders", 2}, {eve, "/access", 6},
		{auditor, "/log", 4}, {auditor, "/log?type=requests&person=eve@example.com", 6}, {auditor, "/charts", 5},
		{auditor, "/access?asset=" + asset, 22}, {auditor, "/access?at=" + then + "&asset=" + asset, 9}, {auditor, "/requests/" + string(req.ID) + "/story", 14},
	}
	costs := func() []int64 {
		must(t, w.engine.Work(t.Context()))
		all := make([]int64, len(pages))
		for i, p := range pages {
			for try := range 5 { // what is done in the background beside it counts too
				before := n.Load()
				wantOn(t, w.page(t, p.by, "GET", p.path, nil), 200)
				if cost := n.Load() - before; try == 0 || cost < all[i] {
					all[i] = cost
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
	w.grow(t)
	for range 40 {
		comment()
	}
	many := costs()
	for i, p := range pages {
		t.Logf("%s: %d messages, and with more records %d", p.path, few[i], many[i])
		if many[i] > few[i] || many[i] > p.most {
			t.Errorf("%s asks %d times, and with more records %d times; at most %d", p.path, few[i], many[i], p.most)
		}
	}
}

// grow has many people ask for the same: access that stands, access that was denied, and what
// waits.
func (w *world) grow(t *testing.T) {
	t.Helper()
	for i := range 60 {
		who := request.Identity{ID: fmt.Sprintf("p%d@example.com", i), Groups: []string{}, Attributes: map[string][]string{"login": {fmt.Sprintf("p%d", i)}}}
		req, err := w.engine.Submit(t.Context(), who, request.Submission{Asset: orders, Answers: request.Answers{"purpose": {"a report"}, "duration": {"30 DAYS"}}})
		must(t, err)
		switch i % 3 {
		case 0:
			for _, steward := range []request.Identity{owner, privacy} {
				_, err = w.engine.Determine(t.Context(), steward, req.ID, review.Determination{Act: review.Approve})
				must(t, err)
			}
			_, err = w.engine.WaitForGrant(t.Context(), who, req.ID)
		case 1:
			_, err = w.engine.Determine(t.Context(), owner, req.ID, review.Determination{Act: review.Deny, Reason: "no"})
		}
		must(t, err)
	}
}
