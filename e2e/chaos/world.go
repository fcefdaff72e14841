package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	mrand "math/rand/v2"
	"net/url"
	"strings"
	"time"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/pgserver"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store/sqlstore"
)

const (
	database     = "warehouse"
	connection   = "warehouse"
	installation = "chaos"
	schema       = "sales"
)

// The people who are not beneficiaries.
var (
	owner      = request.Identity{ID: "sales-owner@example.com", Groups: []string{"owners"}}
	privacy    = request.Identity{ID: "privacy@example.com", Groups: []string{"privacy"}}
	governance = request.Identity{ID: "governance@example.com", Permissions: []request.Permission{request.Governance}}
	admin      = request.Identity{ID: "admin@example.com", Permissions: []request.Permission{request.Admin}}
)

// flow: very short reading is approved by a rule, reading takes any steward, and
// writing takes one of each group.
var flow = review.Flow{
	Name: "chaos",
	Rules: []review.Rule{
		{Name: "moments", When: `request.privilege == "READ" && request.duration <= duration("2s")`, Then: review.Action{Act: review.Approve, Comment: "two seconds are fine"}},
		{Name: "reading", When: `request.privilege == "READ"`, Then: review.Action{Act: review.Ask, Stages: []review.Stage{
			{Name: "anyone", Mode: review.Any, Selectors: []review.Selector{{Group: "owners"}, {Group: "privacy"}}}}}},
	},
	Default: review.Action{Act: review.Ask, Stages: []review.Stage{
		{Name: "both", Mode: review.All, Selectors: []review.Selector{{Group: "owners"}, {Group: "privacy"}}}}},
}

// world is a platform and a store, each a server of its own behind a proxy.
type world struct {
	platform, store *pgserver.Server
	toPlatform      *proxy
	toStore         *proxy
	super           *sql.DB // of the platform's database
	records         *sqlstore.Store
	password        string
	people          []request.Identity // beneficiaries
	tables          []string
}

func (w *world) ref(table string) catalog.Ref {
	return catalog.Ref(connection + ":" + catalog.FormatPath([]string{database, schema, table}))
}

func login(person request.Identity) string { return person.Attributes["login"][0] }

// everyone is who the engines know.
func (w *world) everyone() []request.Identity {
	return append([]request.Identity{owner, privacy, governance, admin}, w.people...)
}

// newWorld starts both servers and furnishes them.
func newWorld(ctx context.Context, people, tables int, random func() *mrand.Rand) (*world, error) {
	w := &world{password: rand.Text()}
	for i := range people {
		name := fmt.Sprintf("p%02d", i)
		w.people = append(w.people, request.Identity{ID: name + "@example.com", Attributes: map[string][]string{"login": {name}}})
	}
	for i := range tables {
		w.tables = append(w.tables, fmt.Sprintf("orders%d", i))
	}
	err := w.start(ctx, random)
	if err == nil {
		err = errors.Join(w.furnishPlatform(ctx), w.furnishEngine(ctx))
	}
	if err != nil {
		w.stop()
		return nil, err
	}
	return w, nil
}

func (w *world) start(ctx context.Context, random func() *mrand.Rand) error {
	var err error
	if w.platform, err = pgserver.Start(ctx, "max_connections=300", "deadlock_timeout=200ms"); err != nil {
		return err
	}
	if w.store, err = pgserver.Start(ctx, "max_connections=300", "deadlock_timeout=200ms"); err != nil {
		return err
	}
	if w.toPlatform, err = newProxy(hostOf(w.platform), random()); err != nil {
		return err
	}
	if w.toStore, err = newProxy(hostOf(w.store), random()); err != nil {
		return err
	}
	if err := errors.Join(w.platform.CreateDatabase(ctx, database), w.store.CreateDatabase(ctx, "records")); err != nil {
		return err
	}
	if w.super, err = w.platform.Open(database); err != nil {
		return err
	}
	w.records, err = sqlstore.OpenPostgres(w.store.SuperURL("records"))
	return err
}

func (w *world) stop() {
	for _, p := range []*proxy{w.toPlatform, w.toStore} {
		if p != nil {
			p.close()
		}
	}
	if w.records != nil {
		w.records.Close()
	}
	if w.super != nil {
		w.super.Close()
	}
	for _, s := range []*pgserver.Server{w.platform, w.store} {
		if s != nil {
			s.Stop()
		}
	}
}

