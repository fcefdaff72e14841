package sqlstore_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlitestore"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// Processes that start together on a file that none of them has made yet.
func TestMigrateSQLiteAtOnce(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	const processes = 6
	errs := make(chan error, processes)
	for range processes {
		go func() {
			s, err := sqlitestore.Open(path)
			if err == nil {
				err = errors.Join(s.Migrate(t.Context()), s.Close())
			}
			errs <- err
		}()
	}
	for range processes {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	names, err := fs.Glob(sqlstore.SQLite(), "*")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(names, texts(t, raw(t, path), `select name from grantwright_migrations order by version`)); diff != "" {
		t.Errorf("recorded migrations (-want +got)\n%s", diff)
	}
}

// A host may keep tables of its own in the file, with names like ours.
func TestMigrateSQLiteBesideAHost(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	db := raw(t, path)
	if _, err := db.Exec(`create table records (id); create table keys (id); create table assets (id)`); err != nil {
		t.Fatal(err)
	}
	s := openSQLite(t, path)
	if err := s.Write(t.Context(), store.Commit{Writes: pair("a")}); err != nil {
		t.Error(err)
	}
	foreign := texts(t, db, `select name from sqlite_schema where name not like 'grantwright!_%' escape '!' and name not like 'sqlite!_%' escape '!' order by name`)
	if diff := cmp.Diff([]string{"assets", "keys", "records"}, foreign); diff != "" {
		t.Errorf("names that are not ours (-want +got)\n%s", diff)
	}
}

func TestNotMigratedSQLite(t *testing.T) {
	t.Parallel()
	s, err := sqlitestore.Open(newFile(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	unusable(t, s, sqlstore.ErrNotMigrated)
}

func TestOtherVersionsSQLite(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	openSQLite(t, path)
	db := raw(t, path)
	if _, err := db.Exec(`delete from grantwright_migrations where version = (select max(version) from grantwright_migrations)`); err != nil {
		t.Fatal(err)
	}
	unusable(t, sqlstore.NewSQLite(db, db), sqlstore.ErrNotMigrated)
	if _, err := db.Exec(`insert into grantwright_migrations values (1000, '1000_of_tomorrow.sql', '')`); err != nil {
		t.Fatal(err)
	}
	s := sqlstore.NewSQLite(db, db)
	unusable(t, s, sqlstore.ErrNewer)
	if err := s.Migrate(t.Context()); !errors.Is(err, sqlstore.ErrNewer) {
		t.Errorf("got %v, want ErrNewer", err)
	}
}

func TestMigrateSQLiteAllOrNothing(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	db := raw(t, path)
	if _, err := db.Exec(`create table grantwright_assets (id)`); err != nil {
		t.Fatal(err)
	}
	s, err := sqlitestore.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "0002_assets.sql") {
		t.Errorf("got %v, want an error that names the file", err)
	}
	if diff := cmp.Diff([]string{"grantwright_assets"}, texts(t, db, `select name from sqlite_schema`)); diff != "" {
		t.Errorf("left behind (-want +got)\n%s", diff)
	}
}

// Text compares as bytes, and those of UTF-16 have another order.
func TestMigrateSQLiteRefusesOtherEncodings(t *testing.T) {
	t.Parallel()
	db := raw(t, newFile(t))
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`pragma encoding = 'UTF-16'; create table hosts (id)`); err != nil {
		t.Fatal(err)
	}
	if err := sqlstore.NewSQLite(db, db).Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("got %v, want an error that names UTF-8", err)
	}
}
