//go:build unix

package tests

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// rulesReadTags has a rule approve for staff what carries no tag pii, and privacy decide about
// all else.
func rulesReadTags(t testing.TB, e *grantwright.Engine) {
	t.Helper()
	next := flow
	next.Version = 1
	next.Rules = []review.Rule{{Name: "no pii", When: `!("pii" in asset.tags) && "staff" in beneficiary.groups`, Then: review.Action{Act: review.Approve}}}
	next.Default = review.Action{Act: review.Ask, Stages: []review.Stage{{Name: "privacy", Mode: review.Any, Selectors: []review.Selector{{Group: "privacy"}}}}}
	_, err := e.Governance().Flows.Save(t.Context(), gov, next)
	must(t, err)
}

// A rule that approved access to a schema was asked about what stood there. What comes later,
// and for which it asks people, is left out: a tagged table that is moved there, a table with
// a tagged partition, a view over a tagged table, a tagged partition that is attached. What
// it would have approved is covered, and so is all of it where people have decided.
func TestRulesAreAskedAboutWhatComesToAContainer(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `
		create schema crm; create schema hr; create schema shop; create schema desk;
		create table crm.customers (id int, mail text); insert into crm.customers values (1, '1@example.com');
		create table crm.late (id int, mail text); insert into crm.late values (4, '4@example.com');
		create table hr.pay (id int, mail text) partition by list (id);
		create table crm.pay_2 partition of hr.pay for values in (2); insert into hr.pay values (2, '2@example.com');
		create table hr.moved (id int, mail text); insert into hr.moved values (3, '3@example.com');
		create table hr.plain (id int, note text); insert into hr.plain values (1, 'plain');
		create table hr.notes (id int, note text); insert into hr.notes values (1, 'internal');
		create table shop.parted (id int, mail text) partition by list (id);
		create table hr.second (id int, mail text); insert into hr.second values (5, '5@example.com')`)
	eve, frank := p.login(t, "eve"), p.login(t, "frank")
	eve.Groups = []string{"staff"}
	rulesReadTags(t, e)
	for _, path := range []string{"crm.customers", "crm.late", "crm.pay_2", "hr.moved", "hr.second"} {
		p.classify(t, e, path, pii)
	}
	p.classify(t, e, "hr.notes", catalog.ClassifiedColumn{Name: "note", Tags: []string{"internal"}})
	_, byRule := p.asks(t, e, eve, "shop")
	if byRule.Status != request.Approved {
		t.Fatalf("the schema is %s, and holds nothing tagged", byRule.Status)
	}
	p.approve(t, e, byRule)
	_, byPeople := p.asks(t, e, frank, "desk")
	if byPeople.Status != request.Pending {
		t.Fatalf("without the group, it is %s", byPeople.Status)
	}
	p.approve(t, e, byPeople)

	superuser(t, p.Database, `
		alter table hr.pay set schema shop; alter table hr.moved set schema shop; alter table hr.plain set schema shop; alter table hr.notes set schema shop;
		create view shop.seen as select mail from crm.customers; create view shop.ids as select id from crm.customers;
		create view shop.over as select mail from shop.moved; alter table shop.parted attach partition crm.late for values in (4);
		alter table hr.second set schema desk`)
	found := p.follows(t, e)
	left := []string{"shop.moved", "shop.over", "shop.parted", "shop.pay", "shop.seen"}
	for _, path := range left {
		p.mustShow(t, eve, "mail", path, "permission denied")
		if !slices.Contains(found, "STRICTER "+string(p.at(path))) {
			t.Errorf("found %q, must say that %s is left out", found, path)
		}
	}
	p.mustShow(t, eve, "id", "shop.ids", "1")
	p.mustShow(t, eve, "note", "shop.plain", "plain")
	p.mustShow(t, eve, "note", "shop.notes", "internal")
	p.mustShow(t, frank, "mail", "desk.second", "5@example.com")

	c, err := e.Request(t.Context(), gov, byRule.ID)
	must(t, err)
	var want []catalog.Ref
	for _, path := range left {
		want = append(want, p.at(path))
	}
	same(t, "said with the grant", want, c.Excluded)
	if c.Grant.State != provision.Active {
		t.Errorf("the grant is %s: %s", c.Grant.State, c.Grant.Error)
	}
	again := p.engine(t) // after a restart
	p.reconcile(t, again, provision.Reconcile{})
	p.mustShow(t, eve, "mail", "shop.moved", "permission denied")

	// Without the approval by the rule, people are asked about all of it, and it is covered.
	_, err = again.Revoke(t.Context(), gov, byRule.ID, "ask people")
	must(t, err)
	_, err = again.WaitForGrant(t.Context(), gov, byRule.ID)
	must(t, err)
	p.gets(t, again, frank, "shop")
	for _, path := range left {
		p.mustShow(t, frank, "mail", path, "@example.com")
	}
	if _, req := p.asks(t, again, eve, "shop"); req.Status != request.Pending {
		t.Errorf("asked anew, it is %s", req.Status)
	}
}

