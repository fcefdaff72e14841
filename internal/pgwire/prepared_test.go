package pgwire_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/internal/pgwire"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
)

func started(t *testing.T) *pgserver.Server {
	t.Helper()
	s, err := pgserver.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// one returns the single number that a query finds.
func one(t *testing.T, db *sql.DB, query string, args ...any) (n int) {
	t.Helper()
	if err := db.QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// preparedOn lists the statements that the connection has prepared.
func preparedOn(t *testing.T, db *sql.DB) (texts []string) {
	t.Helper()
	found, err := db.Query("select regexp_replace(statement, '^prepare grantwright_[0-9]+ as ', '') from pg_prepared_statements order by 1")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var text string
		if err := found.Scan(&text); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	return texts
}

func TestStatementsArePrepared(t *testing.T) {
	t.Parallel()
	s := started(t)
	db, _ := open(t, s, patience, 2)
	query := func(n int) string { return fmt.Sprintf("select $1 + %d", n) }
	for _, n := range []int{1, 2, 1, 3, 1} {
		if got := one(t, db, query(n), 40); got != 40+n {
			t.Errorf("40 + %d is %d", n, got)
		}
	}
	one(t, db, "select 4")
	want := []string{query(1), query(3)} // the one whose last use is the longest ago has gone
	if got := preparedOn(t, db); !slices.Equal(got, want) {
		t.Errorf("prepared are %q, want %q", got, want)
	}
	none, _ := open(t, s, patience, 0)
	one(t, none, query(1), 40)
	if got := preparedOn(t, none); len(got) > 0 {
		t.Errorf("prepared are %q, want none", got)
	}
}

func TestOutdatedStatementsArePreparedAnew(t *testing.T) {
	t.Parallel()
	db, _ := open(t, started(t), patience, 10)
	run := func(statement string) {
		t.Helper()
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	const query, change = "select * from things where n = $1", "insert into things values ($1)"
	run("create table things (n int)")
	if _, err := db.Exec(change, 1); err != nil {
		t.Fatal(err)
	}
	one(t, db, query, 1)
	process := one(t, db, "select pg_backend_pid()")
	run("alter table things alter n type bigint")
	one(t, db, query, 1)
	one(t, db, query, 1)
	run("deallocate all")
	one(t, db, query, 1)
	if _, err := db.Exec(change, 2); err != nil {
		t.Error(err)
	}
	if n := one(t, db, "select count(*) from things"); n != 2 {
		t.Errorf("%d rows after two inserts", n)
	}

	one(t, db, query, 1)

	// What a transaction has done is gone with its error, which is the first one.
	run("alter table things alter n type int")
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	var n int
	var failed *pq.Error
	if err := tx.QueryRow(query, 1).Scan(&n); !errors.As(err, &failed) || failed.Code != "0A000" {
		t.Errorf("in a transaction an outdated statement gives %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	one(t, db, query, 1)
	if now := one(t, db, "select pg_backend_pid()"); now != process {
		t.Errorf("the connection %d was given up for %d", process, now)
	}
}

func TestCanceledStatementsLeaveNoConnection(t *testing.T) {
	t.Parallel()
	db, _ := open(t, started(t), patience, 10)
	const slow = "select pg_sleep($1), 1"
	process := one(t, db, "select pg_backend_pid()")
	if _, err := db.Exec(slow, 0); err != nil {
		t.Fatal(err)
	}
	for name, call := range map[string]func(ctx context.Context) error{
		"exec":  func(ctx context.Context) error { _, err := db.ExecContext(ctx, slow, 60); return err },
		"query": func(ctx context.Context) error { _, err := db.QueryContext(ctx, slow, 60); return err },
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		begun := time.Now()
		if err := call(ctx); err == nil || time.Since(begun) > patience {
			t.Errorf("%s: a canceled statement gives %v after %s", name, err, time.Since(begun))
		}
		cancel()
		now := one(t, db, "select pg_backend_pid()")
		if now == process {
			t.Errorf("%s: the connection is used again", name)
		}
		process = now
	}
}

// Values that others choose arrive as they are, however the server reads backslashes, and
// are never read as SQL.
func TestValuesAreNeverSQL(t *testing.T) {
	t.Parallel()
	s := started(t)
	for _, conforming := range []string{"on", "off"} {
		db, _ := open(t, s, patience, 10)
		db.SetMaxOpenConns(1)
		if _, err := db.Exec("set standard_conforming_strings = " + conforming); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec("create temporary table kept (n int)"); err != nil {
			t.Fatal(err)
		}
		for _, value := range []string{"", "eve", "'", "''", `\`, `\'`, `\\'`, `'); drop table kept; --`, `\'); drop table kept; --`,
			"$1", "$$", "E'", "/*", "--", "%s", "\n\t\r", "ä'ö\\'ü", "\u2028'", strings.Repeat(`'\`, 2000)} {
			var got string
			if err := db.QueryRow("select $1::text", value).Scan(&got); err != nil || got != value {
				t.Errorf("standard_conforming_strings = %s: %.60q came back as %.60q: %v", conforming, value, got, err)
			}
		}
		for _, broken := range []string{"\xff", "\xe0'); drop table kept; --", "\xc3'"} { // no UTF-8
			var got string
			if err := db.QueryRow("select $1::text", broken).Scan(&got); err == nil {
				t.Errorf("standard_conforming_strings = %s: %q was taken, as %q", conforming, broken, got)
			}
		}
		one(t, db, "select count(*) from kept")
	}
}

func TestNotesByNameWhatEachConnectionHasPrepared(t *testing.T) {
	t.Parallel()
	db, _ := open(t, started(t), patience, 0)
	db.SetMaxOpenConns(2)
	for connection := range 2 {
		c, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		for _, want := range []bool{true, false} {
			if err := c.Raw(func(conn any) error {
				if got := pgwire.Prepares(conn, "a_name"); got != want {
					t.Errorf("connection %d: still to be prepared is %v, want %v", connection, got, want)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
}
