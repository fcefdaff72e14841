package sqlstore_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlitestore"
	"github.com/grantwright/grantwright/store/sqlstore"
)

func TestMigrationsAreReadable(t *testing.T) {
	t.Parallel()
	numbered := regexp.MustCompile(`^\d{4}_[a-z_]+\.sql$`)
	for _, from := range []fs.FS{sqlstore.Postgres(), sqlstore.SQLite()} {
		names, err := fs.Glob(from, "*")
		if err != nil || len(names) == 0 {
			t.Fatalf("there are %v, %v", names, err)
		}
		for _, name := range names {
			if !numbered.MatchString(name) {
				t.Errorf("%s is not named like 0001_records.sql", name)
			}
		}
	}
}

// migrates fills a database of the version before, on PostgreSQL, and checks it after
// Migrate. The function by which an older process commits is gone then.
func migrates(t *testing.T, before func(*testing.T, *sql.DB, fs.FS, string), after func(*testing.T, *sqlstore.Store), commit string) {
	t.Helper()
	db := open(t, emptyDatabase(t), nil)
	before(t, db, sqlstore.Postgres(), "grantwright.")
	after(t, sqlstore.New(db, db))
	if left := texts(t, db, `select proname from pg_proc where proname = '`+commit+`'`); len(left) > 0 {
		t.Error("an older process goes on writing")
	}
}

// migratesSQLite is migrates on SQLite.
func migratesSQLite(t *testing.T, before func(*testing.T, *sql.DB, fs.FS, string), after func(*testing.T, *sqlstore.Store)) {
	t.Helper()
	path := newFile(t)
	before(t, raw(t, path), sqlstore.SQLite(), "grantwright_")
	s, err := sqlitestore.Open(path)
	check(t, err)
	t.Cleanup(func() { _ = s.Close() })
	after(t, s)
}

// Replicas that start together all call Migrate.
func TestMigrateAtOnce(t *testing.T) {
	t.Parallel()
	name := emptyDatabase(t)
	const replicas = 6
	errs := make(chan error, replicas)
	for range replicas {
		db := open(t, name, nil)
		go func() { errs <- sqlstore.New(db, db).Migrate(t.Context()) }()
	}
	for range replicas {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	names, err := fs.Glob(sqlstore.Postgres(), "*")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(names, texts(t, open(t, name, nil), `select name from grantwright.migrations order by version`)); diff != "" {
		t.Errorf("recorded migrations (-want +got)\n%s", diff)
	}
}

func texts(t testing.TB, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// unusable checks that every call fails with an error.
func unusable(t *testing.T, s *sqlstore.Store, want error) {
	t.Helper()
	_, get := s.Get(t.Context(), store.Key{Kind: "k", ID: "a"})
	_, find := s.Find(t.Context(), store.Query{Kind: "k"})
	write := s.Write(t.Context(), store.Commit{Writes: []store.Write{{Kind: "k", ID: "a", Body: []byte("1")}}})
	_, asset := s.Inventory().Asset(t.Context(), "warehouse:sales")
	_, search := s.Inventory().Search(t.Context(), catalog.Query{})
	for i, err := range []error{get, find, write, asset, search} {
		if !errors.Is(err, want) {
			t.Errorf("call %d: got %v, want %v", i, err, want)
		}
	}
}

func TestNotMigrated(t *testing.T) {
	t.Parallel()
	db := open(t, emptyDatabase(t), nil)
	unusable(t, sqlstore.New(db, db), sqlstore.ErrNotMigrated)
	if !strings.Contains(sqlstore.ErrNotMigrated.Error(), "call Migrate") {
		t.Errorf("%q does not say what to do", sqlstore.ErrNotMigrated)
	}
	if _, err := db.Exec(`create schema grantwright`); err != nil {
		t.Fatal(err)
	}
	unusable(t, sqlstore.New(db, db), sqlstore.ErrNotMigrated)
	if err := sqlstore.New(db, db).Migrate(t.Context()); err != nil {
		t.Errorf("into a schema that was made before: %v", err)
	}
}

func TestOlderDatabase(t *testing.T) {
	t.Parallel()
	_, db := fresh(t, nil)
	if _, err := db.Exec(`delete from grantwright.migrations where version = (select max(version) from grantwright.migrations)`); err != nil {
		t.Fatal(err)
	}
	unusable(t, sqlstore.New(db, db), sqlstore.ErrNotMigrated)
}

func TestNewerDatabase(t *testing.T) {
	t.Parallel()
	s, db := fresh(t, nil)
	if _, err := db.Exec(`insert into grantwright.migrations values (1000, '1000_of_tomorrow.sql', '')`); err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); !errors.Is(err, sqlstore.ErrNewer) {
		t.Errorf("got %v, want ErrNewer", err)
	}
	unusable(t, sqlstore.New(db, db), sqlstore.ErrNewer)
}

func TestMigrateAllOrNothing(t *testing.T) {
	t.Parallel()
	db := open(t, emptyDatabase(t), nil)
	if _, err := db.Exec(`create schema grantwright; create table grantwright.assets ()`); err != nil {
		t.Fatal(err)
	}
	err := sqlstore.New(db, db).Migrate(t.Context())
	if err == nil || !strings.Contains(err.Error(), "0002_assets.sql") {
		t.Errorf("got %v, want an error that names the file", err)
	}
	if diff := cmp.Diff([]string{"assets"}, texts(t, db, `select relname from pg_class where relnamespace = 'grantwright'::regnamespace`)); diff != "" {
		t.Errorf("left behind (-want +got)\n%s", diff)
	}
}

func TestMigrateRefusesOtherEncodings(t *testing.T) {
	t.Parallel()
	if _, err := server.DB.Exec(`create database latin encoding 'LATIN1' locale 'C' template template0`); err != nil {
		t.Fatal(err)
	}
	db := open(t, "latin", nil)
	if err := sqlstore.New(db, db).Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "UTF8") {
		t.Errorf("got %v, want an error that names UTF8", err)
	}
}

// Once the tables stand, a role that owns nothing can use them.
func TestLeastPrivilege(t *testing.T) {
	t.Parallel()
	_, owned := fresh(t, nil)
	name := database(t, owned)
	role := pq.QuoteIdentifier("engine of " + name)
	if _, err := owned.Exec(`create role ` + role + `; grant usage on schema grantwright to ` + role + `;
		grant select on all tables in schema grantwright to ` + role + `;
		grant insert, update, delete on grantwright.records, grantwright.entries, grantwright.numbers, grantwright.unique_values, grantwright.assets, grantwright.asset_terms to ` + role); err != nil {
		t.Fatal(err)
	}
	db := open(t, name, url.Values{"role": {"engine of " + name}})
	s := sqlstore.New(db, db)
	if err := s.Migrate(t.Context()); err != nil {
		t.Errorf("with nothing to migrate: %v", err)
	}
	w := store.Write{Kind: "k", ID: "a", Body: []byte("1"), Unique: []store.Unique{{Name: "n", Value: "v"}}, Entries: []store.Entry{{Index: "i"}}}
	if err := s.Write(t.Context(), store.Commit{Writes: []store.Write{w}}); err != nil {
		t.Error(err)
	}
	if _, err := s.Inventory().Replace(t.Context(), "warehouse", assets(3), monday); err != nil {
		t.Error(err)
	}
}
