//go:build unix

package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// generated lists the kinds of generated columns that the server has.
func generated(t testing.TB) []string {
	t.Helper()
	var version int
	must(t, server.DB.QueryRow("select current_setting('server_version_num')::int").Scan(&version))
	if version >= 180000 {
		return []string{"stored", "virtual"}
	}
	return []string{"stored"}
}

// masked waits until the masks of an asset are in force, and fit.
func (p *realPlatform) masked(t testing.TB, e *grantwright.Engine, path, what string, fits func(request.AssetMasks) bool) (m request.AssetMasks) {
	t.Helper()
	enginetest.Until(t, what, func() bool {
		must(t, e.Work(t.Context()))
		var err error
		m, err = e.Masks().Of(t.Context(), gov, p.at(path))
		must(t, err)
		return m.Error == "" && m.Query != "" && !m.Changes && fits(m)
	})
	return m
}

// A mask holds for what is computed from the masked column: in the masked view, in a view over
// the table, in a container, in an exception and in a question, and when it is computed no
// more. An exception that names the column itself says otherwise.
func TestAMaskHoldsForGeneratedColumns(t *testing.T) {
	t.Parallel()
	for _, kind := range generated(t) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p, e := reached(t, fmt.Sprintf(`create schema shop; create schema crm;
				create table shop.people (id int, mail text, low text generated always as (lower(mail)) %[1]s, twice int generated always as (id * 2) %[1]s) partition by list (id);
				create table shop.people_1 partition of shop.people default;
				insert into shop.people values (1, 'Eve@Example.com'); create view crm.shown as select id, low from shop.people; create view crm.counted as select twice from shop.people`, kind))
			eve := p.login(t, "eve")
			_, err := e.Governance().Masks.Save(t.Context(), gov, catalog.Mask{Name: "mails", At: "warehouse", Columns: []string{"mail"}, How: catalog.MaskLast, Last: 4})
			must(t, err)
			two := func(m request.AssetMasks) bool { return len(m.Show.Columns) == 2 && m.Show.Masks("low") }
			view, part := p.masked(t, e, "shop.people", "the mask is in force", two).Query, p.masked(t, e, "shop.people_1", "the mask of the part is in force", two).Query

			p.gets(t, e, eve, "shop")
			p.gets(t, e, eve, "crm")
			hidden := func(shown string) {
				t.Helper()
				for _, from := range []string{"shop.people", "shop.people_1", "crm.shown"} {
					p.mustShow(t, eve, "low", from, "permission denied")
				}
				for _, from := range []string{view, part} {
					p.mustShow(t, eve, "coalesce(low, 'none') || twice", from, shown)
				}
				p.mustShow(t, eve, "twice", "crm.counted", "2")
			}
			hidden("none2")
			p.reconcile(t, e, provision.Reconcile{MaxRemovals: 9})
			hidden("none2")
			for column, reads := range map[string]bool{"low": false, "mail": false, "twice": true} {
				if a, err := e.Allowed(t.Context(), request.Principal{Name: eve.Attributes["login"][0]}, p.at("shop.people"), []string{column}); err != nil || a.Reads() != reads {
					t.Errorf("%s is allowed as %+v, %v", column, a, err)
				}
			}

			except, err := e.Governance().Masks.Save(t.Context(), gov, catalog.Mask{Name: "open", At: "warehouse", Columns: []string{"low"}, How: catalog.MaskClear})
			must(t, err)
			view = p.masked(t, e, "shop.people", "the exception is in force", func(m request.AssetMasks) bool { return slices.Contains(m.Show.Clear, "low") }).Query
			p.mustShow(t, eve, "low || mail", view, "eve@example.com***.com")
			must(t, e.Governance().Masks.Delete(t.Context(), gov, except.Name, except.Version))
			view = p.masked(t, e, "shop.people", "the exception is over", two).Query
			hidden("none2")
			if kind == "virtual" {
				return // which cannot become a plain one
			}
			superuser(t, p.Database, "alter table shop.people alter low drop expression")
			p.sync(t, e)
			must(t, e.Masks().Enforce(t.Context(), gov, "warehouse"))
			view = p.masked(t, e, "shop.people", "it is computed no more", func(m request.AssetMasks) bool { return slices.Contains(m.Show.Out, "low") }).Query
			if said := p.shows(t, eve, "low", view); !strings.Contains(said, "does not exist") {
				t.Errorf("the column that was computed shows %q", said)
			}
			p.mustShow(t, eve, "low", "shop.people", "permission denied")
		})
	}
}

// Rules judge whoever asks for a generated column as one who reads those that it is computed
// from, and a view that reads it as one with their tags.
func TestRulesJudgeGeneratedColumnsByTheirSources(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `create schema shop; create table shop.people (id int, mail text, low text generated always as (lower(mail)) stored, twice int generated always as (id * 2) stored);
		create view shop.shown as select low from shop.people; create view shop.counted as select twice from shop.people`)
	eve := p.login(t, "eve")
	p.classify(t, e, "shop.people", pii)
	f := approving("named", `size(request.columns) > 0 ? !("mail" in request.columns) : !("pii" in asset.tags)`)
	_, err := e.Governance().Flows.Save(t.Context(), gov, f)
	must(t, err)
	must(t, attach(t.Context(), e.Governance(), gov, request.Attachment{At: p.at("shop"), Type: request.DataAccess, Flow: f.Name}))
	for _, tt := range []struct {
		path    string
		columns []string
		want    request.Status
	}{
		{"shop.people", []string{"low"}, request.Pending},
		{"shop.people", []string{"mail"}, request.Pending},
		{"shop.people", []string{"id", "twice"}, request.Approved},
		{"shop.shown", nil, request.Pending},
		{"shop.counted", nil, request.Approved},
	} {
		s := asking("30 DAYS")
		s.Asset, s.Columns = p.at(tt.path), tt.columns
		req, err := e.Submit(t.Context(), eve, s)
		must(t, err)
		if req.Status != tt.want || !slices.Equal(req.Columns, tt.columns) {
			t.Errorf("%s %v is %s for %v, want %s", tt.path, tt.columns, req.Status, req.Columns, tt.want)
		}
	}
}
