package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlstore"
	"github.com/grantwright/grantwright/store/storetest"
)

// shared is a database that a host has rows of its own in.
type shared struct {
	*sqlstore.Store
	host *sql.DB
	lite bool // it is one of SQLite
}

func (s shared) orders(t *testing.T) []string {
	t.Helper()
	return texts(t, s.host, `select name from orders order by name`)
}

// onEachShared runs a test on each database.
func onEachShared(t *testing.T, test func(t *testing.T, s shared)) {
	for name, open := range map[string]func(*testing.T) shared{"PostgreSQL": sharedPostgres, "SQLite": sharedSQLite} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			if _, err := s.host.Exec(`create table orders (name text)`); err != nil {
				t.Fatal(err)
			}
			test(t, s)
		})
	}
}

func sharedPostgres(t *testing.T) shared {
	s, db := fresh(t, nil)
	return shared{Store: s, host: open(t, database(t, db), nil)}
}

func sharedSQLite(t *testing.T) shared {
	path := newFile(t)
	return shared{openSQLite(t, path), raw(t, path+"?_txlock=immediate&_busy_timeout=5000"), true}
}

// begin begins a transaction of the host's with a row in it.
func (s shared) begin(t *testing.T, order string) *sql.Tx {
	t.Helper()
	tx, err := s.host.BeginTx(t.Context(), nil)
	if err == nil {
		_, err = tx.Exec(`insert into orders (name) values ('` + order + `')`)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	return tx
}

func insert(ids ...string) store.Commit {
	var c store.Commit
	for _, id := range ids {
		c.Writes = append(c.Writes, store.Write{Kind: "k", ID: id, Body: []byte(`{}`)})
	}
	return c
}

// inTransactions does each call in a transaction of a host's.
type inTransactions struct{ shared }

func (s inTransactions) do(ctx context.Context, call func(context.Context) error) error {
	tx, err := s.host.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil && strings.Contains(err.Error(), "SQLITE_BUSY") {
		return fmt.Errorf("%w: the host waited in vain: %w", store.ErrConflict, err)
	}
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	within, committed := s.In(ctx, tx)
	if err := call(within); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	committed()
	return nil
}

func (s inTransactions) Get(ctx context.Context, keys ...store.Key) (found []store.Record, err error) {
	err = s.do(ctx, func(ctx context.Context) error { found, err = s.Store.Get(ctx, keys...); return err })
	return found, err
}

func (s inTransactions) Find(ctx context.Context, queries ...store.Query) (found [][]store.Record, err error) {
	err = s.do(ctx, func(ctx context.Context) error { found, err = s.Store.Find(ctx, queries...); return err })
	return found, err
}

func (s inTransactions) Write(ctx context.Context, c store.Commit) error {
	return s.do(ctx, func(ctx context.Context) error { return s.Store.Write(ctx, c) })
}

func TestStoreInTransactions(t *testing.T) {
	t.Parallel()
	database := emptied(t, nil)
	storetest.Run(t, func(t *testing.T) store.Store {
		p := database(t)
		return inTransactions{shared{Store: p.store, host: p.db}}
	})
}

func TestStoreSQLiteInTransactions(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store { return inTransactions{sharedSQLite(t)} })
}

