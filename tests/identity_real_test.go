//go:build unix

package tests

import (
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// follows syncs, brings the masks into force, and reconciles.
func (p *realPlatform) follows(t testing.TB, e *grantwright.Engine) (found []string) {
	t.Helper()
	p.sync(t, e)
	must(t, e.Work(t.Context()))
	return p.reconcile(t, e, provision.Reconcile{})
}

// held lists the assets that governance was told of as held back, in the order of the log.
func (p *realPlatform) held(t testing.TB, e *grantwright.Engine) (refs []catalog.Ref) {
	t.Helper()
	all, err := e.Log().Events(t.Context(), auditor, 0, store.MaxPage)
	must(t, err)
	for _, ev := range all {
		if ev.Type != event.AssetHeld.Name() {
			continue
		}
		told, err := event.AssetHeld.Decode(ev.Data)
		must(t, err)
		for _, a := range told.Assets {
			refs = append(refs, a.Asset)
		}
	}
	return refs
}

// What was left out of a container, because others decide about it, stays so under each
// name that the object gets: renamed, moved to another schema, in a schema that is renamed,
// detached from a table, and read through a view. Governance is told, once, and settles it.
func TestWhatWasExcludedStaysSoUnderAnotherName(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `
		create schema hr; create schema open; create schema vault; create schema copies;
		create table hr.salaries (id int, amount text); insert into hr.salaries values (1, '9000');
		create table hr.bonus (id int, amount text); insert into hr.bonus values (1, '500');
		create table hr.notes (id int, note text); insert into hr.notes values (1, 'open');
		create table vault.keys (id int, key text); insert into vault.keys values (1, 'secret');
		create table hr.pay (at int, amount text) partition by list (at); create table open.pay_1 partition of hr.pay for values in (1); insert into hr.pay values (1, '7000')`)
	eve, frank := p.login(t, "eve"), p.login(t, "frank")
	_, err := e.Governance().Flows.Save(t.Context(), gov, staged)
	must(t, err)
	for _, at := range []string{"hr.salaries", "hr.bonus", "hr.pay", "vault"} {
		must(t, attach(t.Context(), e.Governance(), gov, request.Attachment{At: p.at(at), Type: request.DataAccess, Flow: "staged"}))
	}
	whole := strings.TrimSuffix(string(p.at("")), ".")
	s := asking("1 HOURS")
	s.Asset = catalog.Ref(whole)
	req, err := e.Submit(t.Context(), eve, s)
	must(t, err)
	if g := p.approve(t, e, req); g.State != provision.Active {
		t.Fatalf("the grant is %s: %s", g.State, g.Error)
	}
	p.mustShow(t, eve, "note", "hr.notes", "open")
	closed := func(when string, tables ...string) {
		t.Helper()
		for _, table := range tables {
			if got := p.shows(t, eve, "1", table); !strings.Contains(got, "permission denied") {
				t.Errorf("%s: eve reads %q in %s", when, got, table)
			}
		}
	}
	closed("before", "hr.salaries", "hr.bonus", "hr.pay", "open.pay_1", "vault.keys")

	superuser(t, p.Database, `
		alter table hr.salaries rename to sal_old; alter table hr.bonus set schema open; alter schema vault rename to room;
		alter table hr.pay detach partition open.pay_1; create view copies.seen as select * from hr.sal_old`)
	found := p.follows(t, e)
	moved := []string{"copies.seen", "hr.sal_old", "open.bonus", "open.pay_1", "room.keys"}
	closed("after", moved...)
	for _, path := range moved[1:] {
		if !slices.Contains(found, "HELD "+string(p.at(path))) {
			t.Errorf("found %q, must say that %s is held", found, path)
		}
	}
	told := []catalog.Ref{p.at("hr.sal_old"), p.at("open.bonus"), p.at("open.pay_1"), p.at("room"), p.at("room.keys")}
	same(t, "told", told, p.held(t, e))
	superuser(t, p.Database, `alter table hr.sal_old rename to sal_older; create table room.late (id int, key text); insert into room.late values (1, 'new')`)
	p.follows(t, e)
	closed("renamed again, and new in what was renamed", "hr.sal_older", "room.late", "copies.seen")
	same(t, "told again", append(told, p.at("hr.sal_older"), p.at("room.late")), p.held(t, e))
	for range 2 {
		p.follows(t, e)
	}
	same(t, "told where nothing has changed", 7, len(p.held(t, e)))

	// Whoever asks for it alone is shown to people, with what it was.
	for _, path := range []string{"hr.sal_older", "copies.seen"} {
		preview, req := p.asks(t, e, frank, path)
		if req.Status != request.Pending || len(preview.Parts) == 0 {
			t.Errorf("%s is %s, and was %v", path, req.Status, preview.Parts)
		}
	}
	again := p.engine(t) // after a restart
	p.reconcile(t, again, provision.Reconcile{})
	closed("after a restart", "hr.sal_older", "room.keys")

	// Governance settles it: by a classification, or by what it sets there.
	p.classify(t, e, "hr.sal_older", catalog.ClassifiedColumn{Name: "id"}, catalog.ClassifiedColumn{Name: "amount"})
	p.follows(t, e)
	p.mustShow(t, eve, "amount", "hr.sal_older", "9000")
	if _, req := p.asks(t, e, frank, "hr.sal_older"); req.Status != request.Approved {
		t.Errorf("settled, it is %s, %v", req.Status, req.Parts)
	}
	closed("the others", "open.bonus", "room.keys", "open.pay_1")
}

