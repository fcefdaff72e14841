//go:build unix

package tests

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/throwaway/mariadbserver"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/mariadbprovision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// shop is a MariaDB with an engine on it.
type shop struct {
	*mariadbserver.Server
	*grantwright.Engine
	connection catalog.Connection
	config     grantwright.Config
}

const shopPassword = "s3cr3t-of-the-tests"

// newShop makes the table sales.orders and an account of eve's. An administrator has
// run what Setup lists, and everything was registered and read once.
func newShop(t *testing.T, parameters string, settings ...string) *shop {
	t.Helper()
	s := &shop{}
	var err error
	s.Server, err = mariadbserver.Start(t.Context(), settings...)
	must(t, err)
	t.Cleanup(s.Stop)
	s.root(t, "create database sales", "create table sales.orders (id int)", "insert into sales.orders values (1), (2)",
		"create user eve@'%' identified by '"+shopPassword+"'", "create user grantwright@'%' identified by '"+shopPassword+"'")
	s.connection = catalog.Connection{Name: "shop", Technology: "mariadb", Host: "db.example.com", URL: s.URL("grantwright") + parameters, Secret: "env:THE_PASSWORD",
		Principals: catalog.Principals{Expression: `person.attributes.login[0] + "@%"`}}
	s.config = grantwright.Config{
		Installation: "main",
		Platforms:    map[string]provision.Platform{"mariadb": mariadbprovision.Platform},
		Secrets:      func(context.Context, string) (string, error) { return shopPassword, nil },
	}
	s.Engine, err = grantwright.New(s.config)
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	must(t, s.Connections().Register(t.Context(), admin, s.connection))
	statements, err := s.Connections().Setup(t.Context(), admin, "shop")
	must(t, err)
	for _, statement := range statements {
		s.root(t, string(statement))
	}
	_, err = s.Sync(t.Context(), admin, "shop")
	must(t, err)
	_, err = s.Governance().Flows.Save(t.Context(), gov, flow)
	must(t, err)
	must(t, attach(t.Context(), s.Governance(), gov, request.Attachment{At: "shop", Type: request.DataAccess, Flow: flow.Name}))
	return s
}

