//go:build unix

package tests

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// moving is a world with a platform that is upgraded, copied and restored.
type moving struct{ *world }

const (
	movingSecret             = "s3cr3t-of-ours"
	movingOrders catalog.Ref = "dwh:sales.public.orders"
)

func newMoving(t *testing.T) (moving, *pgserver.Server) {
	t.Helper()
	return newMovingOn(t, os.Getenv(pgserver.VersionVariable))
}

func newMovingOn(t *testing.T, version string) (moving, *pgserver.Server) {
	t.Helper()
	m := moving{newWorld(t, func(c *grantwright.Config) {
		c.Platforms["postgres"] = pgprovision.Platform
		c.Secrets = func(context.Context, string) (string, error) { return movingSecret, nil }
		c.FourEyes, c.Installation = manifest.FourEyesNever, "moving"
	})}
	home, err := pgserver.StartVersion(t.Context(), version)
	must(t, err)
	t.Cleanup(home.Stop)
	must(t, home.CreateDatabase(t.Context(), "sales"))
	db, err := home.Open("sales")
	must(t, err)
	defer func() { _ = db.Close() }()
	_, err = db.Exec("create table public.orders(id int); create role ours login password '" + movingSecret + "'; create role eve login password 'secret'; create role frank login password 'secret'")
	must(t, err)
	m.lead(t, home)
	p, err := pgprovision.Open(t.Context(), provision.Target{Connection: catalog.Connection{Name: "dwh", URL: home.URL("ours", "", "sales")}, Password: movingSecret, Installation: "moving"})
	must(t, err)
	defer func() { _ = p.Close() }()
	steps, err := p.SetupStatements(t.Context(), "sales")
	must(t, err)
	for _, s := range steps {
		_, err = db.Exec(string(s.Statement))
		must(t, err)
	}
	_, err = m.Sync(t.Context(), admin, "dwh:sales")
	must(t, err)
	must(t, attach(t.Context(), m.Governance(), gov, request.Attachment{At: "dwh", Type: request.DataAccess, Flow: "sales"}))
	return m, home
}

// lead has the connection lead to a server.
func (m moving) lead(t *testing.T, to *pgserver.Server) {
	t.Helper()
	must(t, m.Connections().Register(t.Context(), admin, catalog.Connection{Name: "dwh", Technology: "postgres", URL: to.URL("ours", "", "sales"), Secret: "env:OURS",
		Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}))
}

// give has a person get the orders, as a rule decides.
func (m moving) give(t *testing.T, who request.Identity) request.Request {
	t.Helper()
	s := asking("30 DAYS")
	s.Asset = movingOrders
	req, err := m.Submit(t.Context(), who, s)
	must(t, err)
	m.determine(t, twice, req, review.Approve)
	if g := m.settle(t, req); g.State != provision.Active {
		t.Fatalf("the grant of %s is %s: %s", who.Person(), g.State, g.Error)
	}
	return req
}

// look compares the platform with the records.
func (m moving) look(t *testing.T) provision.Reconciliation {
	t.Helper()
	r, err := m.Reconcile(t.Context(), gov, "dwh", provision.Reconcile{})
	must(t, err)
	return r
}

// becomes works until a grant is in a state.
func (m moving) becomes(t *testing.T, req request.Request, state provision.State) provision.Grant {
	t.Helper()
	for range 50 {
		m.clock.Move(10 * time.Minute)
		m.work(t)
		if g := m.caseOf(t, req).Grant; g.State == state {
			return g
		}
	}
	g := m.caseOf(t, req).Grant
	t.Fatalf("the grant is %s, and not %s: %s", g.State, state, g.Error)
	return g
}

// reads logs in to a server and tries.
func reads(t *testing.T, on *pgserver.Server, who string) bool {
	t.Helper()
	db, err := sql.Open("postgres", on.URL(who, "secret", "sales"))
	must(t, err)
	defer func() { _ = db.Close() }()
	_, err = db.Exec("select from public.orders")
	if err != nil && !strings.Contains(err.Error(), "permission denied") {
		t.Fatal(err)
	}
	return err == nil
}

// groupRoles counts the group roles of ours on a server.
func groupRoles(t *testing.T, on *pgserver.Server) (n int) {
	t.Helper()
	must(t, on.DB.QueryRow(`select count(*) from pg_roles where rolname ~ '^gw_moving_[a-z2-7]{26}_'`).Scan(&n))
	return n
}

