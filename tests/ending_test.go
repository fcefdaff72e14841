package tests

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Somebody has two grants on a table, and is another principal by now: nothing
// more is given to the old one, and what ends is taken all the same.
func TestRevokesFromAPrincipalThatIsNoLongerTheirs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	whole := w.approved(t, eve, "30 DAYS")
	column := asking("30 DAYS")
	column.Columns = []string{"id"}
	part, err := w.Submit(t.Context(), eve, column)
	must(t, err)
	part = w.determine(t, twice, part, "APPROVE")
	w.settle(t, part)

	must(t, w.Connections().Register(t.Context(), admin, catalog.Connection{Name: "warehouse", Technology: "fake", Host: "dwh.example.com",
		Principals: catalog.Principals{Expression: `person.attributes.login[0] + "_new"`}}))
	_, err = w.Revoke(t.Context(), gov, whole.ID, "")
	must(t, err)
	if g := w.settle(t, whole); g.State != provision.Revoked {
		t.Errorf("the grant that ends is %s: %s", g.State, g.Error)
	}
	left := w.platform.On("eve", orders, "3")
	if diff := cmp.Diff([]provision.Access{{Privilege: request.Read, Columns: []string{"id"}}}, left); diff != "" {
		t.Errorf("the old principal has (-want +got):\n%s", diff)
	}
}

// stumbling is a provisioner that fails some times: before it has done anything,
// or after it has done everything.
type stumbling struct {
	provision.Provisioner
	mu    sync.Mutex
	times int
	after bool
}

func (s *stumbling) Apply(ctx context.Context, want []provision.Standing) []provision.Outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	fails := s.times > 0
	var outcomes []provision.Outcome
	if !fails || s.after {
		outcomes = s.Provisioner.Apply(ctx, want)
	}
	if fails {
		s.times--
		outcomes = make([]provision.Outcome, len(want))
		for i := range outcomes {
			outcomes[i].Err = errPlatform
		}
	}
	return outcomes
}

func (s *stumbling) fails(times int, after bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.times, s.after = times, after
}

func TestEndThatFailsIsTriedUntilItIsGone(t *testing.T) {
	t.Parallel()
	revoke := func(t *testing.T, w *world, req request.Request) {
		_, err := w.Revoke(t.Context(), gov, req.ID, "")
		must(t, err)
		w.settle(t, req)
	}
	expire := func(t *testing.T, w *world, _ request.Request) {
		w.clock.Move(30 * 24 * time.Hour)
		w.work(t)
	}
	for _, tt := range []struct {
		name string
		end  func(*testing.T, *world, request.Request)
		want request.Status
	}{
		{"revoke", revoke, request.Revoked},
		{"expiry", expire, request.Expired},
	} {
		for _, times := range []int{1, 30} {
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%d/after=%t", tt.name, times, after), func(t *testing.T) {
					t.Parallel()
					endsAfter(t, times, after, tt.end, tt.want)
				})
			}
		}
	}
}

// endsAfter ends a grant on a platform that fails some times.
func endsAfter(t *testing.T, times int, after bool, end func(*testing.T, *world, request.Request), want request.Status) {
	t.Helper()
	flaky := new(stumbling)
	w := newWorld(t, func(c *grantwright.Config) {
		open := c.Platforms["fake"].Provisioner
		served(flaky)(c)
		flaky.Provisioner, _ = open(t.Context(), provision.Target{})
	})
	req := w.approved(t, eve, "30 DAYS")
	flaky.fails(times, after)
	end(t, w, req)
	for i := range times {
		got := w.caseOf(t, req)
		if g := got.Grant; g.State != provision.Revoking || g.Attempts != i+1 || g.Error != errPlatform.Error() || got.Request.Status != want {
			t.Fatalf("after %d attempts that failed: %s, %d attempts, %q; the request is %s", i+1, g.State, g.Attempts, g.Error, got.Request.Status)
		}
		if wait := got.Grant.Retry.Sub(w.clock.Now()); wait <= 0 || wait > store.MaxBackoff {
			t.Fatalf("after %d attempts that failed the next one is in %s", i+1, wait)
		}
		w.clock.Move(store.MaxBackoff)
		w.work(t)
	}
	got := w.caseOf(t, req)
	if got.Grant.State != provision.Revoked || got.Grant.Error != "" || got.Request.Status != want || w.platform.Allows("eve", orders) {
		t.Errorf("in the end: %s (%s), the request is %s, access %v", got.Grant.State, got.Grant.Error, got.Request.Status, w.platform.Allows("eve", orders))
	}
}