func (s *shop) root(t *testing.T, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := s.DB.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// reads logs in as eve and counts the orders.
func (s *shop) reads(t *testing.T) bool {
	t.Helper()
	db, err := s.Open("eve", shopPassword)
	must(t, err)
	defer func() { _ = db.Close() }()
	var rows int
	err = db.QueryRowContext(t.Context(), "select count(*) from sales.orders").Scan(&rows)
	if err != nil && !strings.Contains(err.Error(), "denied") {
		t.Fatal(err)
	}
	return err == nil
}

// given has a request of eve's approved, and its grant ACTIVE.
func (s *shop) given(t *testing.T) request.Request {
	t.Helper()
	req, err := s.Submit(t.Context(), eve, request.Submission{Asset: "shop:sales.orders", Answers: request.Answers{"purpose": {"monthly report"}, "duration": {"30 DAYS"}}})
	must(t, err)
	req, err = s.Determine(t.Context(), twice, req.ID, review.Determination{Act: review.Approve})
	must(t, err)
	s.is(t, req, provision.Active, true)
	return req
}

// is holds the record of a grant against the platform.
func (s *shop) is(t *testing.T, req request.Request, want provision.State, reads bool) provision.Grant {
	t.Helper()
	g, err := s.WaitForGrant(t.Context(), gov, req.ID)
	if must(t, err); g.State != want || s.reads(t) != reads {
		t.Fatalf("the grant is %s (%s, %s), and eve reads: %v; want %s and %v", g.State, g.Error, g.Withheld, s.reads(t), want, reads)
	}
	return g
}

func (s *shop) reconciled(t *testing.T, kinds ...provision.FindingKind) {
	t.Helper()
	done, err := s.Reconcile(t.Context(), gov, "shop", provision.Reconcile{})
	must(t, err)
	var found []provision.FindingKind
	for _, f := range done.Findings {
		found = append(found, f.Kind)
	}
	if done.Doubt != "" || len(found) != len(kinds) || len(kinds) > 0 && found[0] != kinds[0] {
		t.Errorf("reconciling found %v (doubt %q), want %v: %+v", found, done.Doubt, kinds, done.Findings)
	}
}

// The whole way on MariaDB, with what others do meanwhile.
func TestTheWholeWayOnMariaDB(t *testing.T) {
	t.Parallel()
	s := newShop(t, "")
	if entry, err := s.Resolve(t.Context(), eve, linkOf(t, "?fullyQualifiedName=sales.orders&technology=mariadb&host=db.example.com")); err != nil || entry.Asset.Ref != "shop:sales.orders" {
		t.Fatalf("the link leads to %s, %v", entry.Asset.Ref, err)
	}
	if s.reads(t) {
		t.Fatal("eve reads before she has asked")
	}
	req := s.given(t)
	s.reconciled(t)

	// The table is made anew, as TRUNCATE does: the grant follows it.
	s.root(t, "truncate sales.orders")
	s.reconciled(t, provision.FoundReplaced)
	s.is(t, req, provision.Active, true)
	s.reconciled(t)

	// An administrator takes it away: it is not put back, until governance says so.
	s.root(t, "set default role none for eve@'%'")
	s.reconciled(t, provision.FoundSuspended)
	s.is(t, req, provision.Suspended, false)
	_, err := s.Grants().Resume(t.Context(), gov, provision.GrantID(req.ID), "it was a mistake")
	must(t, err)
	s.is(t, req, provision.Active, true)

	// Somebody else lets her in as well: that is named, and stays.
	s.root(t, "grant select on sales.orders to eve@'%'")
	_, err = s.Revoke(t.Context(), gov, req.ID, "")
	must(t, err)
	if g := s.is(t, req, provision.Revoked, true); len(g.Remaining) != 1 || !strings.Contains(string(g.Remaining[0]), "granted directly by root@") {
		t.Errorf("how eve gets in anyhow: %q", g.Remaining)
	}
	s.root(t, "revoke select on sales.orders from eve@'%'")
	var left int
	if err := s.DB.QueryRow("select count(*) from mysql.global_priv where user like 'gw\\_main\\_%'").Scan(&left); err != nil || left > 0 {
		t.Errorf("%d roles of ours are left, %v", left, err)
	}
}

// An engine whose records are not those that the access was given by only reports.
func TestRecordsOfOthersOnMariaDB(t *testing.T) {
	t.Parallel()
	s := newShop(t, "")
	req := s.given(t)
	s.reconciled(t)
	s.config.Store, s.config.Inventory = new(store.Memory), new(catalog.Memory)
	other, err := grantwright.New(s.config)
	must(t, err)
	defer func() { _ = other.Close() }()
	must(t, other.Connections().Register(t.Context(), admin, s.connection))
	done, err := other.Reconcile(t.Context(), gov, "shop", provision.Reconcile{})
	if must(t, err); done.Doubt == "" || done.Standing != 1 {
		t.Errorf("with the records of another engine: doubt %q, %d standing", done.Doubt, done.Standing)
	}
	s.is(t, req, provision.Active, true)
}

// Where the server reads names in lower case, so are links; where it does not, they
// are not. The URL says which.
func TestLinksByTheCaseRulesOfMariaDB(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name       string
		parameters string
		settings   []string
		found      bool
	}{
		{"as it is written", "", nil, false},
		{"in lower case", "&lowerCaseTableNames=1", []string{"lower-case-table-names=1"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, tt.parameters, tt.settings...)
			_, err := s.Resolve(t.Context(), eve, linkOf(t, "?fullyQualifiedName=Sales.ORDERS"))
			if found := err == nil; found != tt.found || err != nil && !errors.Is(err, catalog.ErrNotFound) {
				t.Errorf("Sales.ORDERS is found: %v, want %v: %v", found, tt.found, err)
			}
			req := s.given(t)
			_, err = s.Revoke(t.Context(), gov, req.ID, "")
			must(t, err)
			s.is(t, req, provision.Revoked, false)
		})
	}
}
