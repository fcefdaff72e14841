package tests

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

var errStore = errors.New("the store is away")

// unreliable is a store that fails now and then: before it has done anything, or
// after it has done everything.
type unreliable struct {
	store.Store
	mu   sync.Mutex
	rand *rand.Rand
	calm bool
}

func (u *unreliable) fails(percent int) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return !u.calm && u.rand.IntN(100) < percent
}

func (u *unreliable) Get(ctx context.Context, keys ...store.Key) ([]store.Record, error) {
	if u.fails(1) {
		return nil, errStore
	}
	return u.Store.Get(ctx, keys...)
}

func (u *unreliable) Find(ctx context.Context, queries ...store.Query) ([][]store.Record, error) {
	if u.fails(1) {
		return nil, errStore
	}
	return u.Store.Find(ctx, queries...)
}

func (u *unreliable) Write(ctx context.Context, c store.Commit) error {
	if u.fails(10) {
		return errStore
	}
	err := u.Store.Write(ctx, c)
	if err == nil && u.fails(10) {
		return errStore
	}
	return err
}

func (u *unreliable) set(calm bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.calm = calm
}

// TestStoreThatFailsInTheMiddle has two engines work on such a store, and holds
// the records against the platform when it is over.
func TestStoreThatFailsInTheMiddle(t *testing.T) {
	t.Parallel()
	u := &unreliable{Store: new(store.Memory), rand: rand.New(rand.NewPCG(1, 2)), calm: true}
	w := newWorld(t, func(c *grantwright.Config) { c.Store, c.Directory = u, nil })
	other, err := grantwright.New(w.Config)
	must(t, err)
	u.set(false)
	engines := []*grantwright.Engine{w.Engine, other}
	var lives []func()
	for i := range 40 {
		lives = append(lives, func() { live(t.Context(), engines, i) })
	}
	together(lives...)
	u.set(true)
	must(t, other.Close())
	w.restart(t)
	for range 5 {
		w.clock.Move(2 * store.MaxBackoff)
		w.work(t)
	}
	w.agrees(t, 40)
}

// live is one person's request, approved and perhaps revoked, each tried until it
// works or has worked already.
func live(ctx context.Context, engines []*grantwright.Engine, i int) {
	person := request.Identity{ID: fmt.Sprintf("p%d@example.com", i), Attributes: map[string][]string{"login": {fmt.Sprint("p", i)}}}
	s := asking("30 DAYS")
	s.Key = "once"
	var req request.Request
	until := func(act func(e *grantwright.Engine) error) {
		for try := 0; errors.Is(act(engines[(i+try)%2]), errStore); try++ {
		}
	}
	until(func(e *grantwright.Engine) (err error) { req, err = e.Submit(ctx, person, s); return err })
	until(func(e *grantwright.Engine) error {
		_, err := e.Determine(ctx, twice, req.ID, review.Determination{Act: review.Approve})
		return err
	})
	if i%2 == 0 {
		until(func(e *grantwright.Engine) error { _, err := e.Revoke(ctx, person, req.ID, ""); return err })
	}
}

// agrees holds all records against the platform: of each person one request and
// one grant, live for the odd ones, and a log without holes that speaks of each.
func (w *world) agrees(t *testing.T, people int) {
	t.Helper()
	grants, _, err := w.Grants().On(t.Context(), gov, orders, store.Position{}, store.MaxPage)
	if must(t, err); len(grants) != people {
		t.Errorf("%d people have %d grants", people, len(grants))
	}
	for _, g := range grants {
		if (g.State == provision.Active) != w.platform.Allows(g.Principal.Name, orders) || g.State != provision.Active && g.State != provision.Revoked {
			t.Errorf("the grant of %s is %s (%s), access %v", g.Principal.Name, g.State, g.Error, w.platform.Allows(g.Principal.Name, orders))
		}
		events, err := w.Log().Of(t.Context(), gov, g.Request, 0, store.MaxPage)
		must(t, err)
		seen := map[event.Name]int{}
		for _, e := range events {
			seen[e.Type]++
		}
		revoked := g.State == provision.Revoked
		if seen[event.RequestCreated.Name()] != 1 || seen[event.RequestDetermined.Name()] != 1 || (seen[event.RequestRevoked.Name()] == 1) != revoked {
			t.Errorf("the log of %s, whose grant is %s, tells of %v", g.Principal.Name, g.State, seen)
		}
	}
	all, err := w.Log().Events(t.Context(), auditor, 0, store.MaxPage)
	must(t, err)
	for i, e := range all {
		if e.Number != int64(i)+1 {
			t.Fatalf("event %d of the log has number %d", i+1, e.Number)
		}
	}
}
