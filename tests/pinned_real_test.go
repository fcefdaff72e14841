//go:build unix

package tests

import (
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// A function that decides what an approved view or a table shows is a part of what was
// approved: replaced, the grant is suspended until governance has looked at it. One that
// only writing calls with one's own rights is told of, and no more; where readers of a table
// are concerned, neither is.
func TestAFunctionReplacedBeneathAGrant(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `
		create schema shop; create table shop.base (id int, iban text); insert into shop.base values (1, 'secret');
		create function shop.hide(text) returns text language sql as 'select null::text';
		create view shop.v as select id, shop.hide(iban) as iban from shop.base;
		create function shop.mine(int) returns bool language sql as 'select $1 > 1';
		create table shop.rows (id int); insert into shop.rows values (1), (2);
		alter table shop.rows enable row level security; create policy mine on shop.rows using (shop.mine(id));
		create function shop.rate() returns int language sql as 'select 1';
		create function shop.secret() returns text language sql security definer as 'select null::text';
		create table shop.sold (rate int default shop.rate(), id int); create table shop.kept (id int, note text default shop.secret())`)
	eve := p.login(t, "eve")
	grants := map[string]provision.Grant{}
	for _, name := range []string{"shop.v", "shop.rows"} {
		grants[name] = p.gets(t, e, eve, name)
	}
	for _, name := range []string{"shop.sold", "shop.kept"} {
		grants[name] = p.writes(t, e, eve, name)
	}
	found := func(what string, want ...string) {
		t.Helper()
		same(t, what, want, p.reconcile(t, e, provision.Reconcile{MaxRemovals: 9}))
	}
	found("found where nothing has changed")
	p.mustShow(t, eve, "iban", "shop.v", "")
	p.mustShow(t, eve, "count(*)", "shop.rows", "1")
	superuser(t, p.Database, "create or replace function shop.rate() returns int language sql as 'select 1'")
	found("found where they were made anew")

	superuser(t, p.Database, `
		create or replace function shop.hide(text) returns text language sql as 'select $1';
		create or replace function shop.mine(int) returns bool language sql as 'select true';
		create or replace function shop.rate() returns int language sql as 'select 2';
		create or replace function shop.secret() returns text language sql security definer as 'select iban from shop.base'`)
	want := []string{"REPLACED " + string(p.at("shop.sold")), "SUSPENDED " + string(p.at("shop.kept")), "SUSPENDED " + string(p.at("shop.rows")), "SUSPENDED " + string(p.at("shop.v"))}
	same(t, "found by a dry run", want, p.reconcile(t, e, provision.Reconcile{DryRun: true}))
	found("found", want...)
	found("found after that")
	p.mustShow(t, eve, "iban", "shop.v", "permission denied")
	p.mustShow(t, eve, "id", "shop.rows", "permission denied")
	p.mustShow(t, eve, "id", "shop.kept", "permission denied")
	p.mustShow(t, eve, "count(*)", "shop.sold", "0")
	for name, says := range map[string]string{"shop.v": "shop.hide(text)", "shop.rows": "shop.mine(integer)", "shop.kept": "shop.secret()"} {
		c, told := p.events(t, e, grants[name].Request)
		if c.Grant.State != provision.Suspended || !strings.Contains(c.Grant.Withheld, says) || !slices.Contains(told, "grant.suspended") {
			t.Errorf("%s is %s (%s), told %q", name, c.Grant.State, c.Grant.Withheld, told)
		}
	}
	c, told := p.events(t, e, grants["shop.sold"].Request)
	if c.Grant.State != provision.Active || !strings.Contains(strings.Join(c.Grant.Remarks, " "), "shop.rate()") || told[len(told)-1] != "grant.replaced" {
		t.Errorf("shop.sold is %s, remarked %q, told %q", c.Grant.State, c.Grant.Remarks, told)
	}
	_, err := e.Grants().Resume(t.Context(), gov, grants["shop.v"].ID, "looked at")
	must(t, err)
	if g, err := e.WaitForGrant(t.Context(), gov, grants["shop.v"].Request); err != nil || g.State != provision.Active {
		t.Errorf("looked at, it is %s (%s), %v", g.State, g.Withheld, err)
	}
	p.mustShow(t, eve, "iban", "shop.v", "secret")
	found("found after it was looked at")
	superuser(t, p.Database, "alter function shop.hide(text) security definer")
	found("found again", "SUSPENDED "+string(p.at("shop.v")))
}

