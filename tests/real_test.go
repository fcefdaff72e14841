//go:build unix

package tests

import (
	"fmt"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

func TestApproveRacingDenyOnTheRealPlatform(t *testing.T) {
	t.Parallel()
	const lanes, trials = 4, 50
	p := newRealPlatform(t)
	e := p.engine(t)
	p.furnish(t, e)
	denied, granted := make([]int, lanes), make([]int, lanes)
	var all []func()
	for lane := range lanes {
		person := p.login(t, fmt.Sprint("racer", lane))
		all = append(all, func() {
			for range trials {
				if raceOnce(t, e, p, person) {
					granted[lane]++
				} else {
					denied[lane]++
				}
			}
		})
	}
	together(all...)
	t.Logf("granted %v, denied %v", granted, denied)
}

// raceOnce lets two stewards disagree at the same moment, and checks that what
// the record says is what a login can do. It reports whether it was a grant.
func raceOnce(t *testing.T, e *grantwright.Engine, p *realPlatform, person request.Identity) bool {
	req, err := e.Submit(t.Context(), person, p.asking("47 HOURS"))
	if err != nil {
		t.Error(err)
		return false
	}
	var approve, deny error
	together(
		func() {
			_, approve = e.Determine(t.Context(), owner, req.ID, review.Determination{Act: review.Approve})
		},
		func() { _, deny = e.Determine(t.Context(), privacy, req.ID, review.Determination{Act: review.Deny}) },
	)
	if (approve == nil) == (deny == nil) {
		t.Errorf("approve: %v, deny: %v", approve, deny)
	}
	g, err := e.WaitForGrant(t.Context(), gov, req.ID)
	if err != nil {
		t.Error(err)
	}
	if reads := p.reads(t, person); reads != (deny != nil) || reads != (g.State == provision.Active) {
		t.Errorf("denied: %v, the grant is %q, access %v", deny == nil, g.State, reads)
	}
	if g.State != provision.Active {
		return false
	}
	if _, err := e.Revoke(t.Context(), person, req.ID, ""); err != nil {
		t.Error(err)
	}
	if g, err := e.WaitForGrant(t.Context(), gov, req.ID); err != nil || g.State != provision.Revoked || p.reads(t, person) {
		t.Errorf("revoked: %q, %v", g.State, err)
	}
	return true
}

func TestApproveRacingApproveOnTheRealPlatform(t *testing.T) {
	t.Parallel()
	const trials = 30
	p := newRealPlatform(t)
	e := p.engine(t)
	p.furnish(t, e)
	person := p.login(t, "eve")
	for i := range trials {
		duration := []string{"47 HOURS", "30 DAYS"}[i%2] // any of two, or both
		req, err := e.Submit(t.Context(), person, p.asking(duration))
		must(t, err)
		approve := func(by request.Identity) func() {
			return func() { _, _ = e.Determine(t.Context(), by, req.ID, review.Determination{Act: review.Approve}) }
		}
		together(approve(owner), approve(privacy))
		g, err := e.WaitForGrant(t.Context(), gov, req.ID)
		if err != nil || g.State != provision.Active || !p.reads(t, person) {
			t.Fatalf("approved twice for %s: %q (%s), %v, access %v", duration, g.State, g.Error, err, p.reads(t, person))
		}
		_, err = e.Revoke(t.Context(), person, req.ID, "")
		must(t, err)
		if g, err := e.WaitForGrant(t.Context(), gov, req.ID); err != nil || g.State != provision.Revoked || p.reads(t, person) {
			t.Fatalf("revoked: %q (%s), %v", g.State, g.Error, err)
		}
	}
	grants, _, err := e.Grants().On(t.Context(), gov, p.orders(), store.Position{}, store.MaxPage)
	if must(t, err); len(grants) != trials {
		t.Errorf("%d requests have %d grants", trials, len(grants))
	}
}

func TestPlatformDownAndBack(t *testing.T) {
	t.Parallel()
	p := newRealPlatform(t)
	e := p.engine(t)
	p.furnish(t, e)
	person := p.login(t, "eve")
	req, err := e.Submit(t.Context(), person, p.asking("30 DAYS"))
	must(t, err)

	// Nobody may connect: to us the platform is down.
	superuser(t, p.Records, "alter database "+p.Database+" allow_connections false; select pg_terminate_backend(pid) from pg_stat_activity where datname = '"+p.Database+"'")
	_, err = e.Determine(t.Context(), twice, req.ID, review.Determination{Act: review.Approve})
	must(t, err)
	g, err := e.WaitForGrant(t.Context(), gov, req.ID)
	if err != nil || g.State != provision.Failed || g.Error == "" || g.Retry.IsZero() {
		t.Fatalf("while the platform is down the grant is %+v, %v", g, err)
	}
	superuser(t, p.Records, "alter database "+p.Database+" allow_connections true")
	becomes(t, e, req.ID, provision.Active)
	if !p.reads(t, person) {
		t.Error("ACTIVE, and no access")
	}

	superuser(t, p.Records, "alter database "+p.Database+" allow_connections false; select pg_terminate_backend(pid) from pg_stat_activity where datname = '"+p.Database+"'")
	_, err = e.Revoke(t.Context(), gov, req.ID, "")
	must(t, err)
	if g, err = e.WaitForGrant(t.Context(), gov, req.ID); err != nil || g.State != provision.Revoking || g.Error == "" {
		t.Fatalf("while the platform is down the grant is %+v, %v", g, err)
	}
	superuser(t, p.Records, "alter database "+p.Database+" allow_connections true")
	becomes(t, e, req.ID, provision.Revoked)
	if p.reads(t, person) {
		t.Error("REVOKED, and access")
	}
}

// becomes does what is due until a grant is in some state.
func becomes(t *testing.T, e *grantwright.Engine, id request.ID, state provision.State) {
	t.Helper()
	enginetest.Until(t, "the grant is "+string(state), func() bool {
		must(t, e.Work(t.Context()))
		all, err := e.Request(t.Context(), gov, id)
		must(t, err)
		return all.Grant.State == state
	})
}

func TestExpiresOnTheRealPlatform(t *testing.T) {
	t.Parallel()
	p := newRealPlatform(t)
	e := p.engine(t, func(c *grantwright.Config) { c.Now = time.Now })
	p.furnish(t, e)
	person := p.login(t, "eve")
	req, err := e.Submit(t.Context(), person, p.asking("1 SECONDS")) // approved by a rule
	must(t, err)
	if g, err := e.WaitForGrant(t.Context(), person, req.ID); err != nil || g.State != provision.Active && g.State != provision.Revoked {
		t.Fatalf("the grant is %s, %v", g.State, err)
	}
	becomes(t, e, req.ID, provision.Revoked)
	if all, err := e.Request(t.Context(), person, req.ID); err != nil || all.Request.Status != request.Expired || p.reads(t, person) {
		t.Errorf("the request is %s, access %v, %v", all.Request.Status, p.reads(t, person), err)
	}
}
