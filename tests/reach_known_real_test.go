//go:build unix

package tests

import (
	"fmt"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// A table becomes a part of another between the approval and the grant: where others decide
// about it, people are asked.
func TestAPartAddedBeforeItIsGiven(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `
		create schema shop; create schema hr; create table shop.parent (id int, amount text); insert into shop.parent values (1, 'none');
		create table shop.kid () inherits (shop.parent); create table hr.pay (id int, amount text); insert into hr.pay values (2, '9000')`)
	eve, frank := p.login(t, "eve"), p.login(t, "frank")
	_, err := e.Governance().Flows.Save(t.Context(), gov, staged)
	must(t, err)
	must(t, attach(t.Context(), e.Governance(), gov, request.Attachment{At: p.at("hr"), Type: request.DataAccess, Flow: "staged"}))
	s := asking("47 HOURS")
	s.Asset = p.at("shop.parent")
	req, err := e.Submit(t.Context(), eve, s)
	must(t, err)
	given, err := e.Submit(t.Context(), frank, s)
	must(t, err)
	superuser(t, p.Database, "create table shop.later () inherits (shop.parent)")
	if g := p.approve(t, e, given); g.State != provision.Active {
		t.Errorf("with a part about which the same decide the grant is %s (%s)", g.State, g.Error+g.Withheld)
	}
	superuser(t, p.Database, "alter table hr.pay inherit shop.parent")
	g := p.approve(t, e, req)
	if g.State != provision.Suspended || !strings.Contains(g.Withheld, "hr.pay") || len(g.Ran) > 0 {
		t.Errorf("the grant is %s (%s), and ran %q", g.State, g.Withheld+g.Error, g.Ran)
	}
	p.mustShow(t, eve, "id", "shop.parent", "permission denied")
	_, err = e.Grants().Resume(t.Context(), gov, g.ID, "looked at")
	must(t, err)
	if g, err := e.WaitForGrant(t.Context(), gov, req.ID); err != nil || g.State != provision.Active {
		t.Errorf("looked at, it is %s (%s), %v", g.State, g.Withheld+g.Error, err)
	}
	p.mustShow(t, eve, "count(*)", "shop.parent", "2")
}

// What the owner of a table adds to a role of ours is told of by a reconciliation, once, and
// again when it is gone.
func TestWhatTheOwnerAddsToARoleOfOursIsTold(t *testing.T) {
	t.Parallel()
	p, e := reached(t, "create schema shop; create table shop.orders (id int); insert into shop.orders values (1)")
	eve := p.login(t, "eve")
	p.gets(t, e, eve, "shop.orders")
	same(t, "found before", []string(nil), p.reconcile(t, e, provision.Reconcile{}))
	const toOurs = "do $$ declare r text; begin for r in select quote_ident(rolname) from pg_roles where starts_with(rolname, 'gw_%s_') loop execute '%s' || r; end loop; end $$"
	superuser(t, p.Database, fmt.Sprintf(toOurs, p.Installation, "grant insert on shop.orders to "))
	want := []string{"FOREIGN " + string(p.at("shop.orders"))}
	same(t, "found by a dry run", want, p.reconcile(t, e, provision.Reconcile{DryRun: true}))
	r, err := e.Reconcile(t.Context(), gov, "warehouse", provision.Reconcile{})
	must(t, err)
	if len(r.Findings) != 1 || r.Findings[0].Kind != provision.FoundForeign || !strings.Contains(r.Findings[0].Detail, "INSERT on table shop.orders") {
		t.Errorf("found %+v", r.Findings)
	}
	same(t, "found again", []string(nil), p.reconcile(t, e, provision.Reconcile{}))
	superuser(t, p.Database, fmt.Sprintf(toOurs, p.Installation, "revoke insert on shop.orders from "))
	same(t, "found when it is gone", want, p.reconcile(t, e, provision.Reconcile{}))
}
