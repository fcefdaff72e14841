// Package sqlstore keeps the records and the inventory of the engine in a SQL
// database: in PostgreSQL, in a schema of its own named grantwright, or in
// SQLite, in tables whose names begin with grantwright_. The code is the same.
//
// OpenPostgres and OpenSQLite open pools that are set as they should be; New and
// NewSQLite take those of the host. Migrate makes the tables, once and after each
// upgrade; nothing else does. A record of any kind is a row of
// grantwright.records with a JSON body, found by its rows in grantwright.keys and
// held unique by those in grantwright.unique_values, so that a new kind needs no
// table. A Write is one transaction of at most nine statements for a usual
// Change, however many records it holds. The views (grantwright.requests and
// others) are for people with psql or sqlite3, to read and to report.
package sqlstore

import (
	"context"
	"crypto/sha512"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/jmoiron/sqlx"

	"github.com/grantwright/grantwright/store"
)

// Store is a store.Store in a SQL database. It is safe for use by many
// goroutines, and many Stores in many processes may share a database.
type Store struct {
	on          dialect
	read, write *sqlx.DB
	opened      []io.Closer // what Close closes
	migrated    atomic.Bool // the tables were seen to be those of this release
}

// New returns a Store in a PostgreSQL database that Migrate has prepared. Reads
// go through one pool, everything else through the other; both may be the same.
// The read pool must see every commit at once, so it may not lead to an
// asynchronous replica. A lock_timeout is of use: lib/pq asks the server once to
// cancel, which does nothing in the moment before a statement begins, and then
// waits for a lock beyond the end of the context. So is an
// idle_in_transaction_session_timeout: a machine that is gone in the middle of a
// transaction may keep its locks for hours. The pools stay the caller's to close.
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

// Get returns the records with these ids.
func (s *Store) Get(ctx context.Context, kind string, ids ...string) ([]store.Record, error) {
	if err := store.CheckGet(kind, ids); err != nil {
		return nil, err
	}
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	found, err := s.byID(ctx, kind, ids)
	if err != nil {
		return nil, s.failed(ctx, "reading "+kind, err)
	}
	var records []store.Record
	for _, id := range ids {
		if r, ok := found[id]; ok {
			records = append(records, r.record())
		}
	}
	return records, nil
}

// recordRow is a row of grantwright.records, with its place in an index.
type recordRow struct {
	ID      string `db:"id"`
	Version int64  `db:"version"`
	Body    []byte `db:"body"`
	Order   string `db:"ord"`
}

func (r recordRow) record() store.Record {
	return store.Record{ID: r.ID, Version: r.Version, Body: r.Body, Order: r.Order}
}

func (s *Store) byID(ctx context.Context, kind string, ids []string) (map[string]recordRow, error) {
	var rows [][]any
	known := map[string]bool{}
	for _, id := range ids {
		if !known[id] {
			known[id] = true
			rows = append(rows, []any{id})
		}
	}
	found := make(map[string]recordRow, len(rows))
	err := byIDs[s.on].each(rows, []any{kind}, func(query string, args []any) error {
		var page []recordRow
		err := s.read.SelectContext(ctx, &page, query, args...)
		for _, r := range page {
			found[r.ID] = r
		}
		return err
	})
	return found, err
}

var byIDs = bothBatch(batch{
	head:  `select id, version, body, '' as ord from grantwright.records where kind = $1 and id in (`,
	group: `?`,
	tail:  `)`,
})

// Find returns one page of an index.
func (s *Store) Find(ctx context.Context, q store.Query) ([]store.Record, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	var rows []recordRow
	query, args := page(q)
	if err := s.read.SelectContext(ctx, &rows, query[s.on], args...); err != nil {
		return nil, s.failed(ctx, "finding "+q.Kind, err)
	}
	records := make([]store.Record, len(rows))
	for i, r := range rows {
		records[i] = r.record()
	}
	return records, nil
}

// page picks the statement for a query.
func page(q store.Query) (query statement, args []any) {
	if q.Index == "" {
		query, args = pageByID(q)
	} else {
		query, args = pageByKey(q)
	}
	return query, append(args, q.Page())
}

var (
	pageUp = both(`select id, version, body, '' as ord from grantwright.records
		where kind = $1 and id > $2 order by id limit $3`)
	firstPageDown = both(`select id, version, body, '' as ord from grantwright.records
		where kind = $1 order by id desc limit $2`)
	pageDown = both(`select id, version, body, '' as ord from grantwright.records
		where kind = $1 and id < $2 order by id desc limit $3`)
)

func pageByID(q store.Query) (statement, []any) {
	switch {
	case !q.Descending:
		return pageUp, []any{q.Kind, q.After.ID}
	case q.After.Zero():
		return firstPageDown, []any{q.Kind}
	}
	return pageDown, []any{q.Kind, q.After.ID}
}

var (
	keyPageUp        = statement{keyPageUpLateral, sqliteWords.Replace(keyPageUpJoin)}
	firstKeyPageDown = both(`select r.id, r.version, r.body, k.ord
		from grantwright.keys k join grantwright.records r on r.kind = k.kind and r.id = k.id
		where k.kind = $1 and k.name = $2 and k.value = $3
		order by k.ord desc, k.id desc limit $4`)
	keyPageDown = both(`select r.id, r.version, r.body, k.ord
		from grantwright.keys k join grantwright.records r on r.kind = k.kind and r.id = k.id
		where k.kind = $1 and k.name = $2 and k.value = $3 and (k.ord, k.id) < ($4, $5)
		order by k.ord desc, k.id desc limit $6`)
)

// PostgreSQL takes a page for a third of the index, and would read all records for
// it, unless they are found one by one.
const (
	keyPageUpLateral = `select k.id, r.version, r.body, k.ord
		from (select id, ord from grantwright.keys
			where kind = $1 and name = $2 and value = $3 and (ord, id) > ($4, $5)
			order by ord, id limit $6) k
		cross join lateral (select version, body from grantwright.records where kind = $1 and id = k.id offset 0) r
		order by k.ord, k.id`
	keyPageUpJoin = `select r.id, r.version, r.body, k.ord
		from grantwright.keys k join grantwright.records r on r.kind = k.kind and r.id = k.id
		where k.kind = $1 and k.name = $2 and k.value = $3 and (k.ord, k.id) > ($4, $5)
		order by k.ord, k.id limit $6`
)

func pageByKey(q store.Query) (statement, []any) {
	of := []any{q.Kind, q.Index, keyValue(q.Value)}
	switch {
	case !q.Descending:
		return keyPageUp, append(of, q.After.Order, q.After.ID)
	case q.After.Zero():
		return firstKeyPageDown, of
	}
	return keyPageDown, append(of, q.After.Order, q.After.ID)
}

// keyValue is how a value stands in grantwright.keys. What is digested is longer
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
	var version int
	if err := s.read.GetContext(ctx, &version, migratedTo[s.on]); err != nil {
		return s.failed(ctx, "looking at the tables", err)
	}
	if err := s.checkVersion(version); err != nil {
		return err
	}
	s.migrated.Store(true)
	return nil
}
