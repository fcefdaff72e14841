package sqlstore

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
)

//go:embed postgres/*.sql
var files embed.FS

// Postgres holds the migrations for PostgreSQL, as Migrate runs them: files
// named by their number and subject, such as 0001_records.sql. They make objects
// in the schema grantwright, which must exist, and note nothing in
// grantwright.migrations: whoever runs them by other means does so too.
func Postgres() fs.FS {
	sub, err := fs.Sub(files, "postgres")
	if err != nil {
		panic(err) // the name is a constant, and valid
	}
	return sub
}

// migrationLock is the advisory lock that lets one Migrate run at a time.
const migrationLock = 0x6772616e74 // "grant"

// Migrate brings the tables to this release: all of it, or nothing if any of it
// fails. Any number of processes may call it at once. A database of a newer
// release is refused with ErrNewer. Where nothing is to be done, nothing but
// reading is needed; otherwise the user must be allowed to create the schema
// grantwright, or own it.
func (s *Store) Migrate(ctx context.Context) error {
	tx, err := s.write.BeginTxx(ctx, nil)
	if err != nil {
		return failed(ctx, "migrating", err)
	}
	defer tx.Rollback()
	if err := migrate(ctx, tx); err != nil {
		if errors.Is(err, ErrNewer) {
			return err
		}
		return failed(ctx, "migrating", err)
	}
	if err := tx.Commit(); err != nil {
		return failed(ctx, "migrating", err)
	}
	s.migrated.Store(true)
	return nil
}

func migrate(ctx context.Context, tx *sqlx.Tx) error {
	if _, err := tx.ExecContext(ctx, `select pg_advisory_xact_lock($1)`, migrationLock); err != nil {
		return err
	}
	if err := prepare(ctx, tx); err != nil {
		return err
	}
	var version int
	if err := tx.GetContext(ctx, &version, `select coalesce(max(version), 0) from grantwright.migrations`); err != nil {
		return err
	}
	steps := migrations()
	if version > len(steps) {
		return newer(version)
	}
	for _, m := range steps[version:] {
		if err := m.run(ctx, tx); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

// prepare makes the table of migrations, if it is not there.
func prepare(ctx context.Context, tx *sqlx.Tx) error {
	var state struct {
		Encoding string `db:"encoding"`
		Schema   bool   `db:"schema"`
		Table    bool   `db:"table"`
	}
	err := tx.GetContext(ctx, &state, `select current_setting('server_encoding') as encoding,
		to_regnamespace('grantwright') is not null as schema, to_regclass('grantwright.migrations') is not null as table`)
	if err != nil {
		return err
	}
	if state.Encoding != "UTF8" {
		return fmt.Errorf("the encoding of the database is %s, must be UTF8", state.Encoding)
	}
	if !state.Schema {
		if _, err := tx.ExecContext(ctx, `create schema grantwright`); err != nil {
			return err
		}
	}
	if !state.Table {
		_, err = tx.ExecContext(ctx, `create table grantwright.migrations (version bigint primary key, name text not null, applied text not null)`)
	}
	return err
}

// migration is one file.
type migration struct {
	version int
	name    string
	sql     string
}

func (m migration) run(ctx context.Context, tx *sqlx.Tx) error {
	if _, err := tx.ExecContext(ctx, m.sql); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `insert into grantwright.migrations (version, name, applied) values ($1, $2, $3)`, m.version, m.name, moment(time.Now()))
	return err
}

// migrations reads the files, whose numbers have no holes. They are part of the
// program: a test reads them too.
func migrations() []migration {
	names, err := fs.Glob(Postgres(), "*.sql")
	if err != nil {
		panic(err)
	}
	all := make([]migration, len(names))
	for i, name := range names {
		text, err := fs.ReadFile(Postgres(), name)
		number, _, _ := strings.Cut(name, "_")
		if version, bad := strconv.Atoi(number); err != nil || bad != nil || version != i+1 {
			panic(fmt.Sprintf("sqlstore: migration %s is not number %d: %v", name, i+1, err))
		}
		all[i] = migration{version: i + 1, name: name, sql: string(text)}
	}
	return all
}

// latest is the version of this release.
var latest = len(migrations())

func checkVersion(version int) error {
	switch {
	case version > latest:
		return newer(version)
	case version < latest:
		return fmt.Errorf("%w: its version is %d, this release needs %d", ErrNotMigrated, version, latest)
	}
	return nil
}

func newer(version int) error {
	return fmt.Errorf("%w: its version is %d, this release knows %d", ErrNewer, version, latest)
}