// An upgrade keeps every id but that of the cluster. One act says that it is the same
// platform, and everything goes on; back and forth (P9).
func TestUpgradedPlatformIsTheSame(t *testing.T) {
	t.Parallel()
	m, old := newMoving(t)
	evesReq, franks := m.give(t, eve), m.give(t, frank)
	m.look(t)
	upgraded, err := old.Copy(t.Context(), 4242)
	must(t, err)
	defer upgraded.Stop()
	m.lead(t, upgraded)

	if r := m.look(t); !strings.Contains(r.Doubt, "4242") || len(r.Findings) > 0 {
		t.Errorf("doubt %q, found %v", r.Doubt, r.Findings)
	}
	same(t, "estranged", []string{"dwh"}, m.estranged(t))
	_, err = m.Revoke(t.Context(), gov, evesReq.ID, "over")
	must(t, err)
	if g := m.settle(t, evesReq); g.State != provision.Revoking || !strings.Contains(g.Error, "another server answers") {
		t.Errorf("the grant is %s: %s", g.State, g.Error)
	}
	if g := m.caseOf(t, franks).Grant; g.State != provision.Active {
		t.Errorf("who stands is %s", g.State)
	}
	if _, err := m.Connections().Setup(t.Context(), admin, "dwh"); !errors.Is(err, provision.ErrPlatform) {
		t.Errorf("Setup says %v", err)
	}
	if s, err := m.Sync(t.Context(), admin, "dwh:sales"); err == nil && len(s.Unread) == 0 {
		t.Errorf("another cluster was synced: %+v", s)
	}

	must(t, m.Connections().Recognize(t.Context(), gov, "dwh", "upgraded"))
	if found := m.estranged(t); len(found) > 0 {
		t.Errorf("%v is estranged still", found)
	}
	if r := m.look(t); r.Doubt != "" || len(r.Findings) > 0 || r.Compared != 1 {
		t.Errorf("doubt %q, found %v, compared %d", r.Doubt, r.Findings, r.Compared)
	}
	m.becomes(t, evesReq, provision.Revoked)
	if reads(t, upgraded, "eve") || !reads(t, upgraded, "frank") {
		t.Error("eve reads, or frank does not")
	}
	_, err = m.Sync(t.Context(), admin, "dwh:sales")
	must(t, err)
	again := m.give(t, eve)
	if !reads(t, upgraded, "eve") || groupRoles(t, upgraded) != 1 {
		t.Errorf("eve reads: %v, by %d roles", reads(t, upgraded, "eve"), groupRoles(t, upgraded))
	}

	// Back to what stood before the upgrade: it is older, which is said; then it goes on.
	m.lead(t, old)
	if r := m.look(t); !strings.Contains(r.Doubt, "older") {
		t.Errorf("doubt %q", r.Doubt)
	}
	must(t, m.Connections().Recognize(t.Context(), gov, "dwh", "rolled back"))
	if r := m.look(t); r.Doubt != "" || r.Suspensions > 0 {
		t.Errorf("doubt %q, found %v", r.Doubt, r.Findings)
	}
	_, err = m.Revoke(t.Context(), gov, again.ID, "over")
	must(t, err)
	m.becomes(t, again, provision.Revoked)
	if reads(t, old, "eve") || !reads(t, old, "frank") {
		t.Error("eve reads, or frank does not")
	}
}

// pg_upgrade itself keeps the ids of databases, tables and roles, and makes a new cluster
// (P9).
func TestServerThatWasReallyUpgraded(t *testing.T) {
	t.Parallel()
	const version = "15" // whose programs are all there
	m, old := newMovingOn(t, version)
	evesReq, _ := m.give(t, eve), m.give(t, frank)
	m.look(t)
	upgraded, err := old.Upgrade(t.Context(), version)
	must(t, err)
	defer upgraded.Stop()
	m.lead(t, upgraded)
	if r := m.look(t); !strings.Contains(r.Doubt, "another platform answers") || len(r.Findings) > 0 || r.Suspensions > 0 {
		t.Errorf("doubt %q, found %v", r.Doubt, r.Findings)
	}
	must(t, m.Connections().Recognize(t.Context(), gov, "dwh", "upgraded"))
	if r := m.look(t); r.Doubt != "" || len(r.Findings) > 0 || r.Compared != 2 {
		t.Errorf("doubt %q, found %v, compared %d", r.Doubt, r.Findings, r.Compared)
	}
	_, err = m.Revoke(t.Context(), gov, evesReq.ID, "over")
	must(t, err)
	m.becomes(t, evesReq, provision.Revoked)
	if reads(t, upgraded, "eve") || !reads(t, upgraded, "frank") {
		t.Error("eve reads, or frank does not")
	}
}

// On a physical copy nothing is said to be revoked while the original is read (P33).
func TestPhysicalCopyIsNotTheOriginal(t *testing.T) {
	t.Parallel()
	m, original := newMoving(t)
	req := m.give(t, eve)
	m.look(t)
	backup, err := original.Copy(t.Context(), 0)
	must(t, err)
	defer backup.Stop()
	m.give(t, frank)
	m.look(t) // the mark moves on
	m.lead(t, backup)

	if r := m.look(t); !strings.Contains(r.Doubt, "older") || len(r.Findings) > 0 {
		t.Errorf("doubt %q, found %v", r.Doubt, r.Findings)
	}
	same(t, "estranged", []string{"dwh"}, m.estranged(t))
	_, err = m.Revoke(t.Context(), gov, req.ID, "over")
	must(t, err)
	if g := m.settle(t, req); g.State != provision.Revoking || g.Error == "" || !reads(t, original, "eve") {
		t.Errorf("the grant is %s: %s; the original is read: %v", g.State, g.Error, reads(t, original, "eve"))
	}

	// The address leads home again, and nobody has to say anything.
	m.lead(t, original)
	if r := m.look(t); r.Doubt != "" {
		t.Errorf("doubt %q", r.Doubt)
	}
	if found := m.estranged(t); len(found) > 0 {
		t.Errorf("%v is estranged still", found)
	}
	m.becomes(t, req, provision.Revoked)
	if reads(t, original, "eve") || !reads(t, original, "frank") {
		t.Error("eve reads, or frank does not")
	}
}
