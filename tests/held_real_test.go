//go:build unix

package tests

import (
	"slices"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// A materialized view holds what was read for it: a view beneath it that reads with the
// reader's own rights keeps nobody out then.
func TestAMaterializedViewOpensWhatItHolds(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `
		create schema hr; create schema open;
		create table hr.salaries (id int, mail text); insert into hr.salaries values (1, '1@example.com');
		create view open.own with (security_invoker) as select * from hr.salaries;
		create materialized view open.held as select * from open.own;
		create materialized view open.again as select mail from open.held;
		create view open.over as select mail from open.held;
		create view open.asking with (security_invoker) as select mail from open.held`)
	eve := p.login(t, "eve")
	_, err := e.Governance().Flows.Save(t.Context(), gov, staged)
	must(t, err)
	must(t, attach(t.Context(), e.Governance(), gov, request.Attachment{At: p.at("hr"), Type: request.DataAccess, Flow: "staged"}))
	preview, req := p.asks(t, e, eve, "open")
	same(t, "left out", []catalog.Ref{p.at("open.again"), p.at("open.held"), p.at("open.over")}, preview.Excluded)
	p.approve(t, e, req)
	for _, path := range preview.Excluded {
		p.mustShow(t, eve, "mail", "open."+path.Name(), "permission denied")
	}
	p.mustShow(t, eve, "mail", "open.own", "permission denied")
	p.mustShow(t, eve, "mail", "open.asking", "permission denied")
	for path, want := range map[string]request.Status{"open.held": request.Pending, "open.again": request.Pending, "open.over": request.Pending} {
		preview, req := p.asks(t, e, eve, path)
		if req.Status != want || preview.Status != want || !slices.Contains(req.Parts, p.at("hr.salaries")) {
			t.Errorf("%s is %s, previewed as %s, and reads %v", path, req.Status, preview.Status, req.Parts)
		}
	}
}

// A view over a child shows rows of the table above it, about which others decide: the child
// is left out of a container, and so is what reads it.
func TestAViewOverAPartOpensTheWhole(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `
		create schema hr; create schema open;
		create table hr.salaries (id int, mail text);
		create table open.part () inherits (hr.salaries); insert into open.part values (1, '1@example.com');
		create materialized view open.held as select mail from open.part;
		create view open.over as select mail from open.part;
		create table open.apart (mail text); create view open.other as select mail from open.apart`)
	eve := p.login(t, "eve")
	_, err := e.Governance().Flows.Save(t.Context(), gov, staged)
	must(t, err)
	must(t, attach(t.Context(), e.Governance(), gov, request.Attachment{At: p.at("hr"), Type: request.DataAccess, Flow: "staged"}))
	preview, req := p.asks(t, e, eve, "open")
	same(t, "left out", []catalog.Ref{p.at("open.held"), p.at("open.over"), p.at("open.part")}, preview.Excluded)
	p.approve(t, e, req)
	for _, path := range preview.Excluded {
		p.mustShow(t, eve, "mail", "open."+path.Name(), "permission denied")
	}
	for _, path := range []string{"open.held", "open.over"} {
		if _, req := p.asks(t, e, eve, path); req.Status != request.Pending || !slices.Contains(req.Parts, p.at("hr.salaries")) {
			t.Errorf("%s is %s, and reads %v", path, req.Status, req.Parts)
		}
	}
}
