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

	"github.com/grantwright/grantwright/store"
)

//go:embed postgres/*.sql sqlite/*.sql
var files embed.FS

// Postgres holds the migrations for PostgreSQL, as Migrate runs them: files
// named by their number and subject, such as 0001_records.sql. They make objects
// in the schema grantwright, which must exist, and note nothing in
// grantwright.migrations: whoever runs them by other means does so too.
func Postgres() fs.FS { return folder("postgres") }

// SQLite holds the migrations for SQLite, in the same way. They note nothing in
// grantwright_migrations.
func SQLite() fs.FS { return folder("sqlite") }

func folder(name string) fs.FS {
	sub, err := fs.Sub(files, name)
	if err != nil {
		panic(err) // the name is a constant, and valid
	}
	return sub
}

// Migrate brings the tables to this release: all of it, or nothing if any of it
// fails. Any number of processes may call it at once. A database of a newer
// release is refused with ErrNewer. On PostgreSQL, where nothing is to be done,
// nothing but reading is needed; otherwise the user must be allowed to create the
// schema grantwright, or own it.
func (s *Store) Migrate(ctx context.Context) error {
	ctx, cancel := unhurried(ctx)
	defer cancel()
	tx, err := s.write.BeginTxx(ctx, nil)
	if err != nil {
		return s.failed(ctx, "migrating", err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := s.migrate(ctx, tx); err != nil {
		if errors.Is(err, ErrNewer) {
			return err
		}
		return s.failed(ctx, "migrating", err)
	}
	if err := tx.Commit(); err != nil {
		return s.failed(ctx, "migrating", err)
	}
	s.migrated.Store(true)
	return nil
}

// unhurried gives time to what may rightly take long: waiting for others who do
// the same, and making an index of a large table.
func unhurried(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, limited := ctx.Deadline(); limited {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Hour)
}

// migratedTo is the number of the last migration.
var migratedTo = both(`select coalesce(max(version), 0) from grantwright.migrations`)

func (s *Store) migrate(ctx context.Context, tx *sqlx.Tx) error {
	prepare := preparePostgres
	if s.on == onSQLite {
		prepare = prepareSQLite
	}
	if err := prepare(ctx, tx); err != nil {
		return err
	}
	var version int
	if err := tx.GetContext(ctx, &version, migratedTo[s.on]); err != nil {
		return err
	}
	steps := migrations[s.on]
	if version > len(steps) {
		return s.newer(version)
	}
	for _, m := range steps[version:] {
		if err := m.run(ctx, tx, s.on); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

// migrationLock is the advisory lock that lets one Migrate run at a time.
const migrationLock = 0x6772616e74 // "grant"

// preparePostgres takes its turn, and makes the table of migrations if it is not
// there.
func preparePostgres(ctx context.Context, tx *sqlx.Tx) error {
	if _, err := tx.ExecContext(ctx, `select pg_advisory_xact_lock($1)`, migrationLock); err != nil {
		return err
	}
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

// prepareSQLite makes the table of migrations if it is not there. A transaction
// that begins as immediate has its turn already.
func prepareSQLite(ctx context.Context, tx *sqlx.Tx) error {
	var encoding string
	if err := tx.GetContext(ctx, &encoding, `select encoding from pragma_encoding`); err != nil {
		return err
	}
	if encoding != "UTF-8" {
		return fmt.Errorf("the encoding of the database is %s, must be UTF-8", encoding)
	}
	_, err := tx.ExecContext(ctx, `create table if not exists grantwright_migrations (version integer primary key, name text not null, applied text not null)`)
	return err
}

// migration is one file.
type migration struct {
	name string
	sql  string
}

var noteMigration = both(`insert into grantwright.migrations (version, name, applied) values ($1, $2, $3)`)

func (m migration) run(ctx context.Context, tx *sqlx.Tx, on dialect) error {
	if _, err := tx.ExecContext(ctx, m.sql); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, noteMigration[on], m.version(), m.name, moment(time.Now()))
	return err
}

// version is the number that the name begins with; 0 if it begins with none.
func (m migration) version() int {
	number, _, _ := strings.Cut(m.name, "_")
	version, _ := strconv.Atoi(number)
	return version
}

// migrations are those of each dialect.
var migrations = [2][]migration{readAll(Postgres()), readAll(SQLite())}

// readAll reads files whose numbers have no holes. They are part of the program, and
// a test reads them too.
func readAll(from fs.FS) []migration {
	names, err := fs.Glob(from, "*.sql")
	if err != nil {
		panic(err)
	}
	all := make([]migration, len(names))
	for i, name := range names {
		text, err := fs.ReadFile(from, name)
		all[i] = migration{name: name, sql: string(text)}
		if err != nil || all[i].version() != i+1 {
			panic(fmt.Sprintf("sqlstore: migration %s is not number %d: %v", name, i+1, err))
		}
	}
	return all
}

func (s *Store) checkVersion(version int) error {
	switch latest := len(migrations[s.on]); {
	case version > latest:
		return s.newer(version)
	case version < latest:
		return fmt.Errorf("%w: its version is %d, this release needs %d", ErrNotMigrated, version, latest)
	}
	return nil
}

func (s *Store) newer(version int) error {
	return fmt.Errorf("%w: its version is %d, this release knows %d: %w", ErrNewer, version, len(migrations[s.on]), store.ErrAway)
}

// checkMigrated refuses to write once another release has migrated the tables.
func (s *Store) checkMigrated(ctx context.Context, tx *sqlx.Tx) error {
	var version int
	if err := tx.GetContext(ctx, &version, migratedTo[s.on]); err != nil {
		return err
	}
	return s.checkVersion(version)
}

// unlessMigrated is the error of a commit, or that another release has migrated the tables
// since this process has looked, if that is why it failed.
func (s *Store) unlessMigrated(ctx context.Context, err error) error {
	var refused interface{ SQLState() string }
	if !errors.As(err, &refused) || refused.SQLState() != invalidText && !strings.HasPrefix(refused.SQLState(), otherTables) {
		return err
	}
	s.migrated.Store(false)
	if other := s.ready(ctx); errors.Is(other, ErrNewer) || errors.Is(other, ErrNotMigrated) {
		return other
	}
	return err
}
