package sqlstore_test

import (
	"path/filepath"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/catalogtest"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlitestore"
	"github.com/grantwright/grantwright/store/sqlstore"
	"github.com/grantwright/grantwright/store/storetest"
)

// openSQLite returns a migrated store in the file at path, or in memory.
func openSQLite(t testing.TB, path string) *sqlstore.Store {
	t.Helper()
	s, err := sqlitestore.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func newFile(t testing.TB) string { return filepath.Join(t.TempDir(), "grantwright.db") }

// Several processes share a file: each call goes through the pools of another.
func TestStoreSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store {
		path := newFile(t)
		return &replicas{stores: []*sqlstore.Store{openSQLite(t, path), openSQLite(t, path)}}
	})
}

func TestStoreSQLiteInMemory(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store { return openSQLite(t, ":memory:") })
}

func TestInventorySQLite(t *testing.T) {
	t.Parallel()
	catalogtest.TestInventory(t, func(t *testing.T) catalog.Inventory { return openSQLite(t, newFile(t)).Inventory() })
}

func TestInventorySQLiteInMemory(t *testing.T) {
	t.Parallel()
	catalogtest.TestInventory(t, func(t *testing.T) catalog.Inventory { return openSQLite(t, ":memory:").Inventory() })
}