// A build beside a masked table, as dbt does it: the table that takes the name is masked by
// it, the old one stays masked under its new name, and what appears beside them with the
// masked columns is left out of the schema until governance has looked at it.
func TestMaskedDataStaysMaskedUnderAnotherName(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `
		create schema shop; create table shop.customers (id int, mail text, phone text); insert into shop.customers values (1, '1@example.com', '555');
		create table shop.letters (id int, mail text, phone text); insert into shop.letters values (1, 'known', 'before');
		create table shop.tagged (id int, fax text); insert into shop.tagged values (1, '777')`)
	eve := p.login(t, "eve")
	p.classify(t, e, "shop.tagged", catalog.ClassifiedColumn{Name: "fax", Tags: []string{"pii"}})
	for _, m := range []catalog.Mask{
		{Name: "named", At: p.at("shop.customers"), Columns: []string{"mail", "phone"}, How: catalog.MaskNull},
		{Name: "tags", At: "warehouse", Tags: []string{"pii"}, How: catalog.MaskNull},
	} {
		_, err := e.Governance().Masks.Save(t.Context(), gov, m)
		must(t, err)
	}
	masked := func(path string) (m request.AssetMasks) {
		t.Helper()
		enginetest.Until(t, path+" is masked", func() bool {
			must(t, e.Work(t.Context()))
			var err error
			m, err = e.Masks().Of(t.Context(), gov, p.at(path))
			must(t, err)
			return m.Query != "" && !m.Changes
		})
		return m
	}
	for _, path := range []string{"shop.customers", "shop.tagged"} {
		masked(path)
	}
	p.gets(t, e, eve, "shop")
	p.mustShow(t, eve, "mail", "shop.letters", "known") // it stood there when the mask was made
	closed := func(when string, tables ...string) {
		t.Helper()
		for _, table := range tables {
			if got := p.shows(t, eve, "1", table); !strings.Contains(got, "permission denied") {
				t.Errorf("%s: eve reads %q in %s", when, got, table)
			}
		}
	}
	superuser(t, p.Database, `
		create table shop.customers__tmp as select * from shop.customers; create table shop.narrow as select id, mail from shop.customers;
		create view shop.renamed as select mail as address from shop.customers__tmp`)
	found := p.follows(t, e)
	closed("built beside", "shop.customers__tmp", "shop.renamed")
	p.mustShow(t, eve, "id", "shop.narrow", "1") // it has not all of them
	same(t, "told", []catalog.Ref{p.at("shop.customers__tmp")}, p.held(t, e))
	if !slices.Contains(found, "HELD "+string(p.at("shop.customers__tmp"))) {
		t.Errorf("found %q, must say what is held", found)
	}

	superuser(t, p.Database, `
		drop view shop.renamed; alter table shop.customers rename to customers__backup; alter table shop.customers__tmp rename to customers;
		alter table shop.tagged rename to tagged__backup; create table shop.tagged as select * from shop.tagged__backup`)
	p.follows(t, e)
	for path, columns := range map[string]string{"shop.customers": "mail", "shop.customers__backup": "mail", "shop.tagged": "fax", "shop.tagged__backup": "fax"} {
		m := masked(path)
		if !m.Show.Masks(columns) {
			t.Errorf("%s shows %+v", path, m.Show)
		}
	}
	p.follows(t, e)
	closed("swapped", "shop.customers", "shop.customers__backup", "shop.tagged", "shop.tagged__backup")
	backup := masked("shop.tagged__backup").Query
	if got := p.shows(t, eve, "id, fax", backup); got != "1" {
		t.Errorf("the backup of what is masked by a tag is left out, or shows %q", got)
	}

	// Who asks for the backup gets it masked. Looked at, what looked alike is covered.
	frank := p.login(t, "frank")
	_, req := p.asks(t, e, frank, "shop.customers__backup")
	g := p.approve(t, e, req)
	if g.State != provision.Active || g.Query == "" {
		t.Fatalf("the backup is %s, %q: %s", g.State, g.Query, g.Error)
	}
	if got := p.shows(t, frank, "id, mail, phone", g.Query); got != "1" {
		t.Errorf("the backup shows %q", got)
	}
	superuser(t, p.Database, `create table shop.fine (id int, mail text, phone text); insert into shop.fine values (1, 'fine', 'too')`)
	p.follows(t, e)
	closed("appeared", "shop.fine")
	p.classify(t, e, "shop.fine", catalog.ClassifiedColumn{Name: "mail"}, catalog.ClassifiedColumn{Name: "phone"})
	p.follows(t, e)
	p.mustShow(t, eve, "mail", "shop.fine", "fine")
	closed("still", "shop.customers__backup")
}
