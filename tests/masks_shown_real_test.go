//go:build unix

package tests

import (
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// The view by which governance masks a table is an asset beside it. Whoever has the schema
// of the view reads it, for as long as it is the one that governance has seen.
func TestAReplacedViewThatMasksIsLeftOutOfItsSchema(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `
		create schema shop; create table shop.base (id int, iban text); insert into shop.base values (1, 'secret');
		create schema crm; create view crm.shown as select id, null::text as iban from shop.base; create table crm.notes (id int)`)
	eve := p.login(t, "eve")
	mask, err := e.Governance().Masks.Save(t.Context(), gov, catalog.Mask{Name: "shown", At: p.at("shop.base"), How: catalog.MaskView, View: p.at("crm.shown")})
	must(t, err)
	inForce := func(what string, is bool) {
		t.Helper()
		enginetest.Until(t, what, func() bool {
			must(t, e.Work(t.Context()))
			m, err := e.Masks().Of(t.Context(), gov, p.at("shop.base"))
			must(t, err)
			return (m.Error == "" && m.Query != "") == is
		})
	}
	inForce("the mask is in force", true)
	p.gets(t, e, eve, "crm")
	p.mustShow(t, eve, "id", "crm.shown", "1")

	superuser(t, p.Database, "create or replace view crm.shown as select id, iban from shop.base")
	p.sync(t, e)
	must(t, e.Masks().Enforce(t.Context(), gov, "warehouse"))
	inForce("the mask is replaced", false)
	if found := p.reconcile(t, e, provision.Reconcile{MaxRemovals: 9}); !slices.Contains(found, string(provision.FoundStricter)+" "+string(p.at("crm"))) {
		t.Errorf("found %q", found)
	}
	must(t, e.Work(t.Context()))
	p.mustShow(t, eve, "iban", "crm.shown", "permission denied")
	p.mustShow(t, eve, "count(*)", "crm.notes", "0")

	_, err = e.Governance().Masks.Save(t.Context(), gov, mask)
	must(t, err)
	inForce("the mask is in force again", true)
	p.reconcile(t, e, provision.Reconcile{MaxRemovals: 9})
	must(t, e.Work(t.Context()))
	p.mustShow(t, eve, "iban", "crm.shown", "secret") // governance has said so
}

// An exception shows clear what a mask has hidden before. It is about the data that it names,
// and not about other data that come under the name.
func TestAnExceptionShowsClearWhatWasHidden(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `create schema shop; create table shop.base (id int, mail text, iban text); insert into shop.base values (1, 'mail', 'iban')`)
	eve := p.login(t, "eve")
	save := func(m catalog.Mask) catalog.Mask {
		t.Helper()
		saved, err := e.Governance().Masks.Save(t.Context(), gov, m)
		must(t, err)
		return saved
	}
	shown := func(what string, fits func(request.AssetMasks) bool) string {
		t.Helper()
		var m request.AssetMasks
		enginetest.Until(t, what, func() bool {
			must(t, e.Work(t.Context()))
			var err error
			m, err = e.Masks().Of(t.Context(), gov, p.at("shop.base"))
			must(t, err)
			return m.Error == "" && m.Query != "" && !m.Changes && fits(m)
		})
		return m.Query
	}
	save(catalog.Mask{Name: "both", At: p.at("shop"), Columns: []string{"mail", "iban"}, How: catalog.MaskNull})
	shown("the mask is in force", func(m request.AssetMasks) bool { return len(m.Show.Columns) == 2 })
	p.gets(t, e, eve, "shop.base")
	except := save(catalog.Mask{Name: "shown", At: p.at("shop.base"), Columns: []string{"iban"}, How: catalog.MaskClear})
	query := shown("the exception is in force", func(m request.AssetMasks) bool { return slices.Contains(m.Show.Clear, "iban") })
	p.mustShow(t, eve, "iban", query, "iban")
	p.mustShow(t, eve, "coalesce(mail, 'none')", query, "none")

	superuser(t, p.Database, "alter table shop.base rename iban to was; alter table shop.base rename mail to iban; alter table shop.base rename was to mail")
	p.sync(t, e)
	must(t, e.Masks().Enforce(t.Context(), gov, "warehouse"))
	query = shown("the names are swapped", func(m request.AssetMasks) bool { return slices.Contains(m.Out, "iban") })
	if said := p.shows(t, eve, "iban", query); !strings.Contains(said, "does not exist") {
		t.Errorf("the mail is shown under the name of the other: %q", said)
	}
	must(t, e.Governance().Masks.Delete(t.Context(), gov, except.Name, except.Version))
	query = shown("the exception is over", func(m request.AssetMasks) bool { return len(m.Show.Columns) == 2 })
	p.mustShow(t, eve, "coalesce(iban, 'none')", query, "none")
}
