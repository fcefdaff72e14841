// Package sqlstore keeps the records and the inventory of the engine in a SQL
// database: in PostgreSQL, in a schema of its own named grantwright, or in
// SQLite, in tables whose names begin with grantwright_. The code is the same.
//
// It is linked with no driver. New and NewSQLite take pools of the host's; packages
// pgstore and sqlitestore open pools that are set as they should be, and bring the
// driver. Migrate makes the tables, once and after each
// upgrade; nothing else does. A record of any kind is a row of
// grantwright.records with a JSON body, found by its rows in grantwright.entries and
// held unique by those in grantwright.unique_values, so that a new kind needs no
// table. A Write is one statement on PostgreSQL, and one transaction on SQLite; those
// that come at the same time go together. The views (grantwright.requests and
// others) are for people with psql or sqlite3, to read and to report.
package sqlstore

import (
	"cmp"
	"context"
	"crypto/sha512"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"

	"github.com/jmoiron/sqlx"

	"github.com/grantwright/grantwright/store"
)

// Store is a store.Store in a SQL database. It is safe for use by many
// goroutines, and many Stores in many processes may share a database.
type Store struct {
	on          dialect
	read, write *sqlx.DB
	owned       []io.Closer // what Close closes
	migrated    atomic.Bool // the tables were seen to be those of this release
	commits     queue
	isolated    atomic.Bool // the sessions of the host have another isolation level than commits need
}

// New returns a Store in a PostgreSQL database that Migrate has prepared. Reads
// go through one pool, everything else through the other; both may be the same.
// The read pool must see every commit at once, so it may not lead to an
// asynchronous replica. A lock_timeout is of use: lib/pq asks the server once to
// cancel, which does nothing in the moment before a statement begins, and then
// waits for a lock beyond the end of the context. So is an
// idle_in_transaction_session_timeout: a machine that is gone in the middle of a
// transaction may keep its locks for hours. And so is jit=off: a page takes the server
// longer to compile than to read. The pools stay the caller's to close.
func New(read, write *sql.DB) *Store {
	return &Store{on: onPostgres, read: sqlx.NewDb(read, "postgres"), write: sqlx.NewDb(write, "postgres")}
}

// NewSQLite returns a Store in a SQLite database that Migrate has prepared, on
// pools of the driver modernc.org/sqlite, also where something is wrapped around
// it. The write pool has one connection at most, and its data source name sets
// _txlock=immediate, _busy_timeout, _journal_mode=WAL and _synchronous=FULL; with
// less than FULL the last commits before a power failure may be lost. The read
// pool sets _query_only=1 and _busy_timeout. Both may be the same. The pools stay
// the caller's to close.
func NewSQLite(read, write *sql.DB) *Store {
	return &Store{on: onSQLite, read: sqlx.NewDb(read, "sqlite"), write: sqlx.NewDb(write, "sqlite")}
}

var _ store.Store = (*Store)(nil)

// Own has Close close these, which are the pools or belong to them, and returns s.
func (s *Store) Own(closers ...io.Closer) *Store {
	s.owned = append(s.owned, closers...)
	return s
}

// Close closes what the Store owns. It leaves the pools alone that a host has given to
// New or NewSQLite.
func (s *Store) Close() error {
	var errs []error
	for _, c := range s.owned {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// Get returns the records under these keys.
func (s *Store) Get(ctx context.Context, keys ...store.Key) ([]store.Record, error) {
	if err := store.CheckGet(keys); err != nil {
		return nil, err
	}
	if err := s.ready(ctx); err != nil || len(keys) == 0 {
		return nil, err
	}
	var records []store.Record
	for some := range slices.Chunk(keys, maxRows) {
		found, err := s.byKeys(ctx, some)
		if err != nil {
			return nil, s.failed(ctx, "reading "+some[0].Kind, err)
		}
		records = append(records, found...)
	}
	return records, nil
}

// maxRows is how many keys one statement takes at most.
const maxRows = 10_000

// recordRow is a row of grantwright.records, with the place of its key or query in
// the call, and its own in an index.
type recordRow struct {
	N       int    `db:"n"`
	ID      string `db:"id"`
	Version int64  `db:"version"`
	Body    []byte `db:"body"`
	Order   string `db:"ord"`
}

func (r recordRow) record(kind string) store.Record {
	return store.Record{Kind: kind, ID: r.ID, Version: r.Version, Body: r.Body, Order: r.Order}
}

func (s *Store) byKeys(ctx context.Context, keys []store.Key) ([]store.Record, error) {
	args, err := s.keyLists(keys)
	if err != nil {
		return nil, err
	}
	var rows []recordRow
	if err := s.selectAll(ctx, &rows, byKeys[s.on], args...); err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b recordRow) int { return cmp.Compare(a.N, b.N) })
	records := make([]store.Record, len(rows))
	for i, r := range rows {
		r.ID = keys[r.N].ID
		records[i] = r.record(keys[r.N].Kind)
	}
	return records, nil
}

// keyLists are the keys as arguments: two lists, or for SQLite one list of pairs.
func (s *Store) keyLists(keys []store.Key) ([]any, error) {
	kinds, ids, pairs := make([]string, len(keys)), make([]string, len(keys)), make([][2]string, len(keys))
	for i, k := range keys {
		kinds[i], ids[i], pairs[i] = k.Kind, k.ID, [2]string{k.Kind, k.ID}
	}
	if s.on == onPostgres {
		return []any{textsOf(kinds), textsOf(ids), len(keys)}, nil
	}
	text, err := json.Marshal(pairs)
	return []any{string(text)}, err
}

// PostgreSQL would read all records of a kind, unless they are found one by one. It takes
// a list of unknown length for ten rows, and would plan anew for each shorter one: a limit
// makes it one row.
var byKeys = statement{
	`select k.n - 1 as n, r.version, r.body
		from (select * from unnest(cast($1 as text[]), cast($2 as text[])) with ordinality as k (kind, id, n) limit $3) k
		cross join lateral (select version, body from grantwright.records where kind = k.kind and id = k.id offset 0) r`,
	`select k.key as n, r.version, r.body from json_each($1) k
		cross join grantwright_records r on r.kind = k.value ->> 0 and r.id = k.value ->> 1`,
}

// keyValue is how a value stands in grantwright.entries. What is digested is longer
// than what is not, so that no other value can look like it.
func keyValue(value string) string {
	if len(value) < hex.EncodedLen(sha512.Size) {
		return value
	}
	sum := sha512.Sum512([]byte(value))
	return hex.EncodeToString(sum[:])
}

// ready checks, until it has once succeeded, that the database was migrated.
func (s *Store) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("sqlstore: %w", err)
	}
	if s.migrated.Load() {
		return nil
	}
	var version []int
	if err := s.selectAll(ctx, &version, migratedTo[s.on]); err != nil {
		return s.failed(ctx, "looking at the tables", err)
	}
	if err := s.checkVersion(version[0]); err != nil {
		return err
	}
	s.migrated.Store(true)
	return nil
}
