package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"sync"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/examples/internal/warehouse"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/store/sqlstore"
)

const (
	platformName = "dwh"       // the connection, as links name it
	database     = "warehouse" // on the platform
	ourRole      = "grantwright"
	installation = "quickstart"
)

// stage is what the story plays on: a PostgreSQL with the warehouse, and an
// engine that keeps its records in another one.
type stage struct {
	server    *pgserver.Server
	records   *pgserver.Server
	engine    *grantwright.Engine
	receiver  *receiver         // of webhooks
	passwords map[string]string // of the logins
	version   string            // of the server
}

// open starts the servers, fills the warehouse and makes the engine.
func open(ctx context.Context) (*stage, error) {
	s := &stage{passwords: map[string]string{}}
	var starting sync.WaitGroup
	var platform, records error
	starting.Go(func() { s.server, platform = pgserver.Start(ctx) })
	starting.Go(func() { s.records, records = pgserver.Start(ctx) })
	starting.Wait()
	err := errors.Join(platform, records)
	if err == nil {
		err = errors.Join(s.fill(ctx), s.build(ctx))
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *stage) close() {
	if s.engine != nil {
		_ = s.engine.Close()
	}
	if s.receiver != nil {
		_ = s.receiver.server.Close()
	}
	for _, server := range []*pgserver.Server{s.server, s.records} {
		if server != nil {
			server.Stop()
		}
	}
}

// fill makes the warehouse, and a login for each person and for ourselves.
func (s *stage) fill(ctx context.Context) error {
	if err := s.server.CreateDatabase(ctx, database); err != nil {
		return err
	}
	for _, login := range []string{"eve", "frank", "grace", ourRole} {
		s.passwords[login] = rand.Text()
		if err := s.asSuperuser(ctx, database, fmt.Sprintf("create role %s login password '%s'", login, s.passwords[login])); err != nil {
			return err
		}
	}
	if err := s.asSuperuser(ctx, database, warehouse.SQL); err != nil {
		return err
	}
	return s.server.DB.QueryRowContext(ctx, "select split_part(version(), ' ', 2)").Scan(&s.version)
}

// build makes the engine. Its role on the platform is an ordinary one: what it
// needs the platform's administrator gives it, by the statements of Setup.
func (s *stage) build(ctx context.Context) (err error) {
	records := sqlstore.New(s.records.DB, s.records.DB)
	if err := records.Migrate(ctx); err != nil {
		return err
	}
	if s.receiver, err = newReceiver(); err != nil {
		return err
	}
	config := grantwright.Config{
		Store:        records,
		Inventory:    records.Inventory(),
		Platforms:    map[string]provision.Platform{"postgres": pgprovision.Platform},
		Installation: installation,
		Secrets:      func(context.Context, string) (string, error) { return s.passwords[ourRole], nil },
	}
	telling(&config)
	s.engine, err = grantwright.New(config)
	return err
}

// connection is the platform as an administrator registers it.
func (s *stage) connection() catalog.Connection {
	return catalog.Connection{
		Name:       platformName,
		Technology: "postgres",
		Host:       "dwh.example.com",
		URL:        s.server.URL(ourRole, "", database),
		Secret:     "env:DWH_PASSWORD",
		Principals: catalog.Principals{Table: principals},
	}
}

// prepare runs what Setup asks for, as the administrator of the platform, until
// nothing is missing, and returns how many statements that were.
func (s *stage) prepare(ctx context.Context) (int, error) {
	p, err := pgprovision.Open(ctx, provision.Target{Connection: s.connection(), Password: s.passwords[ourRole], Installation: installation})
	if err != nil {
		return 0, err
	}
	defer func() { _ = p.Close() }()
	for ran := 0; ; {
		steps, err := p.SetupStatements(ctx, database)
		if err != nil || len(steps) == 0 {
			return ran, err
		}
		for _, step := range steps {
			if step.Database == "" {
				step.Database = "postgres"
			}
			if err := s.asSuperuser(ctx, step.Database, string(step.Statement)); err != nil {
				return ran, fmt.Errorf("%s: %w", step.Statement, err)
			}
			ran++
		}
	}
}

func (s *stage) asSuperuser(ctx context.Context, database, statements string) error {
	db, err := s.server.Open(database)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(ctx, statements)
	return err
}

// rowsFor logs in as somebody and counts the rows of a table: what that person
// would see, or the server's own refusal.
func (s *stage) rowsFor(ctx context.Context, login, table string) (rows int, err error) {
	db, err := sql.Open("postgres", s.server.URL(login, s.passwords[login], database))
	if err != nil {
		return 0, err
	}
	defer func() { _ = db.Close() }()
	err = db.QueryRowContext(ctx, "select count(*) from "+table).Scan(&rows)
	return rows, err
}

// host is where the server listens.
func (s *stage) host() string {
	u, err := url.Parse(s.server.SuperURL(database))
	if err != nil {
		return ""
	}
	return u.Host
}

// invite says how to go on by hand.
func (s *stage) invite() {
	fmt.Println("\nEverything is still running. Try it as the people of the story, or as the superuser:")
	for _, login := range []string{"eve", "frank", "grace"} {
		fmt.Printf("  login %-8s %s\n", login+":", s.server.URL(login, s.passwords[login], database))
	}
	fmt.Printf("  login %-8s %s\n", "super:", s.server.SuperURL(database))
	fmt.Printf("  records:       %s\n", s.records.SuperURL("postgres"))
	fmt.Println("Interrupt (Ctrl-C) ends it, and nothing is left behind.")
}
