package tests

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// list pages through a list of requests and returns their requesters' ids.
func (w *world) list(t *testing.T, by request.Identity, q grantwright.RequestQuery) []request.ID {
	t.Helper()
	var ids []request.ID
	for range 100 {
		page, err := w.Requests(t.Context(), by, q)
		must(t, err)
		for _, r := range page.Requests {
			ids = append(ids, r.ID)
		}
		if q.After = page.Next; page.Next.Zero() {
			return ids
		}
	}
	t.Fatal("the list does not end")
	return nil
}

func TestRequestsByRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []request.ID
	for i := range 7 {
		person := request.Identity{ID: fmt.Sprintf("p%d@example.com", i), Groups: []string{"privacy"}, Attributes: map[string][]string{"login": {fmt.Sprint("p", i)}}}
		w.clock.Move(time.Second)
		ids = append(ids, w.submit(t, person, "30 DAYS").ID)
	}
	w.determine(t, owner, request.Request{ID: ids[2]}, review.Approve)
	w.determine(t, owner, request.Request{ID: ids[4]}, review.Deny)
	newest := []request.ID{ids[6], ids[5], ids[4], ids[3], ids[2], ids[1], ids[0]}
	first := request.Identity{ID: "p0@example.com", Groups: []string{"privacy"}}
	for _, tt := range []struct {
		name string
		by   request.Identity
		q    grantwright.RequestQuery
		want []request.ID
	}{
		{"one's own", first, grantwright.RequestQuery{Limit: 1}, ids[:1]},
		{"nobody's", nobody, grantwright.RequestQuery{}, nil},
		{"all", gov, grantwright.RequestQuery{Role: grantwright.Overseer, Limit: 3}, newest},
		{"denied", auditor, grantwright.RequestQuery{Role: grantwright.Overseer, Status: request.Denied, Limit: 3}, []request.ID{ids[4]}},
		{"what waits for an owner", owner, grantwright.RequestQuery{Role: grantwright.Steward, Limit: 2}, []request.ID{ids[0], ids[1], ids[3], ids[5], ids[6]}},
		{"what waits for privacy", privacy, grantwright.RequestQuery{Role: grantwright.Steward, Limit: 2}, []request.ID{ids[0], ids[1], ids[2], ids[3], ids[5], ids[6]}},
		{"not one's own", first, grantwright.RequestQuery{Role: grantwright.Steward, Limit: 2}, []request.ID{ids[1], ids[2], ids[3], ids[5], ids[6]}},
		{"what waits for nobody", nobody, grantwright.RequestQuery{Role: grantwright.Steward, Limit: 2}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, w.list(t, tt.by, tt.q)); diff != "" {
				t.Errorf("the list differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPeriodicSync(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.Connections().Register(t.Context(), admin, catalog.Connection{Name: "warehouse", Technology: "fake", SyncEvery: time.Hour}))
	syncs := func() int {
		w.work(t)
		events, err := w.Log().Events(t.Context(), auditor, 0, store.MaxPage)
		must(t, err)
		n := 0
		for _, e := range events {
			if e.Type == event.ConnectionSynced.Name() && e.By == request.SystemID {
				n++
			}
		}
		return n
	}
	got := []int{syncs()}
	w.clock.Move(59 * time.Minute)
	got = append(got, syncs())
	w.clock.Move(time.Minute)
	got = append(got, syncs())
	if diff := cmp.Diff([]int{1, 1, 2}, got); diff != "" {
		t.Errorf("syncs at once, after 59 and after 60 minutes differ (-want +got):\n%s", diff)
	}
}

func TestEveryEventSpeaksOfItsRequestInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.approved(t, eve, "30 DAYS")
	_, err := w.Revoke(t.Context(), gov, req.ID, "over")
	must(t, err)
	w.settle(t, req)
	events, err := w.Log().Of(t.Context(), eve, req.ID, 0, 100)
	must(t, err)
	var got []event.Name
	for i, e := range events {
		if got = append(got, e.Type); e.Seq != i+1 {
			t.Errorf("event %d has number %d", i+1, e.Seq)
		}
	}
	want := []event.Name{event.RequestCreated.Name(), event.RequestDetermined.Name(), event.GrantProvisioning.Name(),
		event.GrantActive.Name(), event.RequestRevoked.Name(), event.GrantRevoked.Name()}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the events differ (-want +got):\n%s", diff)
	}
	if later, err := w.Log().Of(t.Context(), eve, req.ID, 4, 100); err != nil || len(later) != 2 {
		t.Errorf("after the fourth there are %d, %v", len(later), err)
	}
}

func TestRightsOfWhoeverReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pending := w.submit(t, eve, "30 DAYS")
	w.determine(t, owner, pending, review.Approve)
	granted := w.approved(t, frank, "1 HOURS")
	for _, tt := range []struct {
		name string
		by   request.Identity
		req  request.Request
		want review.Rights
	}{
		{"the requester", eve, pending, review.Rights{Cancel: true, Edit: true, Comment: true}},
		{"the steward whose turn it is", privacy, pending, review.Rights{Approve: true, Deny: true, Ask: true, Comment: true, Counts: []review.Match{{Selector: 1}}, Assign: true, Explain: true}},
		{"the steward who has approved", owner, pending, review.Rights{Deny: true, Ask: true, Comment: true, TakeBack: true, Assign: true, Explain: true}},
		{"governance", gov, pending, review.Rights{Comment: true, Assign: true, Explain: true}},
		{"the beneficiary", frank, granted, review.Rights{Revoke: true, Renew: true, Comment: true}},
		{"governance, when granted", gov, granted, review.Rights{Revoke: true, Comment: true, Explain: true}},
		{"the auditor", auditor, granted, review.Rights{Explain: true}},
	} {
		c, err := w.Request(t.Context(), tt.by, tt.req.ID)
		must(t, err)
		if diff := cmp.Diff(tt.want, c.May); diff != "" {
			t.Errorf("%s may (-want +got):\n%s", tt.name, diff)
		}
	}
	if c := w.caseOf(t, pending); c.Names[eve.Person()] != "Eve" || c.Form.Name != request.DefaultForm.Name {
		t.Errorf("names %v, form %q", c.Names, c.Form.Name)
	}
}
