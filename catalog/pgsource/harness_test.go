package pgsource_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/catalogtest"
	"github.com/grantwright/grantwright/catalog/pgsource"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
)

var server *pgserver.Server

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if server, err = pgserver.Start(context.Background(), "max_connections=200"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer server.Stop()
	return m.Run()
}

func TestSource(t *testing.T) {
	t.Parallel()
	catalogtest.TestSource(t, func(t *testing.T) catalogtest.SourceHarness { return newHarness(t) })
}

// harness has a login of its own, without any right, by which the sessions of its
// source are known.
type harness struct{ login string }

func newHarness(t *testing.T) harness {
	h := harness{"reader_" + strings.ToLower(rand.Text()[:10])}
	run1(t, server.DB, `create role `+h.login+` login password 'correct horse'`)
	t.Cleanup(func() { run1(t, server.DB, `drop role `+h.login) })
	return h
}

func (h harness) connection() catalog.Connection {
	return catalog.Connection{Name: "warehouse", Technology: "postgres", Host: "dwh.example.com", URL: server.URL(h.login, "", "postgres")}
}

func (h harness) Source(t *testing.T) catalog.Source { return h.open(t) }

func (h harness) open(t *testing.T) *pgsource.Source {
	t.Helper()
	s, err := pgsource.Open(t.Context(), h.connection(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func (harness) Connection() string         { return "warehouse" }
func (harness) Containers() []catalog.Kind { return []catalog.Kind{catalog.Database, catalog.Schema} }
func (harness) Contents() []catalog.Kind {
	return []catalog.Kind{catalog.Table, catalog.PartitionedTable, catalog.View, catalog.MaterializedView, catalog.ForeignTable}
}
func (harness) Allows(_ catalog.Kind, name string) bool { return len(name) < 64 }

func (harness) Make(t *testing.T, a catalog.Asset) {
	t.Helper()
	path := a.Ref.Path()
	if a.Kind == catalog.Database {
		if err := server.CreateDatabase(t.Context(), path[0]); err != nil {
			t.Fatal(err)
		}
		within(t, path[0], `drop schema public`)
		return
	}
	if a.Kind == catalog.Schema {
		within(t, path[0], `create schema `+pq.QuoteIdentifier(path[1]))
		return
	}
	within(t, path[0], create(a)...)
}

func create(a catalog.Asset) []string {
	name := pq.QuoteIdentifier(a.Ref.Path()[1]) + "." + pq.QuoteIdentifier(a.Ref.Name())
	var typed, selected []string
	for _, c := range a.Columns {
		typed = append(typed, pq.QuoteIdentifier(c.Name)+" text")
		selected = append(selected, "null::text as "+pq.QuoteIdentifier(c.Name))
	}
	columns := " (" + strings.Join(typed, ", ") + ")"
	query := " as select " + strings.Join(selected, ", ")
	switch a.Kind {
	case catalog.PartitionedTable:
		return []string{`create table ` + name + columns + ` partition by list (` + pq.QuoteIdentifier(a.Columns[0].Name) + `)`}
	case catalog.View:
		return []string{`create view ` + name + query}
	case catalog.MaterializedView:
		return []string{`create materialized view ` + name + query}
	case catalog.ForeignTable:
		return []string{
			`do $$ begin
				if not exists (select from pg_foreign_server) then
					create foreign data wrapper elsewhere;
					create server elsewhere foreign data wrapper elsewhere;
				end if;
			end $$`,
			`create foreign table ` + name + columns + ` server elsewhere`,
		}
	}
	return []string{`create table ` + name + columns}
}

func (harness) Drop(t *testing.T, a catalog.Asset) {
	t.Helper()
	path := a.Ref.Path()
	switch a.Kind {
	case catalog.Database:
		run1(t, server.DB, `drop database if exists `+pq.QuoteIdentifier(path[0])+` with (force)`)
	case catalog.Schema:
		within(t, path[0], `drop schema `+pq.QuoteIdentifier(path[1])+` cascade`)
	default:
		kind := strings.ToLower(strings.ReplaceAll(string(a.Kind), "_", " "))
		kind = strings.TrimPrefix(kind, "partitioned ")
		within(t, path[0], `drop `+kind+` `+pq.QuoteIdentifier(path[1])+`.`+pq.QuoteIdentifier(path[2]))
	}
}

func (h harness) Released(ctx context.Context) error { return h.atMost(ctx, 0) }

// atMost waits until the source holds no more than n sessions; a server takes a
// moment to end one. All of them must say whose they are.
func (h harness) atMost(ctx context.Context, n int) error {
	for {
		var open, unnamed int
		err := server.DB.QueryRowContext(ctx, `
			select count(*), count(*) filter (where application_name <> 'grantwright')
			from pg_stat_activity
			where usename = $1`, h.login).Scan(&open, &unnamed)
		if err == nil && unnamed > 0 {
			err = fmt.Errorf("%d sessions do not say that they are ours", unnamed)
		}
		if err != nil || open <= n {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d sessions are open", open)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// within runs statements in a database as the superuser.
func within(t testing.TB, database string, statements ...string) {
	t.Helper()
	db, err := server.Open(database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, s := range statements {
		run1(t, db, s)
	}
}

// run1 runs one statement, also when the test is over and cleans up.
func run1(t testing.TB, db *sql.DB, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := db.ExecContext(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