// writes is gets for READ_WRITE.
func (p *realPlatform) writes(t testing.TB, e *grantwright.Engine, who request.Identity, path string) provision.Grant {
	t.Helper()
	s := asking("1 HOURS")
	s.Asset, s.Privilege = p.at(path), request.ReadWrite
	req, err := e.Submit(t.Context(), who, s)
	must(t, err)
	g := p.approve(t, e, req)
	if g.State != provision.Active {
		t.Fatalf("the grant on %s is %s: %s", path, g.State, g.Error)
	}
	return g
}

// A function that is replaced between the approval and the grant, and one beneath a schema:
// the first is never given, and of the schema the view is a gap until the next sync.
func TestAFunctionReplacedBeforeItIsGiven(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `
		create schema shop; create table shop.base (id int, iban text); insert into shop.base values (1, 'secret');
		create function shop.hide(text) returns text language sql as 'select null::text';
		create view shop.v as select id, shop.hide(iban) as iban from shop.base`)
	eve, bob := p.login(t, "eve"), p.login(t, "bob")
	schema := p.gets(t, e, bob, "shop")
	p.mustShow(t, bob, "iban", "shop.v", "")
	s := asking("47 HOURS")
	s.Asset = p.at("shop.v")
	req, err := e.Submit(t.Context(), eve, s)
	must(t, err)
	superuser(t, p.Database, "create or replace function shop.hide(text) returns text language sql as 'select $1'")
	if g := p.approve(t, e, req); g.State != provision.Suspended || !strings.Contains(g.Withheld, "shop.hide(text)") || len(g.Ran) > 0 {
		t.Errorf("the grant is %s (%s), and ran %q", g.State, g.Withheld, g.Ran)
	}
	p.mustShow(t, eve, "id", "shop.v", "permission denied")
	same(t, "found", []string{"GAPS " + string(p.at("shop"))}, p.reconcile(t, e, provision.Reconcile{}))
	c, told := p.events(t, e, schema.Request)
	if text := strings.Join(c.Grant.Gaps.Lines(), " "); c.Grant.State != provision.Active || !strings.Contains(text, "shop.v: calls shop.hide(text)") || !slices.Contains(told, "grant.gaps") {
		t.Errorf("the schema is %s with %q, told %q", c.Grant.State, text, told)
	}
	p.mustShow(t, bob, "iban", "shop.v", "permission denied")
	p.mustShow(t, bob, "id", "shop.base", "1")
	p.sync(t, e)
	enginetest.Until(t, "the schema is whole again", func() bool {
		must(t, e.Work(t.Context()))
		c, _ := p.events(t, e, schema.Request)
		return c.Grant.State == provision.Active && c.Grant.Gaps.Count == 0
	})
	p.mustShow(t, bob, "iban", "shop.v", "secret")
}

// A view by which governance masks a table is pinned when it comes into force. Replaced, it
// is given to nobody, governance is told, and saving the mask again brings it into force.
func TestAReplacedViewThatMasksIsSuspended(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `
		create schema shop; create table shop.base (id int, iban text); insert into shop.base values (1, 'secret');
		create view shop.shown as select id, null::text as iban from shop.base`)
	eve := p.login(t, "eve")
	mask := catalog.Mask{Name: "shown", At: p.at("shop.base"), How: catalog.MaskView, View: p.at("shop.shown")}
	save := func() {
		t.Helper()
		var err error
		mask, err = e.Governance().Masks.Save(t.Context(), gov, mask)
		must(t, err)
	}
	masks := func(what string, is func(request.AssetMasks) bool) {
		t.Helper()
		enginetest.Until(t, what, func() bool {
			must(t, e.Work(t.Context()))
			m, err := e.Masks().Of(t.Context(), gov, p.at("shop.base"))
			must(t, err)
			return is(m)
		})
	}
	state := func(g provision.Grant, want provision.State) {
		t.Helper()
		enginetest.Until(t, "the grant is "+string(want), func() bool {
			must(t, e.Work(t.Context()))
			c, _ := p.events(t, e, g.Request)
			return c.Grant.State == want
		})
	}
	save()
	inForce := func(m request.AssetMasks) bool { return m.Error == "" && m.Query != "" }
	masks("the mask is in force", inForce)
	g := p.gets(t, e, eve, "shop.base")
	p.mustShow(t, eve, "iban", "shop.shown", "")

	superuser(t, p.Database, "create or replace view shop.shown as select id, iban from shop.base")
	must(t, e.Masks().Enforce(t.Context(), gov, "warehouse"))
	masks("the mask is said to be replaced", func(m request.AssetMasks) bool { return strings.Contains(m.Error, "replaced") && m.Query == "" })
	state(g, provision.Failed)
	p.mustShow(t, eve, "iban", "shop.shown", "permission denied")
	all, err := e.Log().Events(t.Context(), auditor, 0, 500)
	must(t, err)
	failing := 0
	for _, ev := range all {
		if ev.Type == "mask.failing" {
			failing++
		}
	}
	if failing != 1 {
		t.Errorf("governance was told %d times", failing)
	}
	save()
	masks("the mask is in force again", inForce)
	state(g, provision.Active)
	p.mustShow(t, eve, "iban", "shop.shown", "secret") // governance has said so
	superuser(t, p.Database, "drop view shop.shown; create view shop.shown as select id, iban from shop.base")
	p.prepare(t)
	must(t, e.Masks().Enforce(t.Context(), gov, "warehouse"))
	masks("the same anew is in force", inForce)
	p.reconcile(t, e, provision.Reconcile{})
	state(g, provision.Active)
	p.mustShow(t, eve, "iban", "shop.shown", "secret")
}

