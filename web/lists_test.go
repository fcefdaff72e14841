package web_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web"
	"github.com/grantwright/grantwright/web/internal/api"
)

func TestAmbiguousLinkListsCandidates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := read[web.Problem](t, w.call(t, eve, "GET", "/resolve?fullyQualifiedName=sales.public.orders", ""), 409)
	if len(p.Candidates) != 2 || p.Candidates[0].Ref != "lake:sales.public.orders" || p.Candidates[1].Ref != orders || p.Code != "AMBIGUOUS" {
		t.Errorf("the candidates are %+v", p)
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := read[request.Request](t, w.call(t, eve, "POST", "/requests", submission, "Idempotency-Key", "k1"), 201)
	w.call(t, eve, "POST", "/requests/"+string(first.ID)+"/cancel", "")
	again := read[request.Request](t, w.call(t, eve, "POST", "/requests", submission, "Idempotency-Key", "k1"), 201)
	if again.ID != first.ID || again.Status != request.Canceled {
		t.Errorf("the same key made %s, %s; want the first, %s", again.ID, again.Status, first.ID)
	}
	other := read[request.Request](t, w.call(t, eve, "POST", "/requests", submission, "Idempotency-Key", "k2"), 201)
	if other.ID == first.ID {
		t.Error("another key gave the same request")
	}
	p := read[web.Problem](t, w.call(t, eve, "POST", "/requests", strings.Replace(submission, "30 DAYS", "3 DAYS", 1), "Idempotency-Key", "k1"), 422)
	if diff := cmp.Diff([]web.Fault{{Header: "Idempotency-Key", Detail: "was used for another submission"}}, p.Errors, cmp.AllowUnexported(web.Fault{})); diff != "" || p.Code != "KEY_REUSED" {
		t.Errorf("the problem is %+v (-want +got):\n%s", p, diff)
	}
	p = read[web.Problem](t, w.call(t, eve, "POST", "/requests", submission, "Idempotency-Key", strings.Repeat("k", 256)), 422)
	if diff := cmp.Diff([]web.Fault{{Header: "Idempotency-Key", Detail: "must be UTF-8 of at most 255 bytes"}}, p.Errors, cmp.AllowUnexported(web.Fault{})); diff != "" {
		t.Errorf("errors differ (-want +got):\n%s", diff)
	}
}

// TestPaging reads each list one thing at a time, and all at once.
func TestPaging(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 5 {
		req := w.submitted(t, eve)
		w.clock.Move(time.Minute)
		w.call(t, eve, "POST", "/requests/"+string(req.ID)+"/cancel", "")
	}
	if _, err := w.engine.WaitForGrant(t.Context(), eve, w.approved(t, eve).ID); err != nil {
		t.Fatal(err)
	}
	w.submitted(t, frank)
	for _, asset := range []string{"orders", "prices"} {
		w.call(t, eve, "POST", "/requests", `{"asset":"lake:sales.public.`+asset+`","answers":{"purpose":["x"],"duration":["1 HOURS"]}}`)
	}
	enginetest.Until(t, "tasks by hand are announced", func() bool { // after the commit
		return !strings.Contains(w.call(t, eve, "GET", "/requests?status=APPROVED&limit=500", "").body, `"events":2,`)
	})
	for _, tt := range []struct {
		path string
		by   request.Identity
		want int
	}{
		{"/requests?", eve, 8},
		{"/requests?status=CANCELED&", eve, 5},
		{"/requests?role=STEWARD&", owner, 1},
		{"/requests?role=OVERSEER&", gov, 9},
		{"/connections?", admin, 2},
		{"/assets?", eve, 12},
		{"/assets?below=warehouse:sales.public&", eve, 4},
		{"/assets?text=ORD&kind=TABLE&", eve, 2},
		{"/assets?in=warehouse&", eve, 1},
		{"/assets?in=warehouse:sales.public&", eve, 4},
		{"/assets?owner=sales_etl&", eve, 2},
		{"/assets/warehouse:sales.public.orders/grants?", auditor, 1},
		{"/grants/todo?", admin, 2},
	} {
		t.Run(tt.path, func(t *testing.T) {
			type things struct {
				Items []json.RawMessage
				Next  string
			}
			whole := read[things](t, w.call(t, tt.by, "GET", tt.path+"limit=500", ""), 200)
			if len(whole.Items) != tt.want || whole.Next != "" {
				t.Fatalf("%d items, want %d, next %q", len(whole.Items), tt.want, whole.Next)
			}
			var all []json.RawMessage
			for cursor, pages := "", 0; ; pages++ {
				page := read[things](t, w.call(t, tt.by, "GET", tt.path+"limit=1&cursor="+url.QueryEscape(cursor), ""), 200)
				all = append(all, page.Items...)
				if cursor = page.Next; cursor == "" {
					break
				}
				if pages > 2*tt.want || len(page.Items) > 1 {
					t.Fatalf("page %d holds %d items, and %q follows", pages, len(page.Items), cursor)
				}
			}
			if diff := cmp.Diff(whole.Items, all); diff != "" {
				t.Errorf("one at a time differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEventsByNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.submitted(t, eve)
	w.call(t, eve, "POST", "/requests/"+string(req.ID)+"/cancel", "")
	enginetest.Until(t, "the log tells of the end", func() bool { // events get their numbers after the commit
		log := read[api.Events](t, w.call(t, auditor, "GET", "/events?limit=500", ""), 200)
		return slices.ContainsFunc(log.Items, func(e store.Event) bool { return e.Type == event.RequestCanceled.Name() })
	})
	for path, by := range map[string]request.Identity{"/events": auditor, "/requests/" + string(req.ID) + "/events": eve} {
		whole := read[api.Events](t, w.call(t, by, "GET", path, ""), 200)
		var all api.Events
		for after := int64(0); ; {
			page := read[api.Events](t, w.call(t, by, "GET", fmt.Sprintf("%s?limit=1&after=%d", path, after), ""), 200)
			all.Items = append(all.Items, page.Items...)
			if after = page.After; after == 0 || len(all.Items) > len(whole.Items) {
				break
			}
		}
		if diff := cmp.Diff(whole.Items, all.Items); diff != "" || len(whole.Items) < 2 || whole.After != 0 {
			t.Errorf("%s: one at a time differs from %d at once, after %d (-want +got):\n%s", path, len(whole.Items), whole.After, diff)
		}
	}
}
