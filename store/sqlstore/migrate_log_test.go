package sqlstore_test

import (
	"database/sql"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlitestore"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// asOf makes the tables as they were after some migrations, and returns what executes
// statements there.
func asOf(t *testing.T, db *sql.DB, from fs.FS, prefix string, count int) (exec func(statement string, args ...any)) {
	t.Helper()
	exec = func(statement string, args ...any) {
		t.Helper()
		if _, err := db.Exec(statement, args...); err != nil {
			t.Fatalf("%.80s: %v", statement, err)
		}
	}
	if prefix == "grantwright." {
		exec(`create schema grantwright`)
	}
	exec(`create table ` + prefix + `migrations (version bigint primary key, name text not null, applied text not null)`)
	names, err := fs.Glob(from, "*")
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names[:count] {
		text, err := fs.ReadFile(from, name)
		if err != nil {
			t.Fatal(err)
		}
		exec(string(text))
		exec(`insert into `+prefix+`migrations values ($1, $2, '')`, i+1, name)
	}
	return exec
}

// beforeCommits makes the tables as they were before events had their numbers in their
// commits, with a log of some events, the last two of which have no number yet.
func beforeCommits(t *testing.T, db *sql.DB, from fs.FS, prefix string, hole bool) {
	t.Helper()
	exec := asOf(t, db, from, prefix, 4)
	for i, id := range []string{"zebra", "ape", "bear", "late", "later"} {
		number := i + 1
		if hole && number == 3 {
			number = 4
		}
		body := fmt.Sprintf(`{"id":%q,"number":%d,"type":"lamp.changed","at":"2031-05-01T12:00:0%dZ","by":"eve@example.com","request":"r","seq":%d,"about":["lamps/a"]}`, id, number, i, i+1)
		if i > 2 {
			body = strings.Replace(body, fmt.Sprintf(`"number":%d,`, number), "", 1)
		}
		exec(`insert into `+prefix+`records values ('events', $1, 2, $2)`, id, body)
		exec(`insert into `+prefix+`unique_values values ('events', 'seq', $1, $2)`, fmt.Sprintf("r/%d", i), id)
		for _, key := range [][3]string{{"log", "all", store.OrderNumber(int64(number))}, {"request", "r", store.OrderNumber(int64(i + 1))}, {"about", "lamps/a", fmt.Sprint("2031-05-01T12:00:0", i)}} {
			if i > 2 && key[0] == "log" {
				key = [3]string{"unplaced", "all", fmt.Sprint("2031-05-01T12:00:0", i)}
			}
			exec(`insert into `+prefix+`keys values ('events', $1, $2, $3, $4)`, key[0], key[1], key[2], id)
		}
	}
	exec(`insert into ` + prefix + `records values ('log', 'head', 3, '{"last":3}')`)
}

// checkMigrated reads a log that was migrated, and goes on with it.
func checkMigrated(t *testing.T, s *sqlstore.Store) {
	t.Helper()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var c store.Change
	c.Emit(store.Event{ID: "new", Type: "lamp.changed", By: "eve@example.com", About: []store.Subject{"lamps/a"}})
	if err := c.Commit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	want := []string{"1 zebra", "2 ape", "3 bear", "4 late", "5 later", "6 new"}
	var got []string
	err := store.EachEvent(t.Context(), s, func(e store.Event) error {
		got = append(got, fmt.Sprint(e.Number, " ", e.ID))
		return nil
	})
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("the log, %v (-want +got)\n%s", err, diff)
	}
	of, err := store.EventsOf.Find(t.Context(), s, "r", store.Position{}, 0)
	if err != nil || len(of) != 5 || of[4].Value.ID != "later" {
		t.Errorf("of the request are %d, %v", len(of), err)
	}
	about, err := store.EventsAbout.Find(t.Context(), s, "lamps/a", store.Position{}, 0)
	if err != nil || len(about) != 6 {
		t.Errorf("about the lamp are %d, %v", len(about), err)
	}
	if left, err := s.Get(t.Context(), store.Key{Kind: "log", ID: "head"}); err != nil || len(left) > 0 {
		t.Errorf("of the head is left %v, %v", left, err)
	}
}

func TestMigrateTheLog(t *testing.T) {
	t.Parallel()
	db := open(t, emptyDatabase(t), nil)
	beforeCommits(t, db, sqlstore.Postgres(), "grantwright.", false)
	checkMigrated(t, sqlstore.New(db, db))

	// A process of the release before writes no more.
	if _, err := db.Exec(`insert into grantwright.keys values ('k', 'n', 'v', '', 'a')`); err == nil {
		t.Error("an older process writes where nobody looks")
	}
}

func TestMigrateTheLogSQLite(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	beforeCommits(t, raw(t, path), sqlstore.SQLite(), "grantwright_", false)
	s, err := sqlitestore.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	checkMigrated(t, s)
}

// A log that has a hole is not migrated: its readers have seen other numbers.
func TestMigrateALogWithAHole(t *testing.T) {
	t.Parallel()
	db := open(t, emptyDatabase(t), nil)
	beforeCommits(t, db, sqlstore.Postgres(), "grantwright.", true)
	if err := sqlstore.New(db, db).Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "hole") {
		t.Errorf("on PostgreSQL: %v", err)
	}
	path := newFile(t)
	beforeCommits(t, raw(t, path), sqlstore.SQLite(), "grantwright_", true)
	s, err := sqlitestore.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err == nil {
		t.Error("on SQLite it is migrated")
	}
}