// Row policies are a part of what was approved, of a table and of what a view reads: another
// one, or none any more, may show more, and the grant is suspended until governance has looked.
// A first policy shows less, and suspends nothing.
func TestARowPolicyReplacedBeneathAGrant(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `
		create schema shop;
		create table shop.rows (id int); insert into shop.rows values (1), (2);
		alter table shop.rows enable row level security; create policy mine on shop.rows using (id > 1); create policy writing on shop.rows for insert with check (id > 0);
		create table shop.off (id int); insert into shop.off values (1), (2);
		alter table shop.off enable row level security; create policy mine on shop.off using (id > 1);
		create table shop.base (id int); insert into shop.base values (1), (2);
		alter table shop.base enable row level security; create policy mine on shop.base using (id > 1);
		alter table shop.base force row level security;
		create view shop.v with (security_invoker) as select id from shop.base;
		create table shop.plain (id int); insert into shop.plain values (1), (2)`)
	eve := p.login(t, "eve")
	grants := map[string]provision.Grant{}
	for _, name := range []string{"shop.base", "shop.rows", "shop.off", "shop.v", "shop.plain"} {
		grants[name] = p.gets(t, e, eve, name)
	}
	found := func(what string, want ...string) {
		t.Helper()
		same(t, what, want, p.reconcile(t, e, provision.Reconcile{MaxRemovals: 9}))
	}
	found("found where nothing has changed")
	superuser(t, p.Database, `
		alter policy mine on shop.rows rename to ours; alter policy ours on shop.rows rename to mine;
		drop policy writing on shop.rows; create policy writing on shop.rows for insert with check (id > 1);
		drop policy mine on shop.off; create policy mine on shop.off using (id > 1);
		alter table shop.plain enable row level security; create policy mine on shop.plain using (id > 1)`)
	if again := p.reconcile(t, e, provision.Reconcile{MaxRemovals: 9}); slices.ContainsFunc(again, func(f string) bool { return strings.HasPrefix(f, "SUSPENDED") }) {
		t.Errorf("found where they were made anew, or the first one: %q", again)
	}
	p.mustShow(t, eve, "count(*)", "shop.plain", "1")

	superuser(t, p.Database, `
		drop policy mine on shop.rows; create policy mine on shop.rows using (true);
		drop policy mine on shop.off; alter table shop.off disable row level security;
		alter policy mine on shop.base using (id > 0);
		alter policy mine on shop.plain using (id > 0)`)
	want := []string{"SUSPENDED " + string(p.at("shop.base")), "SUSPENDED " + string(p.at("shop.off")), "SUSPENDED " + string(p.at("shop.plain")), "SUSPENDED " + string(p.at("shop.rows")), "SUSPENDED " + string(p.at("shop.v"))}
	same(t, "found by a dry run", want, p.reconcile(t, e, provision.Reconcile{DryRun: true}))
	found("found", want...)
	found("found after that")
	for name, g := range grants {
		p.mustShow(t, eve, "count(*)", name, "permission denied")
		if c, _ := p.events(t, e, g.Request); c.Grant.State != provision.Suspended || !strings.Contains(c.Grant.Withheld, "row policies") {
			t.Errorf("%s is %s (%s)", name, c.Grant.State, c.Grant.Withheld)
		}
	}
	_, err := e.Grants().Resume(t.Context(), gov, grants["shop.rows"].ID, "looked at")
	must(t, err)
	if g, err := e.WaitForGrant(t.Context(), gov, grants["shop.rows"].Request); err != nil || g.State != provision.Active {
		t.Errorf("looked at, it is %s (%s), %v", g.State, g.Withheld, err)
	}
	p.mustShow(t, eve, "count(*)", "shop.rows", "2")
	found("found after it was looked at")
}
