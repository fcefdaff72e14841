//go:build unix

package tests

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// toWrite asks to write for so short that the flow of the tests approves it.
func toWrite(t *testing.T, e *grantwright.Engine, who request.Identity, at catalog.Ref) (grantwright.Preview, request.Request) {
	t.Helper()
	s := asking("1 HOURS")
	s.Asset, s.Privilege = at, request.ReadWrite
	preview, err := e.Preview(t.Context(), who, s)
	must(t, err)
	req, err := e.Submit(t.Context(), who, s)
	must(t, err)
	return preview, req
}

// Whoever writes to a table changes what points to it by foreign keys, with no right on
// that: those who decide there are asked, it is remarked, and reading asks nobody.
func TestWhatForeignKeysChangeIsDecidedThere(t *testing.T) {
	t.Parallel()
	p, e := reached(t, `
		create schema shop; create schema hr;
		create table shop.customers (id int primary key); insert into shop.customers values (1), (2);
		create table hr.contracts (id int primary key, customer int references shop.customers on delete cascade); insert into hr.contracts values (1, 1), (2, 2);
		create table shop.plain (id int primary key); create view shop.over as select * from shop.customers`)
	eve, frank := p.login(t, "eve"), p.login(t, "frank")
	_, err := e.Governance().Flows.Save(t.Context(), gov, staged)
	must(t, err)
	must(t, attach(t.Context(), e.Governance(), gov, request.Attachment{At: p.at("hr"), Type: request.DataAccess, Flow: "staged"}))
	for path, asks := range map[string]bool{"shop.customers": true, "shop.over": true, "shop": true, "shop.plain": false} {
		preview, req := toWrite(t, e, frank, p.at(path))
		if want := map[bool]request.Status{true: request.Pending, false: request.Approved}[asks]; req.Status != want || preview.Status != want || slices.Contains(req.Parts, p.at("hr.contracts")) != asks {
			t.Errorf("writing to %s is %s, previewed as %s, and changes %v", path, req.Status, preview.Status, req.Parts)
		}
	}
	if _, req := p.asks(t, e, frank, "shop.customers"); req.Status != request.Approved || len(req.Parts) > 0 {
		t.Errorf("reading is %s, %v", req.Status, req.Parts)
	}
	preview, req := toWrite(t, e, eve, p.at("shop.customers"))
	g := p.approve(t, e, req)
	for what, remarks := range map[string][]string{"preview": preview.Plan.Remarks, "grant": g.Remarks} {
		if !strings.Contains(fmt.Sprint(remarks), "hr.contracts") {
			t.Errorf("the %s says %q", what, remarks)
		}
	}
	p.mustShow(t, eve, "1", "hr.contracts", "permission denied")
	theirs, err := sql.Open("postgres", server.URL(eve.Attributes["login"][0], "secret", p.Database))
	must(t, err)
	defer func() { _ = theirs.Close() }()
	_, err = theirs.ExecContext(t.Context(), "delete from shop.customers where id = 1")
	must(t, err)
	all, err := server.Open(p.Database)
	must(t, err)
	defer func() { _ = all.Close() }()
	var left int
	if err := all.QueryRow("select count(*) from hr.contracts").Scan(&left); err != nil || left != 1 {
		t.Errorf("%d contracts are left (%v)", left, err)
	}

	// A rule is asked about what is changed, and so is a guardrail.
	p.classify(t, e, "hr.contracts", catalog.ClassifiedColumn{Name: "customer", Tags: []string{"pii"}})
	_, err = e.Governance().Guardrails.Save(t.Context(), gov, review.Guardrail{Name: "no pii", At: []catalog.Ref{"warehouse"}, Require: `!("pii" in asset.tags)`})
	must(t, err)
	if preview, _ := toWrite(t, e, p.login(t, "ann"), p.at("shop.customers")); len(preview.Prevented) != 1 || preview.Prevented[0].Asset != p.at("hr.contracts") {
		t.Errorf("writing is prevented by %+v", preview.Prevented)
	}
	if preview, _ := p.asks(t, e, p.login(t, "bob"), "shop.customers"); len(preview.Prevented) > 0 {
		t.Errorf("reading is prevented by %+v", preview.Prevented)
	}
}

// The same on MariaDB, where triggers and functions are remarked too.
func TestWhatIsTouchedOnMariaDBIsToldAndDecidedThere(t *testing.T) {
	t.Parallel()
	s := newShop(t, "")
	s.root(t, "create user frank@'%' identified by '"+shopPassword+"'", "create database hr", "create table sales.customers (id int primary key)", "insert into sales.customers values (1)",
		"create table hr.contracts (id int, customer int, foreign key (customer) references sales.customers (id) on delete cascade)", "insert into hr.contracts values (1, 1)",
		"create table sales.noted (id int)", "create trigger sales.notes before insert on sales.noted for each row insert into hr.contracts values (9, null)",
		"create function hr.rate() returns int deterministic return 7", "create view sales.rates as select hr.rate() as rate")
	_, err := s.Sync(t.Context(), admin, "shop")
	must(t, err)
	_, err = s.Governance().Flows.Save(t.Context(), gov, staged)
	must(t, err)
	must(t, attach(t.Context(), s.Governance(), gov, request.Attachment{At: "shop:hr", Type: request.DataAccess, Flow: "staged"}))
	if _, req := toWrite(t, s.Engine, eve, "shop:sales.customers"); req.Status != request.Pending || !slices.Equal(req.Parts, []catalog.Ref{"shop:hr.contracts"}) {
		t.Errorf("writing to the customers is %s, and changes %v", req.Status, req.Parts)
	}
	for at, says := range map[catalog.Ref]string{"shop:sales.noted": "notes", "shop:sales.customers": "hr.contracts"} {
		preview, req := toWrite(t, s.Engine, frank, at)
		if !strings.Contains(fmt.Sprint(preview.Plan.Remarks), says) {
			t.Errorf("the preview of %s says %q", at, preview.Plan.Remarks)
		}
		if req.Status != request.Approved {
			continue
		}
		if g, err := s.WaitForGrant(t.Context(), gov, req.ID); err != nil || g.State != provision.Active || !strings.Contains(fmt.Sprint(g.Remarks), says) {
			t.Errorf("the grant on %s is %s, and says %q (%v)", at, g.State, g.Remarks, err)
		}
	}
	req := s.asks(t, "shop:sales.rates")
	g, err := s.WaitForGrant(t.Context(), gov, req.ID)
	if must(t, err); !strings.Contains(fmt.Sprint(g.Remarks), "`hr`.`rate`") || s.shows(t, "sales.rates") != "7" {
		t.Errorf("the grant on the view is %s, and says %q", g.State, g.Remarks)
	}
}
