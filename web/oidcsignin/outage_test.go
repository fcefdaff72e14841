package oidcsignin_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/grantwright/grantwright"
)

// TestTheStoreIsAwayUnderFiftyUsers takes the store away from fifty people who work. Nobody is
// let in by it, nobody is signed out, and it is back by itself.
func TestTheStoreIsAwayUnderFiftyUsers(t *testing.T) {
	t.Parallel()
	var gone atomic.Bool
	w := newWorldOn(t, func(c *grantwright.Config) { c.Store = away{c.Store, &gone} })
	const users = 50
	people := make([]*browser, users)
	for i := range people {
		people[i] = w.browser(t)
		w.corp.with(func() { w.corp.claims["sub"] = fmt.Sprintf("p%02d", i) })
		want(t, people[i].open("/requests"), http.StatusOK, fmt.Sprintf("p%02d", i))
	}
	all := func(when string, status int) {
		t.Helper()
		var working sync.WaitGroup
		for i, b := range people {
			working.Go(func() {
				for _, path := range []string{"/requests", "/api/v1/people/me", "/inbox"} {
					if a := b.stay().open(path); a.status != status || status != http.StatusOK && a.header.Get("Retry-After") == "" {
						t.Errorf("%s, p%02d opens %s: %d, want %d", when, i, path, a.status, status)
					}
				}
			})
		}
		working.Wait()
	}
	all("before", http.StatusOK)
	gone.Store(true)
	all("while it is away", http.StatusServiceUnavailable)
	gone.Store(false)
	all("afterwards", http.StatusOK)
	asked := w.corp.asked
	if asked.Get("state") == "" {
		t.Fatal("nobody has signed in")
	}
	people[7].open("/requests")
	if again := w.corp.asked; again.Get("state") != asked.Get("state") {
		t.Error("somebody had to sign in again")
	}
}
