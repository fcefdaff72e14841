package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/e2e/world"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

const (
	connection = "lake"
	password   = "secret" // of everybody: the server is on loopback, and goes with the process

	// verifier is what the server keeps of the password, hashed 1,000 times and not 4,096, the
	// least that the client takes: a world logs in hundreds of times.
	verifier = "SCRAM-SHA-256$1000:b2YtZXZlcnktbG9naW4tIQ==$5QCZlWdCmttOmFNps4RMcqOGOQcnMzv08D/l2rdcjw8=:W0mWownsxhY8lMBZNicLnAHY2kK3UwE/Mceisg6+CEE="
)

// The people who are not logins of the world.
var (
	governance = request.Identity{ID: "governance@example.com", Permissions: []request.Permission{request.Governance}}
	admin      = request.Identity{ID: "admin@example.com", Permissions: []request.Permission{request.Admin}}
	steward    = request.Identity{ID: "steward@example.com", Groups: []string{"stewards", "privacy"}}
	lead       = request.Identity{ID: "lead@example.com"} // who asks for the team
)

// The flows: what is not tagged is approved by a rule where it is for a short time.
var (
	open = review.Flow{Name: "open",
		Rules:   []review.Rule{{Name: "nothing personal", When: `!("pii" in asset.tags) && request.duration <= duration("72h")`, Then: review.Action{Act: review.Approve}}},
		Default: people("stewards")}
	strict = review.Flow{Name: "strict", Default: people("privacy")}
)

func people(group string) review.Action {
	return review.Action{Act: review.Ask, Stages: []review.Stage{{Name: group, Mode: review.Any, Selectors: []review.Selector{{Group: group}}}}}
}

// stage is a database and an engine on which one script is played.
type stage struct {
	server  *pgserver.Server
	name    string // of the database; it ends the name of each role
	super   *sql.DB
	beyond  *sql.DB // the other database; nil until a world has one
	store   *store.Memory
	clock   *grantwrighttest.Clock
	engine  *grantwright.Engine
	world   *world.World
	begun   bool                // the engine knows the platform
	asked   map[request.ID]int  // by their places in World.Asked
	version map[string]int      // of classifications and masks, by place or name
	tally   map[string]int      // what was done, counted
	named   []provision.Finding // of the last reconciliation
}

// newStage makes the database, its people and its owners, and an engine.
func newStage(ctx context.Context, server *pgserver.Server, name string, tally map[string]int) (*stage, error) {
	s := &stage{server: server, name: name, store: new(store.Memory), clock: grantwrighttest.NewClock(time.Now()), world: world.NewWorld(),
		asked: map[request.ID]int{}, version: map[string]int{}, tally: tally}
	err := server.CreateDatabase(ctx, name)
	if err != nil {
		return nil, err
	}
	if s.super, err = server.Open(name); err != nil {
		return nil, err
	}
	s.super.SetMaxOpenConns(1)
	if err = s.run(ctx, strings.Join(s.world.People.Prelude(verifier), "; ")); err == nil {
		err = s.open()
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *stage) role(of string) string { return of + "_" + s.name }

// address is where somebody logs in.
func (s *stage) address(login string) string {
	return s.server.URL(s.role(login), password, s.name)
}

// run has the superuser run statements.
func (s *stage) run(ctx context.Context, statements ...string) error {
	names := strings.NewReplacer("{world}", s.name, "{password}", password)
	for _, statement := range statements {
		text, beyond := strings.CutPrefix(s.world.People.In(names.Replace(statement), s.role), world.Beyond)
		db, err := s.super, error(nil)
		if beyond {
			db, err = s.there()
		}
		if err == nil {
			_, err = db.ExecContext(ctx, text)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// there is the other database of the world, once it has one.
func (s *stage) there() (*sql.DB, error) {
	if s.beyond != nil {
		return s.beyond, nil
	}
	var err error
	if s.beyond, err = s.server.Open(s.name + "_beyond"); err == nil {
		s.beyond.SetMaxOpenConns(1)
	}
	return s.beyond, err
}

// everybody is who the engine knows.
func (s *stage) everybody() request.Roster {
	all := request.Roster{governance, admin, steward, lead}
	for _, name := range s.world.People.All() {
		all = append(all, s.identity(name))
	}
	return all
}

// identity is somebody for whom something may be asked.
func (s *stage) identity(name string) request.Identity {
	p := s.world.People
	i := request.Identity{ID: name, Groups: p.Teams[name], Attributes: map[string][]string{"login": {s.role(name)}}}
	switch {
	case slices.Contains(p.Barred, name):
		i.Groups = append(slices.Clone(i.Groups), "interns")
	case !slices.Contains(p.Logins, name):
		i.Kind = request.Group
	}
	return i
}

func (s *stage) open() error {
	var err error
	s.engine, err = grantwright.New(grantwright.Config{
		Store: s.store, Inventory: new(catalog.Memory), Directory: s.everybody(), Installation: s.name, Now: s.clock.Now,
		Platforms:       map[string]provision.Platform{"postgres": pgprovision.Platform},
		Secrets:         func(context.Context, string) (string, error) { return password, nil },
		PlatformTimeout: time.Minute,
	})
	return err
}

func (s *stage) target() catalog.Connection {
	return catalog.Connection{Name: connection, Technology: "postgres", URL: s.server.URL(s.role("ours"), "", s.name), Secret: "env:PASSWORD", Scope: catalog.Scope{Include: []string{s.name}, Exclude: []string{s.name + ".audit"}},
		Principals: catalog.Principals{Expression: "person.attributes.login[0]", Kinds: []string{"PERSON", "GROUP"}}}
}

// close ends the engine, and takes the database and its roles away.
func (s *stage) close() error {
	var errs []error
	if s.engine != nil {
		errs = append(errs, s.engine.Close())
	}
	errs = append(errs, s.super.Close())
	_, err := s.server.DB.Exec("drop database " + s.name + " with (force)")
	errs = append(errs, err)
	if s.beyond != nil {
		errs = append(errs, s.beyond.Close())
		_, err := s.server.DB.Exec("drop database " + s.name + "_beyond with (force)")
		errs = append(errs, err)
	}
	rows, err := s.server.DB.Query(`select quote_ident(rolname) from pg_roles where rolname like '%\_' || $1 or rolname like 'gw\_' || $1 || '\_%' order by rolname desc`, s.name)
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	var roles []string
	for rows.Next() {
		var name string
		errs = append(errs, rows.Scan(&name))
		roles = append(roles, name)
	}
	errs = append(errs, rows.Err(), rows.Close())
	if all := strings.Join(roles, ", "); all != "" {
		_, err := s.server.DB.Exec("drop owned by " + all + "; drop role " + all)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// ref is a place of the world as the engine names it.
func (s *stage) ref(place string) catalog.Ref {
	ref := connection + ":" + s.name
	if place != "" {
		ref += "." + place
	}
	return catalog.Ref(ref)
}

// place is the place of the world that the engine names so.
func (s *stage) place(ref catalog.Ref) string {
	return strings.TrimPrefix(strings.TrimPrefix(string(ref), string(s.ref(""))), ".")
}
