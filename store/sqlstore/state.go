package sqlstore

import (
	"context"
	"time"
)

// State is how a database is, as whoever operates it wants to know.
type State struct {
	Version int       // number of the last migration; 0 where there are no tables
	Needs   int       // number of the last migration of this release
	Clock   time.Time // of the database server; of SQLite that of this machine
}

// stateNow is the version and the clock of a database that may have no tables.
var stateNow = statement{
	`select case when to_regclass('grantwright.migrations') is null then 0 else -1 end as version, cast(extract(epoch from clock_timestamp()) as double precision) as clock`,
	`select case when exists (select 1 from sqlite_master where name = 'grantwright_migrations') then -1 else 0 end as version, (julianday('now') - 2440587.5) * 86400.0 as clock`,
}

// State asks how the database is, migrated or not. It changes nothing.
func (s *Store) State(ctx context.Context) (State, error) {
	var rows []struct {
		Version int     `db:"version"`
		Clock   float64 `db:"clock"`
	}
	if err := s.selectAll(ctx, &rows, stateNow[s.on]); err != nil {
		return State{}, s.failed(ctx, "looking at the database", err)
	}
	now := State{Version: rows[0].Version, Needs: len(migrations[s.on]), Clock: time.UnixMicro(int64(rows[0].Clock * 1e6)).UTC()}
	if now.Version == 0 {
		return now, nil
	}
	var version []int
	if err := s.selectAll(ctx, &version, migratedTo[s.on]); err != nil {
		return State{}, s.failed(ctx, "looking at the tables", err)
	}
	now.Version = version[0]
	return now, nil
}

// writeNothing is refused where nothing can be written, and finds no row.
var writeNothing = both(`delete from grantwright.records where 1 = 0`)

// Writable reports by its error whether the database takes writes of this release at present.
// It changes nothing. It is one statement, as a commit is: a transaction of the driver may say
// itself that it writes.
func (s *Store) Writable(ctx context.Context) error {
	var version []int
	if err := s.selectAll(ctx, &version, migratedTo[s.on]); err != nil {
		return s.failed(ctx, "looking at the tables", err)
	}
	if err := s.checkVersion(version[0]); err != nil {
		return err
	}
	if _, err := s.write.ExecContext(ctx, writeNothing[s.on]); err != nil {
		return s.failed(ctx, "trying to write", err)
	}
	return nil
}