func TestRolledBackWithTheHost(t *testing.T) {
	t.Parallel()
	onEachShared(t, func(t *testing.T, s shared) {
		tx := s.begin(t, "first")
		within, _ := s.In(t.Context(), tx)
		store.AfterCommit(within, func() { t.Error("work has begun") })
		if err := s.Write(within, insert("a")); err != nil {
			t.Fatal(err)
		}
		if seen, err := s.Get(within, store.Key{Kind: "k", ID: "a"}); err != nil || len(seen) != 1 {
			t.Errorf("the transaction sees %v, %v", seen, err)
		}
		if got := all(t, s.Store, store.Query{Kind: "k"}); len(got) > 0 {
			t.Errorf("others see %v", got)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		if got := all(t, s.Store, store.Query{Kind: "k"}); len(got) > 0 || len(s.orders(t)) > 0 {
			t.Errorf("left: %v, %v", got, s.orders(t))
		}
		if err := s.Write(t.Context(), insert("a")); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// A conflict undoes its own commit, and nothing that the host or another commit of ours
// has written in the transaction.
func TestConflictInATransaction(t *testing.T) {
	t.Parallel()
	onEachShared(t, func(t *testing.T, s shared) {
		if err := s.Write(t.Context(), insert("taken")); err != nil {
			t.Fatal(err)
		}
		tx := s.begin(t, "first")
		within, committed := s.In(t.Context(), tx)
		begun := 0
		store.AfterCommit(within, func() { begun++ })
		if err := s.Write(within, insert("a")); err != nil {
			t.Fatal(err)
		}
		if err := s.Write(within, insert("b", "taken")); !errors.Is(err, store.ErrConflict) {
			t.Errorf("got %v, want ErrConflict", err)
		}
		claims := insert("c")
		claims.Writes[0].Unique = []store.Unique{{Name: "name", Value: "x"}}
		again := insert("d")
		again.Writes[0].Unique = claims.Writes[0].Unique
		taken := (*store.TakenError)(nil)
		if err := s.Write(within, claims); err != nil {
			t.Error(err)
		}
		if err := s.Write(within, again); !errors.As(err, &taken) || taken.ID != "c" {
			t.Errorf("got %v, want that c holds the name", err)
		}
		if _, err := tx.Exec(`insert into orders (name) values ('second')`); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		if begun > 0 {
			t.Error("work has begun before the host says that it has committed")
		}
		committed()
		if begun != 1 {
			t.Errorf("work was begun %d times", begun)
		}
		if diff := cmp.Diff([]string{"a", "c", "taken"}, all(t, s.Store, store.Query{Kind: "k"})); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if diff := cmp.Diff([]string{"first", "second"}, s.orders(t)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// Of two transactions the second one waits for the end of the first. Their numbers have
// no hole, also where one was rolled back.
func TestTwoTransactionsAtOnce(t *testing.T) {
	t.Parallel()
	s := sharedPostgres(t)
	if _, err := s.host.Exec(`create table orders (name text)`); err != nil {
		t.Fatal(err)
	}
	for _, keep := range []bool{false, true} {
		first, second := s.begin(t, "first"), s.begin(t, "second")
		one, _ := s.In(t.Context(), first)
		two, _ := s.In(t.Context(), second)
		if err := s.Write(one, insert("")); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 2)
		go func() { done <- s.Write(two, insert("")) }()
		waitFor(t, s.host, `select count(*) = 1 from pg_locks where not granted and locktype = 'advisory'
			and database = (select oid from pg_database where datname = current_database())`)
		end := first.Commit
		if !keep {
			end = first.Rollback
		}
		if err := errors.Join(end(), <-done, second.Commit()); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{store.OrderNumber(1), store.OrderNumber(2), store.OrderNumber(3)}
	if diff := cmp.Diff(want, all(t, s.Store, store.Query{Kind: "k"})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Another isolation level is refused, and leaves the transaction to the host.
func TestTransactionMustBeReadCommitted(t *testing.T) {
	t.Parallel()
	s, db := fresh(t, nil)
	tx, err := db.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	within, _ := s.In(t.Context(), tx)
	if err := s.Write(within, insert("a")); err == nil || errors.Is(err, store.ErrConflict) {
		t.Errorf("got %v, want an error that says which isolation level is needed", err)
	}
	if _, err := tx.Exec(`select 1`); err != nil {
		t.Errorf("the transaction of the host: %v", err)
	}
}

// A lock that cannot be had is the host's to know: a try in the same transaction would
// end in the same way.
func TestLockTimeoutInATransaction(t *testing.T) {
	t.Parallel()
	s, db := fresh(t, url.Values{"lock_timeout": {"50ms"}})
	locked(t, s, db)
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	within, _ := s.In(t.Context(), tx)
	if err := s.Write(within, update(1)); err == nil || errors.Is(err, store.ErrConflict) {
		t.Errorf("got %v, want the error of the database", err)
	}
	if _, err := tx.Exec(`select 1`); err != nil {
		t.Errorf("the transaction of the host: %v", err)
	}
}
