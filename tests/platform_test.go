//go:build unix

package tests

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store/pgstore"
)

// server is the PostgreSQL of the tests that need a real one.
var server *pgserver.Server

func TestMain(m *testing.M) {
	if path := os.Getenv(webhookChild); path != "" {
		os.Exit(beWebhookChild(path))
	}
	if role := os.Getenv(childVariable); role != "" {
		os.Exit(beChild(role))
	}
	var err error
	if server, err = pgserver.Start(context.Background(), "max_connections=300"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

// numbered makes names that no other test uses: roles are for the whole cluster.
var numbered atomic.Int64

// realPlatform is a database of its own on the server, with one table, that an
// engine can be given as a connection.
type realPlatform struct {
	Database, Role, Password, Installation string
	Records                                string // database of the engine's records
	URL, RecordsURL                        string
}

// newRealPlatform makes a data platform, and a place for records.
func newRealPlatform(t testing.TB) *realPlatform {
	t.Helper()
	n := numbered.Add(1)
	p := &realPlatform{
		Database:     fmt.Sprintf("platform%d", n),
		Records:      fmt.Sprintf("records%d", n),
		Role:         fmt.Sprintf("ours%d", n),
		Password:     rand.Text(),
		Installation: fmt.Sprintf("t%d", n),
	}
	for _, name := range []string{p.Database, p.Records} {
		if err := server.CreateDatabase(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	superuser(t, p.Database, `
		create table public.orders (id int primary key, email text);
		insert into public.orders select n, n || '@example.com' from generate_series(1, 10) n;
		create role `+p.Role+` login password '`+p.Password+`'`)
	p.URL, p.RecordsURL = server.URL(p.Role, "", p.Database), server.SuperURL(p.Records)
	p.prepare(t)
	return p
}

// prepare runs Setup's statements for the one database, as its administrator.
func (p *realPlatform) prepare(t testing.TB) {
	t.Helper()
	platform, err := pgprovision.Open(t.Context(), provision.Target{Connection: p.connection(), Password: p.Password, Installation: p.Installation})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = platform.Close() }()
	steps, err := platform.SetupStatements(t.Context(), p.Database)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		superuser(t, p.Database, string(step.Statement))
	}
}

func (p *realPlatform) connection() catalog.Connection {
	return catalog.Connection{Name: "warehouse", Technology: "postgres", URL: p.URL, Secret: "env:THE_PASSWORD",
		Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}
}

func (p *realPlatform) orders() catalog.Ref {
	return catalog.Ref("warehouse:" + p.Database + ".public.orders")
}

// login makes somebody who may log in to the platform, and nothing more.
func (p *realPlatform) login(t testing.TB, name string) request.Identity {
	t.Helper()
	login := fmt.Sprintf("%s_%s", name, p.Installation)
	superuser(t, p.Database, "create role "+login+" login password 'secret'")
	return request.Identity{ID: name + "@example.com", Attributes: map[string][]string{"login": {login}}}
}

// reads reports whether somebody who logs in can read the orders.
func (p *realPlatform) reads(t testing.TB, who request.Identity) bool {
	t.Helper()
	db, err := sql.Open("postgres", server.URL(who.Attributes["login"][0], "secret", p.Database))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var rows int
	err = db.QueryRow("select count(*) from public.orders").Scan(&rows)
	if err != nil && !strings.Contains(err.Error(), "permission denied") {
		t.Fatal(err)
	}
	return err == nil && rows == 10
}

// engine makes an engine on the platform, with its records in PostgreSQL.
func (p *realPlatform) engine(t testing.TB, change ...func(*grantwright.Config)) *grantwright.Engine {
	t.Helper()
	e, closeIt, err := p.open(context.Background(), change...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closeIt)
	return e
}

func (p *realPlatform) open(ctx context.Context, change ...func(*grantwright.Config)) (*grantwright.Engine, func(), error) {
	records, err := pgstore.Open(p.RecordsURL)
	if err != nil {
		return nil, nil, err
	}
	if err := records.Migrate(ctx); err != nil {
		return nil, nil, err
	}
	config := grantwright.Config{
		Store: records, Inventory: records.Inventory(), Installation: p.Installation,
		Platforms: map[string]provision.Platform{"postgres": pgprovision.Platform},
		Secrets:   func(context.Context, string) (string, error) { return p.Password, nil },
	}
	for _, f := range change {
		f(&config)
	}
	e, err := grantwright.New(config)
	return e, func() { _ = e.Close(); _ = records.Close() }, err
}

// furnish registers and syncs the platform, and sets the flow of the tests.
func (p *realPlatform) furnish(t testing.TB, e *grantwright.Engine) {
	t.Helper()
	ctx := t.Context()
	if err := e.Connections().Register(ctx, admin, p.connection()); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Sync(ctx, admin, catalog.Ref("warehouse:"+p.Database)); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Governance().Flows.Save(ctx, gov, flow); err != nil {
		t.Fatal(err)
	}
	if err := attach(ctx, e.Governance(), gov, request.Attachment{At: "warehouse", Type: request.DataAccess, Flow: flow.Name}); err != nil {
		t.Fatal(err)
	}
}

func (p *realPlatform) asking(duration string) request.Submission {
	s := asking(duration)
	s.Asset = p.orders()
	return s
}

func superuser(t testing.TB, database, statements string) {
	t.Helper()
	db, err := server.Open(database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), statements); err != nil {
		t.Fatalf("%v: %s", err, statements)
	}
}
