//go:build unix

package tests

import (
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// shows logs in as eve and reads the first column of the first row of a table or a view,
// or says why it cannot be read.
func (s *shop) shows(t *testing.T, from string) string {
	t.Helper()
	db, err := s.Open("eve", shopPassword)
	must(t, err)
	defer func() { _ = db.Close() }()
	var value string
	if err := db.QueryRowContext(t.Context(), "select * from "+from).Scan(&value); err != nil {
		return err.Error()
	}
	return value
}

func (s *shop) asks(t *testing.T, place catalog.Ref) request.Request {
	t.Helper()
	req, err := s.Submit(t.Context(), eve, request.Submission{Asset: place, Answers: request.Answers{"purpose": {"monthly report"}, "duration": {"1 HOURS"}}})
	must(t, err)
	if req.Status == request.Approved {
		_, err = s.WaitForGrant(t.Context(), gov, req.ID)
		must(t, err)
	}
	return req
}

// What a view reads elsewhere is decided there, on MariaDB too.
func TestWhatViewsReadOnMariaDBIsDecidedThere(t *testing.T) {
	t.Parallel()
	s := newShop(t, "")
	s.root(t, "create database hr", "create table hr.salaries (amount int)", "insert into hr.salaries values (9000)",
		"create view sales.pay as select amount from hr.salaries", "create view sales.over as select amount from sales.pay", "create view sales.cheap as select id from sales.orders")
	_, err := s.Sync(t.Context(), admin, "shop")
	must(t, err)
	_, err = s.Governance().Flows.Save(t.Context(), gov, staged)
	must(t, err)
	must(t, attach(t.Context(), s.Governance(), gov, request.Attachment{At: "shop:hr", Type: request.DataAccess, Flow: "staged"}))
	if req := s.asks(t, "shop:sales"); req.Status != request.Approved {
		t.Fatalf("the database is %s", req.Status)
	}
	s.reconciled(t, provision.FoundStricter)
	for view, want := range map[string]string{"sales.pay": "denied", "sales.over": "denied", "sales.cheap": "1", "sales.orders": "1"} {
		if got := s.shows(t, view); !strings.Contains(got, want) {
			t.Errorf("eve sees %q in %s, want %q", got, view, want)
		}
	}
	for view, want := range map[catalog.Ref]request.Status{"shop:sales.pay": request.Pending, "shop:sales.over": request.Pending, "shop:sales.cheap": request.Approved} {
		if req := s.asks(t, view); req.Status != want || slices.Contains(req.Parts, "shop:hr.salaries") != (want == request.Pending) {
			t.Errorf("%s is %s, and reads %v", view, req.Status, req.Parts)
		}
	}
}

// A view that is replaced beneath a grant is told of, and the grant is suspended until
// somebody has looked.
func TestAViewReplacedBeneathAGrantOnMariaDB(t *testing.T) {
	t.Parallel()
	s := newShop(t, "")
	s.root(t, "create table sales.base (id int, iban int)", "insert into sales.base values (1, 77)",
		"create view sales.v as select id from sales.base", "create view sales.over as select id from sales.v")
	_, err := s.Sync(t.Context(), admin, "shop")
	must(t, err)
	for _, view := range []string{"v", "over"} {
		s.root(t, "create or replace view sales.v as select id from sales.base")
		req := s.asks(t, catalog.Ref("shop:sales."+view))
		s.reconciled(t)
		if got := s.shows(t, "sales."+view); got != "1" {
			t.Fatalf("eve sees %q in %s", got, view)
		}
		s.root(t, "create or replace view sales.v as select iban as id from sales.base")
		s.reconciled(t, provision.FoundSuspended)
		if got := s.shows(t, "sales."+view); !strings.Contains(got, "denied") {
			t.Errorf("eve sees %q in %s after it was replaced", got, view)
		}
		_, err := s.Grants().Resume(t.Context(), gov, provision.GrantID(req.ID), "looked at")
		must(t, err)
		if g, err := s.WaitForGrant(t.Context(), gov, req.ID); err != nil || g.State != provision.Active || s.shows(t, "sales."+view) != "77" {
			t.Errorf("looked at, it is %s (%s), %v", g.State, g.Error, err)
		}
		s.reconciled(t)
		_, err = s.Revoke(t.Context(), gov, req.ID, "")
		must(t, err)
		_, err = s.WaitForGrant(t.Context(), gov, req.ID)
		must(t, err)
	}
}
