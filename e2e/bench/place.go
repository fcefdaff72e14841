package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/request"
)

// loginCount is how many may log in to the server at least: each is granted once in
// a measurement, so that each grant writes.
const loginCount = 20_000

// place is a PostgreSQL that keeps records and is the data platform too, with logins
// for many people. Unlike that of the tests it waits for the disk.
type place struct {
	server *pgserver.Server
	bin    string // the folder of its programs
	worlds int    // that were made, for names that no other has
	people int    // who may log in
}

// oldest is the oldest version that we work with.
const oldest = "15"

func startPlace(ctx context.Context) (*place, error) {
	version := os.Getenv(pgserver.VersionVariable)
	bin, err := pgserver.Find(version)
	if err != nil && version == "" { // none but those that were fetched
		version = oldest
		bin, err = pgserver.Find(version)
	}
	if err != nil {
		return nil, err
	}
	p := &place{bin: bin}
	p.server, err = pgserver.StartVersion(ctx, version, "fsync=on", "max_connections=300", "shared_buffers=512MB", "max_wal_size=4GB")
	if err != nil {
		return nil, err
	}
	if err := p.logins(ctx, loginCount); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

// logins sees to it that so many may log in.
func (p *place) logins(ctx context.Context, count int) error {
	if count <= p.people {
		return nil
	}
	err := runAll(ctx, p.server.DB, fmt.Sprintf(
		"do $$ begin for i in %d..%d loop execute format('create role u%%s login', i); end loop; end $$", p.people+1, count))
	if err == nil {
		p.people = count
	}
	return err
}

// ids are the ids of the logins on the platform.
func (p *place) ids(ctx context.Context) (map[string]string, error) {
	rows, err := p.server.DB.QueryContext(ctx, "select rolname, oid::text from pg_roles where rolname ~ '^u[0-9]+$'")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	ids := map[string]string{}
	for rows.Next() {
		var name, id string
		if err := rows.Scan(&name, &id); err != nil {
			return nil, err
		}
		ids[name] = id
	}
	return ids, rows.Err()
}

func (p *place) stop() { p.server.Stop() }

// name is one that nothing else on the server has.
func (p *place) name(prefix string) string {
	p.worlds++
	return fmt.Sprint(prefix, p.worlds)
}

// settle is a checkpoint: the writes that earlier work has left behind are not
// measured with the next.
func (p *place) settle(ctx context.Context) error {
	_, err := p.server.DB.ExecContext(ctx, "checkpoint")
	return err
}

// run executes statements in a database as the superuser, each in a transaction of
// its own.
func (p *place) run(ctx context.Context, database string, statements ...string) error {
	db, err := p.server.Open(database)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return runAll(ctx, db, statements...)
}

func runAll(ctx context.Context, db *sql.DB, statements ...string) error {
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%w: %s", err, s)
		}
	}
	return nil
}

// drop removes databases, and the roles that begin with any of some prefixes: those
// in which others are members first.
func (p *place) drop(databases []string, prefixes ...string) error {
	ctx := context.Background()
	var errs []error
	for _, name := range databases {
		errs = append(errs, runAll(ctx, p.server.DB, "drop database if exists "+name+" with (force)"))
	}
	for _, prefix := range prefixes {
		errs = append(errs, runAll(ctx, p.server.DB, fmt.Sprintf(
			"do $$ declare r text; begin for r in select rolname from pg_roles where starts_with(rolname, '%s') loop execute format('drop role %%I', r); end loop; end $$", prefix)))
	}
	return errors.Join(errs...)
}

// pgbench is the program beside the server, or else the one on PATH.
func (p *place) pgbench() (string, error) {
	beside := filepath.Join(p.bin, "pgbench")
	if _, err := os.Stat(beside); err == nil {
		return beside, nil
	}
	return exec.LookPath("pgbench")
}

// person is one of those who may log in, from 0.
func person(n int) request.Identity {
	login := fmt.Sprint("u", n+1)
	return request.Identity{ID: login + "@example.com", Groups: []string{"analysts"}, Attributes: map[string][]string{"login": {login}}}
}

// quoted is a literal of SQL.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

func secret() string { return rand.Text() }
