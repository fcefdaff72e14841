//go:build unix

package tests

import (
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/provision"
)

// What stopped working past us is found, with the reason, and works again by itself: the
// login's settings, and a right on the way that was taken from us too. Ways in that nobody
// knows of are named when the access has ended.
func TestAccessThatWorksNoLongerIsFound(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `create schema shop; create table shop.orders (id int, note text); insert into shop.orders values (1, 'mine'); grant usage on schema shop to public`)
	eve := p.login(t, "eve")
	login := eve.Attributes["login"][0]
	g := p.gets(t, e, eve, "shop.orders")
	whole := p.gets(t, e, p.login(t, "ann"), "shop")
	broken := "BROKEN " + string(p.at("shop.orders"))
	state := func(g provision.Grant, want provision.State, says string) {
		t.Helper()
		enginetest.Until(t, "the grant is "+string(want), func() bool {
			if c, err := e.Request(t.Context(), gov, g.Request); err == nil && c.Grant.State == want {
				return strings.Contains(c.Grant.Error, says)
			}
			_, _ = e.Grants().Retry(t.Context(), gov, g.ID) // its next attempt is not waited for
			must(t, e.Work(t.Context()))
			return false
		})
	}
	for _, tt := range []struct{ breaks, mends, says string }{
		{"create role other_" + login + "; grant other_" + login + " to " + login + "; alter role " + login + " set role = other_" + login, "alter role " + login + " reset role", "sessions begin as role"},
		{"alter role " + login + " connection limit 0", "alter role " + login + " connection limit -1", "CONNECTION LIMIT 0"},
		{"revoke usage on schema shop from public, " + p.Role + " cascade", "grant usage on schema shop to public; grant usage on schema shop to " + p.Role + " with grant option", "USAGE on schema"},
	} {
		same(t, "found before", []string(nil), p.reconcile(t, e, provision.Reconcile{}))
		p.mustShow(t, eve, "note", "shop.orders", "mine")
		superuser(t, p.Database, tt.breaks)
		if got := p.shows(t, eve, "note", "shop.orders"); got == "mine" {
			t.Fatalf("after %s eve reads", tt.breaks)
		}
		if found := p.reconcile(t, e, provision.Reconcile{DryRun: true}); !slices.Contains(found, broken) {
			t.Errorf("after %s a dry run finds %q", tt.breaks, found)
		}
		if found := p.reconcile(t, e, provision.Reconcile{}); !slices.Contains(found, broken) {
			t.Errorf("after %s it is found %q", tt.breaks, found)
		}
		state(g, provision.Failed, tt.says)
		superuser(t, p.Database, tt.mends)
		state(g, provision.Active, "")
		state(whole, provision.Active, "")
	}
	superuser(t, p.Database, "create function public.peek() returns text language sql security definer as 'select note from shop.orders'")
	_, err := e.Revoke(t.Context(), gov, g.Request, "no longer needed")
	must(t, err)
	ended, err := e.WaitForGrant(t.Context(), gov, g.Request)
	must(t, err)
	if ended.State != provision.Revoked || !slices.ContainsFunc(ended.Remaining, func(way provision.Path) bool { return strings.Contains(string(way), "public.peek()") }) {
		t.Errorf("it is %s, and %q remain", ended.State, ended.Remaining)
	}
}
