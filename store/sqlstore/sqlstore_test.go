package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/catalogtest"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/pgstore"
	"github.com/grantwright/grantwright/store/sqlstore"
	"github.com/grantwright/grantwright/store/storetest"
)

var server *pgserver.Server

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if path := os.Getenv(childVariable); path != "" {
		fmt.Fprintln(os.Stderr, writeForever(path))
		return 1
	}
	var err error
	if server, err = pgserver.Start(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer server.Stop()
	return m.Run()
}

var databases atomic.Int64

// emptyDatabase makes a database whose own order of text is a language's, so
// that nothing passes for being in byte order by chance.
func emptyDatabase(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test%d", databases.Add(1))
	_, err := server.DB.ExecContext(t.Context(), `create database `+pq.QuoteIdentifier(name)+` template template0 locale_provider icu icu_locale 'en-US'`)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// open returns a pool on a database, with settings for each of its connections.
func open(t testing.TB, database string, settings url.Values) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", server.SuperURL(database)+"&"+settings.Encode())
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// fresh returns a migrated store in a database of its own, and its pool.
func fresh(t testing.TB, settings url.Values) (*sqlstore.Store, *sql.DB) {
	t.Helper()
	name := fmt.Sprintf("test%d", databases.Add(1))
	copied := `create database ` + pq.QuoteIdentifier(name) + ` template ` + pq.QuoteIdentifier(template())
	if _, err := server.DB.ExecContext(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	db := open(t, name, settings)
	return sqlstore.New(db, db), db
}

// template is a database that was migrated, and to which nobody is connected.
var template = sync.OnceValue(func() string {
	const name = "migrated"
	_, err := server.DB.Exec(`create database migrated template template0 locale_provider icu icu_locale 'en-US'`)
	if err != nil {
		panic(err)
	}
	s, err := pgstore.Open(server.SuperURL(name))
	if err == nil {
		err = errors.Join(s.Migrate(context.Background()), s.Close())
	}
	if err != nil {
		panic(err)
	}
	return name
})

// pooled is a database that is emptied and used again: to make one takes longer
// than most of the tests.
type pooled struct {
	store *sqlstore.Store
	db    *sql.DB
}

// emptied returns a fresh function for a suite whose subtests need no database of
// their own, one after the other.
func emptied(suite *testing.T, settings url.Values) func(t *testing.T) pooled {
	free := make(chan pooled, 64)
	return func(t *testing.T) (p pooled) {
		select {
		case p = <-free:
		default:
			p.store, p.db = fresh(suite, settings)
		}
		t.Cleanup(func() {
			const empty = `truncate grantwright.records, grantwright.entries, grantwright.numbers, grantwright.unique_values, grantwright.assets, grantwright.asset_terms`
			if _, err := p.db.Exec(empty); err != nil {
				t.Error(err)
			}
			free <- p
		})
		return p
	}
}

// Hosts may run their databases in another isolation, where a writer that lost
// is told so by a failed serialization.
func TestStoreRepeatableRead(t *testing.T) {
	t.Parallel()
	database := emptied(t, url.Values{"default_transaction_isolation": {"repeatable read"}})
	storetest.Run(t, func(t *testing.T) store.Store { return database(t).store })
}

// Several replicas share a database: each call goes to another one.
func TestStore(t *testing.T) {
	t.Parallel()
	database := emptied(t, nil)
	storetest.Run(t, func(t *testing.T) store.Store {
		p := database(t)
		return &replicas{stores: []*sqlstore.Store{p.store, sqlstore.New(p.db, p.db), sqlstore.New(p.db, p.db)}}
	})
}

type replicas struct {
	stores []*sqlstore.Store
	calls  atomic.Int64
}

func (r *replicas) next() *sqlstore.Store { return r.stores[r.calls.Add(1)%int64(len(r.stores))] }

func (r *replicas) Get(ctx context.Context, keys ...store.Key) ([]store.Record, error) {
	return r.next().Get(ctx, keys...)
}

func (r *replicas) Find(ctx context.Context, queries ...store.Query) ([][]store.Record, error) {
	return r.next().Find(ctx, queries...)
}

func (r *replicas) Write(ctx context.Context, c store.Commit) error { return r.next().Write(ctx, c) }

func TestInventory(t *testing.T) {
	t.Parallel()
	database := emptied(t, nil)
	catalogtest.TestInventory(t, func(t *testing.T) catalog.Inventory { return database(t).store.Inventory() })
}

// locked holds a lock on the record k/a until the test ends.
func locked(t *testing.T, s *sqlstore.Store, db *sql.DB) *sql.Tx {
	t.Helper()
	if err := s.Write(t.Context(), store.Commit{Writes: []store.Write{{Kind: "k", ID: "a", Body: []byte("1")}}}); err != nil {
		t.Fatal(err)
	}
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	if _, err := tx.Exec(`update grantwright.records set body = '2' where id = 'a'`); err != nil {
		t.Fatal(err)
	}
	return tx
}

func update(version int64) store.Commit {
	return store.Commit{Writes: []store.Write{{Kind: "k", ID: "a", Version: version, Body: []byte("3")}, {Kind: "k", ID: "b", Body: []byte("3")}}}
}

func TestLockTimeoutIsConflict(t *testing.T) {
	t.Parallel()
	s, db := fresh(t, url.Values{"lock_timeout": {"50ms"}})
	locked(t, s, db)
	if err := s.Write(t.Context(), update(1)); !errors.Is(err, store.ErrConflict) {
		t.Errorf("got %v, want ErrConflict", err)
	}
}

// A deadlock: the store waits for the record a, whose holder waits for b.
func TestDeadlockIsConflict(t *testing.T) {
	t.Parallel()
	s, db := fresh(t, url.Values{"deadlock_timeout": {"1h"}})
	other := open(t, database(t, db), url.Values{"deadlock_timeout": {"500ms"}})
	tx := locked(t, s, db)
	done := make(chan error, 1)
	go func() {
		done <- sqlstore.New(other, other).Write(t.Context(), store.Commit{Writes: []store.Write{{Kind: "k", ID: "0", Body: []byte("3")}, update(1).Writes[0]}})
	}()
	waitFor(t, db, waits)
	if _, err := tx.Exec(`insert into grantwright.records values ('k', '0', 1, '1')`); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, store.ErrConflict) {
		t.Errorf("got %v, want ErrConflict", err)
	}
}

func database(t testing.TB, db *sql.DB) (name string) {
	t.Helper()
	if err := db.QueryRow(`select current_database()`).Scan(&name); err != nil {
		t.Fatal(err)
	}
	return name
}

// waits asks whether somebody waits for a lock in this database. pg_locks would
// not say: a lock on a transaction names no database, and other tests wait too.
const waits = `select count(*) > 0 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`

// waitFor asks until the answer is true.
func waitFor(t *testing.T, db *sql.DB, question string) {
	t.Helper()
	for holds := false; !holds; {
		if err := db.QueryRowContext(t.Context(), question).Scan(&holds); err != nil {
			t.Fatal(err)
		}
	}
}

// A context that ends while the database is busy is told as such, and nothing
// was written.
func TestContextEndsWhileWaiting(t *testing.T) {
	t.Parallel()
	s, db := fresh(t, nil)
	tx := locked(t, s, db)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Write(ctx, update(1)) }()
	waitFor(t, db, waits)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want Canceled", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(t.Context(), update(1)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("postgres", "postgres://gw:secret-word@127.0.0.1:1/x?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	_, err = sqlstore.New(db, db).Get(t.Context(), store.Key{Kind: "k", ID: "a"})
	if !errors.Is(err, store.ErrAway) || errors.Is(err, sqlstore.ErrNotMigrated) {
		t.Errorf("got %v, want ErrAway", err)
	}
}

// A database that cannot write at present is away: a server that has become a standby
// answers so, and one that may grow no further.
func TestStoreThatCannotWriteIsAway(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t, url.Values{"default_transaction_read_only": {"on"}})
	if err := s.Write(t.Context(), update(0)); !errors.Is(err, store.ErrAway) {
		t.Errorf("read only: got %v, want ErrAway", err)
	}
}

func TestFullFileIsAway(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	openSQLite(t, path)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.Exec("pragma max_page_count = 1"); err != nil { // as small as it can be: what it has
		t.Fatal(err)
	}
	full := store.Commit{Writes: []store.Write{{Kind: "k", ID: "large", Body: []byte(`"` + strings.Repeat("x", 500_000) + `"`)}}}
	if err := sqlstore.NewSQLite(db, db).Write(t.Context(), full); !errors.Is(err, store.ErrAway) {
		t.Errorf("got %v, want ErrAway", err)
	}
}
