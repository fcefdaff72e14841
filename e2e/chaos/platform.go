package main

import (
	"context"
	"database/sql"
	"fmt"
	mrand "math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
)

const (
	database     = "warehouse"
	installation = "chaos"
	schema       = "sales"
)

// platform is a data platform: a server of some version behind a network that
// fails.
type platform struct {
	name     string // of its connection
	server   *pgserver.Server
	network  *proxy
	super    *sql.DB // of its database, past the network
	password string  // of everybody on it
	people   []request.Identity
	tables   []string

	running sync.Mutex // held by a restart, and by whoever needs that there is none

	mu     sync.Mutex
	locked string // the table that nobody gets at
}

// startPlatform starts the server. What there is of the platform is returned also
// with an error.
func startPlatform(ctx context.Context, version string, random *mrand.Rand) (*platform, error) {
	p := &platform{name: "pg" + version}
	var err error
	if p.server, err = pgserver.StartVersion(ctx, version, "max_connections=300", "deadlock_timeout=200ms"); err != nil {
		return p, err
	}
	if err = p.server.CreateDatabase(ctx, database); err != nil {
		return p, err
	}
	if p.network, err = newProxy(hostOf(p.server), random); err != nil {
		return p, err
	}
	p.super, err = p.server.Open(database)
	return p, err
}

func (p *platform) stop() {
	if p.network != nil {
		p.network.close()
	}
	if p.super != nil {
		_ = p.super.Close()
	}
	if p.server != nil {
		p.server.Stop()
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

// furnish makes people, tables, and the role of least privilege. Nobody may
// connect but by a grant.
func (p *platform) furnish(ctx context.Context) error {
	statements := []string{
		"create role steward login password " + pq.QuoteLiteral(p.password),
		"create role grantwright login password " + pq.QuoteLiteral(p.password),
		"revoke connect on database " + database + " from public",
		"grant connect on database " + database + " to grantwright with grant option",
		"grant connect on database " + database + " to steward",
		"create schema " + schema + " authorization steward",
	}
	for _, person := range p.people {
		statements = append(statements, p.createPerson(person))
	}
	for _, t := range p.tables {
		statements = append(statements, createTable(t))
	}
	for _, s := range statements {
		if _, err := p.super.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return p.prepare(ctx)
}

func (p *platform) createPerson(person request.Identity) string {
	return "create role " + login(person) + " login password " + pq.QuoteLiteral(p.password)
}

// createTable makes a table as its owner does, so that default privileges hold.
func createTable(name string) string {
	full := schema + "." + name
	return "set role steward; create table " + full + " (id serial primary key, note text); insert into " + full + " (note) values ('first'); reset role"
}

// prepare runs what Setup lists, as the platform's administrator.
func (p *platform) prepare(ctx context.Context) error {
	to := p.connection()
	to.URL = p.server.URL("grantwright", "", database)
	opened, err := pgprovision.Open(ctx, provision.Target{Connection: to, Password: p.password, Installation: installation})
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	steps, err := opened.SetupStatements(ctx, database)
	if err != nil {
		return err
	}
	for _, step := range steps {
		if _, err := p.super.ExecContext(ctx, string(step.Statement)); err != nil {
			return fmt.Errorf("%s: %w", step.Statement, err)
		}
	}
	return nil
}

func (p *platform) connection() catalog.Connection {
	return catalog.Connection{Name: p.name, Technology: "postgres", Secret: "env:PASSWORD",
		URL:        through(p.server.URL("grantwright", "", database), p.network),
		Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}
}

func (p *platform) ref(table string) catalog.Ref {
	return catalog.Ref(p.name + ":" + catalog.FormatPath([]string{database, schema, table}))
}

// administer runs a statement as the platform's administrator does who repeats
// what was cut off: it may have been done already.
func (p *platform) administer(ctx context.Context, statement string) error {
	var err error
	for range 200 {
		if _, err = p.super.ExecContext(ctx, statement); err == nil || done(err) || ctx.Err() != nil {
			return ctx.Err()
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("%s: %w", statement, err)
}

// done reports whether an error says that it was done before.
func done(err error) bool {
	return strings.Contains(err.Error(), "already exists") || strings.Contains(err.Error(), "does not exist")
}
