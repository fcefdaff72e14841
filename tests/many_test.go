package tests

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// slowSource reads no asset until it is released.
type slowSource struct {
	reached  chan struct{}
	released chan struct{}
}

func (s *slowSource) Assets(context.Context, catalog.Ref) iter.Seq2[catalog.Asset, error] {
	return func(func(catalog.Asset, error) bool) {
		s.reached <- struct{}{}
		<-s.released
	}
}

// TestSyncsThatTakeLongHoldUpNoGrants has more syncs at work than a worker does
// tasks at once, and a grant that expires meanwhile.
func TestSyncsThatTakeLongHoldUpNoGrants(t *testing.T) {
	t.Parallel()
	const syncs = 20
	slow := &slowSource{reached: make(chan struct{}, syncs), released: make(chan struct{})}
	w := newWorld(t, func(c *grantwright.Config) {
		c.Poll = time.Millisecond
		c.Platforms["slow"] = provision.Platform{Source: func(context.Context, provision.Target) (catalog.Source, error) { return slow, nil }}
	})
	req := w.approved(t, eve, "1 HOURS")
	w.restart(t)
	taken := make(chan struct{})
	w.platform.Before = sync.OnceFunc(func() { close(taken) })
	for i := range syncs {
		must(t, w.Connections().Register(t.Context(), admin, catalog.Connection{Name: fmt.Sprint("slow", i), Technology: "slow", SyncEvery: time.Hour}))
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = w.Run(ctx) })
	<-slow.reached
	w.clock.Move(time.Hour) // its task comes last, behind all the syncs
	select {
	case <-taken:
	case <-time.After(patience):
		t.Errorf("while syncs go on, the grant that has expired is %s", w.caseOf(t, req).Grant.State)
	}
	stop()
	close(slow.released)
	running.Wait()
}

// TestMoreGrantsThanOneCommitHolds ends half of many grants on one asset while
// the other half is given.
func TestMoreGrantsThanOneCommitHolds(t *testing.T) {
	t.Parallel()
	const people = 200
	w := newWorld(t, func(c *grantwright.Config) { c.Directory = nil })
	person := func(i int) request.Identity {
		login := fmt.Sprintf("p%d", i)
		return request.Identity{ID: login + "@example.com", Attributes: map[string][]string{"login": {login}}}
	}
	var ends []request.Request
	for i := range people {
		ends = append(ends, w.submit(t, person(i), "1 HOURS"))
	}
	for _, req := range ends {
		w.settle(t, req)
	}
	w.restart(t)
	w.platform.Fail(errPlatform)
	var begins []request.Request
	for i := range people {
		begins = append(begins, w.submit(t, person(people+i), "1 HOURS"))
	}
	w.restart(t)
	w.platform.Fail(nil)
	w.clock.Move(time.Hour)
	w.work(t)
	for i := range people {
		if g := w.caseOf(t, ends[i]).Grant; g.State != provision.Revoked || w.platform.Allows(fmt.Sprint("p", i), orders) {
			t.Fatalf("grant %d that ends is %s: %s", i, g.State, g.Error)
		}
		if g := w.caseOf(t, begins[i]).Grant; g.State != provision.Active || !w.platform.Allows(fmt.Sprint("p", people+i), orders) {
			t.Fatalf("grant %d that begins is %s: %s", i, g.State, g.Error)
		}
	}
}