// A materialized view keeps the rows that it has read: of a partition that is detached, of a
// child that inherits no more, and of what a view beneath it does not read any more. Where
// others decide about these, a container leaves it out as before, and what reads it, under
// each name, until it is another object.
func TestAMaterializedViewKeepsWhatItHasRead(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `
		create schema hr; create schema open; create schema away;
		create table open.events (at int, mail text) partition by list (at);
		create table hr.events_1 partition of open.events for values in (1); insert into open.events values (1, '1@example.com');
		create table open.parent (at int, mail text); create table hr.kid () inherits (open.parent); insert into hr.kid values (2, '2@example.com');
		create table hr.source (mail text); insert into hr.source values ('3@example.com'); create view open.through as select mail from hr.source;
		create materialized view open.parts as select mail from open.events;
		create materialized view open.again as select mail as address from open.parts;
		create materialized view open.kids as select mail from open.parent;
		create materialized view open.beneath as select mail from open.through`)
	eve, frank := p.login(t, "eve"), p.login(t, "frank")
	eve.Groups, frank.Groups = []string{"staff"}, []string{"staff"}
	rulesReadTags(t, e)
	_, err := e.Governance().Flows.Save(t.Context(), gov, staged)
	must(t, err)
	must(t, attach(t.Context(), e.Governance(), gov, request.Attachment{At: p.at("hr"), Type: request.DataAccess, Flow: "staged"}))
	p.gets(t, e, eve, "open")
	closed := func(when string, views ...string) {
		t.Helper()
		for _, view := range views {
			if got := p.shows(t, eve, "1", view); !strings.Contains(got, "permission denied") {
				t.Errorf("%s: eve reads %q in %s", when, got, view)
			}
		}
	}
	closed("before", "open.parts", "open.again", "open.kids", "open.beneath")

	superuser(t, p.Database, `
		alter table open.events detach partition hr.events_1; alter table hr.kid no inherit open.parent;
		create or replace view open.through as select 'none'::text as mail; create view open.over as select mail from open.parts`)
	for range 2 {
		p.follows(t, e)
		closed("detached", "open.parts", "open.again", "open.kids", "open.beneath", "open.over")
	}
	p.mustShow(t, eve, "mail", "open.through", "none")
	for path, what := range map[string]string{"open.parts": "hr.events_1", "open.again": "hr.events_1", "open.over": "hr.events_1", "open.kids": "hr.kid", "open.beneath": "hr.source"} {
		if preview, req := p.asks(t, e, frank, path); req.Status != request.Pending || !slices.Contains(req.Parts, p.at(what)) || !slices.Contains(preview.Parts, p.at(what)) {
			t.Errorf("%s is %s, and may hold %v", path, req.Status, req.Parts)
		}
	}
	superuser(t, p.Database, "alter materialized view open.kids rename to grown; alter materialized view open.beneath set schema away; alter materialized view away.beneath set schema open")
	e = p.engine(t) // after a restart
	p.follows(t, e)
	closed("renamed", "open.grown", "open.beneath")

	// Made anew it has read what there is now.
	superuser(t, p.Database, "drop materialized view open.grown; create materialized view open.kids as select 'own'::text as mail from open.parent; insert into open.parent values (1, 'own'); refresh materialized view open.kids")
	p.follows(t, e)
	p.mustShow(t, eve, "mail", "open.kids", "own")
	closed("the others", "open.parts", "open.again", "open.beneath")
}

