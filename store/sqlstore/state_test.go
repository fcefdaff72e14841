package sqlstore_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlitestore"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// A database says its version and its clock before and after it is migrated.
func TestState(t *testing.T) {
	t.Parallel()
	db := open(t, emptyDatabase(t), nil)
	lite, err := sqlitestore.Open(newFile(t))
	check(t, err)
	t.Cleanup(func() { _ = lite.Close() })
	for name, s := range map[string]*sqlstore.Store{"postgres": sqlstore.New(db, db), "sqlite": lite} {
		before, err := s.State(t.Context())
		if check(t, err); before.Version != 0 || before.Needs == 0 {
			t.Errorf("%s: an empty database is %+v", name, before)
		}
		check(t, s.Migrate(t.Context()))
		after, err := s.State(t.Context())
		if check(t, err); after.Version != before.Needs || time.Since(after.Clock).Abs() > time.Minute {
			t.Errorf("%s: a migrated database is %+v", name, after)
		}
	}
}

// Nothing is written to find out whether anything can be.
func TestWritable(t *testing.T) {
	t.Parallel()
	s, _ := fresh(t, nil)
	check(t, s.Writable(t.Context()))
	s, _ = fresh(t, url.Values{"default_transaction_read_only": {"on"}})
	if err := s.Writable(t.Context()); !errors.Is(err, store.ErrAway) {
		t.Errorf("of a standby it says %v", err)
	}
	path := newFile(t)
	lite := openSQLite(t, path)
	check(t, lite.Writable(t.Context()))
	if _, err := raw(t, path).Exec(`insert into grantwright_migrations values (1000, '1000_of_tomorrow.sql', '')`); err != nil {
		t.Fatal(err)
	}
	if err := lite.Writable(t.Context()); !errors.Is(err, sqlstore.ErrNewer) {
		t.Errorf("of a newer release it says %v", err)
	}
	empty, err := sqlitestore.Open(newFile(t))
	check(t, err)
	t.Cleanup(func() { _ = empty.Close() })
	if err := empty.Writable(t.Context()); !errors.Is(err, sqlstore.ErrNotMigrated) {
		t.Errorf("without tables it says %v", err)
	}
}
