//go:build unix

package tests

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// mustRead logs in as eve, and fails the test unless she reads just these columns of the
// orders.
func (s *shop) mustRead(t *testing.T, columns ...string) {
	t.Helper()
	db, err := s.Open("eve", shopPassword)
	must(t, err)
	defer func() { _ = db.Close() }()
	for _, column := range []string{"id", "email", "phone"} {
		_, err := db.ExecContext(t.Context(), "select "+column+" from sales.orders")
		if err != nil && !strings.Contains(err.Error(), "denied") && !strings.Contains(err.Error(), "Unknown column") {
			t.Fatal(err)
		}
		if (err == nil) != slices.Contains(columns, column) {
			t.Errorf("eve reads column %s: %v, and should read %v", column, err, columns)
		}
	}
}

// columns has eve read some columns of the orders.
func (s *shop) columns(t *testing.T, columns ...string) provision.Grant {
	t.Helper()
	req, err := s.Submit(t.Context(), eve, request.Submission{Asset: "shop:sales.orders", Columns: columns, Answers: request.Answers{"purpose": {"monthly report"}, "duration": {"30 DAYS"}}})
	must(t, err)
	_, err = s.Determine(t.Context(), twice, req.ID, review.Determination{Act: review.Approve})
	must(t, err)
	g, err := s.WaitForGrant(t.Context(), gov, req.ID)
	if must(t, err); g.State != provision.Active || g.Known != provision.Verified {
		t.Fatalf("the grant of %v is %s: %s", columns, g.State, g.Error)
	}
	return g
}

func (s *shop) revoked(t *testing.T, id request.ID) {
	t.Helper()
	_, err := s.Revoke(t.Context(), gov, id, "")
	must(t, err)
	if g, err := s.WaitForGrant(t.Context(), gov, id); err != nil || g.State != provision.Revoked {
		t.Fatalf("revoked, the grant is %s (%s), %v", g.State, g.Error, err)
	}
}

func TestSomeColumnsTheWholeWayOnMariaDB(t *testing.T) {
	t.Parallel()
	s := newShop(t, "")
	s.root(t, "alter table sales.orders add email text default 'e', add phone text default 'p'")
	_, err := s.Sync(t.Context(), admin, "shop")
	must(t, err)
	one := s.columns(t, "id", "email")
	s.mustRead(t, "id", "email")
	two := s.columns(t, "phone")
	s.mustRead(t, "id", "email", "phone")
	s.reconciled(t)
	s.revoked(t, two.Request)
	s.mustRead(t, "id", "email")
	whole := s.given(t)
	s.revoked(t, whole.ID)
	s.mustRead(t, "id", "email")

	// Somebody adds to the role, or takes from it.
	var role string
	must(t, s.DB.QueryRowContext(t.Context(), `select role from gw_main.asset_roles where privilege = 'COLUMNS ["email","id"]'`).Scan(&role))
	s.root(t, "grant select (phone) on sales.orders to "+role)
	s.mustRead(t, "id", "email", "phone")
	_, err = s.Reconcile(t.Context(), gov, "shop", provision.Reconcile{})
	must(t, err)
	s.mustRead(t, "id", "email")
	s.root(t, "revoke select (email) on sales.orders from "+role)
	s.reconciled(t, provision.FoundSuspended)
	s.mustRead(t)
	_, err = s.Grants().Resume(t.Context(), gov, one.ID, "it was a mistake")
	must(t, err)
	if g, err := s.WaitForGrant(t.Context(), gov, one.Request); err != nil || g.State != provision.Active {
		t.Fatalf("resumed, the grant is %s, %v", g.State, err)
	}
	s.mustRead(t, "id", "email")

	// A column that is gone is told of, and whoever takes its name is not read.
	s.root(t, "alter table sales.orders drop email")
	s.reconciled(t, provision.FoundReplaced)
	s.root(t, "alter table sales.orders add email text")
	s.mustRead(t, "id")
	s.revoked(t, one.Request)
	s.mustRead(t)
	s.reconciled(t)

	var refused *provision.RefusedError
	_, err = s.Submit(t.Context(), eve, request.Submission{Asset: "shop:sales.orders", Columns: []string{"id"}, Privilege: request.ReadWrite,
		Answers: request.Answers{"purpose": {"monthly report"}, "duration": {"30 DAYS"}}})
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "by column") {
		t.Errorf("writing one column says %v", err)
	}
}
