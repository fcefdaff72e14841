package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/catalogtest"
	"github.com/grantwright/grantwright/internal/throwaway/pgbouncer"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/pgstore"
	"github.com/grantwright/grantwright/store/sqlstore"
	"github.com/grantwright/grantwright/store/storetest"
)

// A pooler as it comes refuses the settings of a session, or forgets them where it is told
// to ignore them. In both cases all that the store promises holds.
func TestStoreBehindAPooler(t *testing.T) {
	t.Parallel()
	server, err := pgserver.Start(t.Context(), "max_connections=300")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	if _, err := server.DB.Exec("create role keeper login createdb password 'keeps'"); err != nil {
		t.Fatal(err)
	}
	migrate(t, server)
	for name, settings := range map[string][]string{
		"transactions":         {"pool_mode = transaction"},
		"ignoring":             {"pool_mode = transaction", "ignore_startup_parameters = lock_timeout, idle_in_transaction_session_timeout"},
		"sessions":             {"pool_mode = session", "default_pool_size = 20"},
		"sessions_that_forget": {"pool_mode = session", "default_pool_size = 20", "ignore_startup_parameters = lock_timeout, idle_in_transaction_session_timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pooler, err := pgbouncer.Start(t.Context(), server.SuperURL("postgres"), map[string]string{"keeper": "keeps"}, settings...)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(pooler.Stop)
			w := &world{server: server, pooler: pooler, name: name}
			database := w.fresh(t)
			several(t, w.open(t, database), w.open(t, database))
			if name == "transactions" {
				w.mustMigrate(t)
				storetest.Run(t, func(t *testing.T) store.Store { return w.open(t, w.fresh(t)) })
				catalogtest.TestInventory(t, func(t *testing.T) catalog.Inventory { return w.open(t, w.fresh(t)).Inventory() })
			}
		})
	}
}

// migrate makes the database of which all others are copies. The store makes its tables by
// way of no pooler here, and finds them so in a test of their own.
func migrate(t *testing.T, server *pgserver.Server) {
	t.Helper()
	if _, err := server.DB.Exec("create database migrated owner keeper"); err != nil {
		t.Fatal(err)
	}
	s, err := pgstore.Open(server.URL("keeper", "keeps", "migrated"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Migrate(t.Context()), s.Close()); err != nil {
		t.Fatal(err)
	}
}

// world is a server behind a pooler.
type world struct {
	server *pgserver.Server
	pooler *pgbouncer.Pooler
	name   string
	made   atomic.Int64
}

// fresh makes an empty database with the tables of the store.
func (w *world) fresh(t *testing.T) string {
	t.Helper()
	database := fmt.Sprintf("%s_%d", w.name, w.made.Add(1))
	if _, err := w.server.DB.ExecContext(t.Context(), "create database "+database+" owner keeper template migrated"); err != nil {
		t.Fatal(err)
	}
	return database
}

// mustMigrate makes the tables by way of the pooler.
func (w *world) mustMigrate(t *testing.T) {
	t.Helper()
	if _, err := w.server.DB.ExecContext(t.Context(), "create database anew owner keeper"); err != nil {
		t.Fatal(err)
	}
	several(t, w.open(t, "anew"))
}

// open opens a store by way of the pooler, and migrates what is migrated.
func (w *world) open(t *testing.T, database string) *sqlstore.Store {
	t.Helper()
	address, err := w.pooler.URL(w.server.URL("keeper", "keeps", database))
	if err != nil {
		t.Fatal(err)
	}
	s, err := pgstore.Open(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// several has stores of one database read and write at once, each its own records: nobody
// gets the answer, or does the statement, of somebody else.
func several(t *testing.T, stores ...*sqlstore.Store) {
	t.Helper()
	var wg sync.WaitGroup
	for n := range 16 {
		s := stores[n%len(stores)]
		wg.Go(func() {
			for i := range 20 {
				if err := readsBack(t.Context(), s, "p"+strconv.Itoa(n), i); err != nil {
					t.Errorf("%d: %v", n, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func readsBack(ctx context.Context, s *sqlstore.Store, id string, version int) error {
	body := []byte(fmt.Sprintf(`{"by": %q, "n": %d}`, id, version))
	err := s.Write(ctx, store.Commit{Writes: []store.Write{{Kind: "thing", ID: id, Version: int64(version), Body: body}}})
	if err != nil {
		return err
	}
	found, err := s.Get(ctx, store.Key{Kind: "thing", ID: id}, store.Key{Kind: "nothing", ID: id})
	if err == nil && (len(found) != 1 || found[0].ID != id || found[0].Version != int64(version)+1) {
		err = errors.New("somebody else's record came back: " + fmt.Sprint(found))
	}
	return err
}