func hostOf(s *pgserver.Server) string { return parse(s.SuperURL("postgres")).Host }

// through is an address that leads over a proxy.
func through(address string, p *proxy) string {
	u := parse(address)
	u.Host = p.addr()
	return u.String()
}

func parse(address string) *url.URL {
	u, err := url.Parse(address)
	if err != nil {
		panic(err) // pgserver made it
	}
	return u
}

// furnishPlatform makes people, tables, and the role of least privilege. Nobody
// may connect but by a grant.
func (w *world) furnishPlatform(ctx context.Context) error {
	statements := []string{
		"create role steward login password " + pq.QuoteLiteral(w.password),
		"create role grantwright login password " + pq.QuoteLiteral(w.password),
		"revoke connect on database " + database + " from public",
		"grant connect on database " + database + " to grantwright with grant option",
		"grant connect on database " + database + " to steward",
		"create schema " + schema + " authorization steward",
	}
	for _, p := range w.people {
		statements = append(statements, w.createPerson(p))
	}
	for _, t := range w.tables {
		statements = append(statements, w.createTable(t))
	}
	for _, s := range statements {
		if _, err := w.super.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return w.prepare(ctx)
}

func (w *world) createPerson(p request.Identity) string {
	return "create role " + login(p) + " login password " + pq.QuoteLiteral(w.password)
}

// createTable makes a table as its owner does, so that default privileges hold.
func (w *world) createTable(name string) string {
	full := schema + "." + name
	return "set role steward; create table " + full + " (id serial primary key, note text); insert into " + full + " (note) values ('first'); reset role"
}

// prepare runs what Setup lists, as the platform's administrator.
func (w *world) prepare(ctx context.Context) error {
	to := w.connection()
	to.URL = w.platform.URL("grantwright", "", database)
	p, err := pgprovision.Open(ctx, provision.Target{Connection: to, Password: w.password, Installation: installation})
	if err != nil {
		return err
	}
	defer p.Close()
	steps, err := p.SetupStatements(ctx, database)
	if err != nil {
		return err
	}
	for _, step := range steps {
		if _, err := w.super.ExecContext(ctx, string(step.Statement)); err != nil {
			return fmt.Errorf("%s: %w", step.Statement, err)
		}
	}
	return nil
}

func (w *world) connection() catalog.Connection {
	return catalog.Connection{Name: connection, Technology: "postgres", Secret: "env:PASSWORD",
		URL:        through(w.platform.URL("grantwright", "", database), w.toPlatform),
		Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}
}

// spec is what each engine process works with.
func (w *world) spec() engineSpec {
	return engineSpec{Store: through(w.store.SuperURL("records"), w.toStore), Installation: installation,
		Password: w.password, People: w.everyone(), Lease: 4 * time.Second}
}

// furnishEngine registers and syncs the platform, and sets the flow.
func (w *world) furnishEngine(ctx context.Context) error {
	if err := w.records.Migrate(ctx); err != nil {
		return err
	}
	e, err := w.spec().engine(w.records)
	if err != nil {
		return err
	}
	defer e.Close()
	if err := e.Connections().Register(ctx, admin, w.connection()); err != nil {
		return err
	}
	if _, err := e.Sync(ctx, admin, connection); err != nil {
		return err
	}
	if _, err := e.Governance().SaveFlow(ctx, governance, flow); err != nil {
		return err
	}
	return e.Governance().Attach(ctx, governance, request.Attachment{At: connection, Type: request.DataAccess, Flow: flow.Name})
}

// administer runs a statement on the platform as its administrator does who
// repeats what was cut off: it may have been done already.
func (w *world) administer(ctx context.Context, statement string) error {
	var err error
	for range 100 {
		if _, err = w.super.ExecContext(ctx, statement); err == nil || done(err) || ctx.Err() != nil {
			return ctx.Err()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("%s: %w", statement, err)
}

// done reports whether an error says that it was done before.
func done(err error) bool {
	return strings.Contains(err.Error(), "already exists") || strings.Contains(err.Error(), "does not exist")
}
