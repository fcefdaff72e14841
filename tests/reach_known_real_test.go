//go:build unix

package tests

import (
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