// Whoever is given a masked view without a column reads nothing. Where no column of an asset
// is shown, because it is hidden under another name and nobody has classified the others,
// access to it is not ACTIVE, and says why; a schema has a gap. It heals when governance
// classifies the columns. It is the same for a child, by the tags and the columns of its parent.
func TestAMaskedViewWithoutAColumnIsNone(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `
		create schema shop; create table shop.events (amount int, phone text); create table shop.kid () inherits (shop.events);
		create table shop.plain (id int); insert into shop.kid values (7, '555')`)
	eve, frank, dan := p.login(t, "eve"), p.login(t, "frank"), p.login(t, "dan")
	_, err := e.Governance().Masks.Save(t.Context(), gov, catalog.Mask{Name: "tags", At: "warehouse", Tags: []string{"pii"}, How: catalog.MaskNull})
	must(t, err)
	p.classify(t, e, "shop.events", catalog.ClassifiedColumn{Name: "phone", Tags: []string{"pii"}})
	queries := map[string]string{}
	enforced := func(what string, fits func(request.AssetMasks) bool) (m request.AssetMasks) {
		t.Helper()
		for _, path := range []string{".events", ".kid"} {
			enginetest.Until(t, path+" is "+what, func() bool {
				must(t, e.Work(t.Context()))
				m, err = e.Masks().Of(t.Context(), gov, p.at("shop"+path))
				must(t, err)
				return fits(m)
			})
			queries[path] = m.Query
		}
		return m
	}
	enforced("masked", func(m request.AssetMasks) bool { return m.Query != "" })
	given := map[string]request.Identity{"shop.events": eve, "shop.kid": frank, "shop": dan}
	grants := map[string]provision.Grant{}
	for path, who := range given {
		grants[path] = p.gets(t, e, who, path)
	}
	p.mustShow(t, frank, "coalesce(phone, 'null')", queries[".kid"], "null")

	superuser(t, p.Database, "alter table shop.events rename column phone to post")
	p.follows(t, e)
	m := enforced("shown no more", func(m request.AssetMasks) bool { return m.Query == "" && m.Error != "" })
	if !strings.Contains(m.Error, "amount, post") || !strings.Contains(m.Error, "classifies") {
		t.Errorf("it is said: %q", m.Error)
	}
	p.follows(t, e)
	state := func(path string) provision.Grant {
		t.Helper()
		c, err := e.Request(t.Context(), gov, grants[path].Request)
		must(t, err)
		return c.Grant
	}
	for _, path := range []string{"shop.events", "shop.kid"} {
		if g := state(path); g.State != provision.Failed || !strings.Contains(g.Error, "amount, post") {
			t.Errorf("%s is %s: %s", path, g.State, g.Error)
		}
		p.mustShow(t, given[path], "1", path, "permission denied")
	}
	if g := state("shop"); g.State != provision.Active || g.Gaps.Count != 2 {
		t.Errorf("the schema is %s, with %d gaps: %q", g.State, g.Gaps.Count, g.Gaps.Lines())
	}

	_, err = e.Governance().Classifications.Save(t.Context(), gov, catalog.Classification{At: p.at("shop.events"), Version: 1,
		Columns: []catalog.ClassifiedColumn{{Name: "amount"}, {Name: "post", Tags: []string{"pii"}}}})
	must(t, err)
	enforced("shown again", func(m request.AssetMasks) bool { return m.Query != "" })
	p.follows(t, e)
	for path, who := range given {
		enginetest.Until(t, path+" works again", func() bool {
			must(t, e.Work(t.Context()))
			g := state(path)
			return g.State == provision.Active && g.Gaps.Count == 0
		})
		p.mustShow(t, who, "amount, coalesce(post, 'null')", queries[cmp.Or(strings.TrimPrefix(path, "shop"), ".kid")], "7|null")
	}
}
