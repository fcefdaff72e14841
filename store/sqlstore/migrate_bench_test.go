package sqlstore_test

import (
	"database/sql"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlitestore"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// migratedRequests is how many requests the store of BenchmarkMigrate has, each with its
// review, its grant and five events.
const migratedRequests = 100_000

// BenchmarkMigrate brings a store with many requests from the tables before events had
// their numbers in their commits to those of this release: one transaction.
func BenchmarkMigrate(b *testing.B) {
	for name, empty := range map[string]func(b *testing.B) (*sql.DB, *sqlstore.Store){
		"postgres": func(b *testing.B) (*sql.DB, *sqlstore.Store) {
			db := open(b, emptyDatabase(b), nil)
			return db, sqlstore.New(db, db)
		},
		"sqlite": func(b *testing.B) (*sql.DB, *sqlstore.Store) {
			path := newFile(b)
			db := raw(b, path)
			db.SetMaxOpenConns(1)
			s, err := sqlitestore.Open(path)
			check(b, err)
			b.Cleanup(func() { _ = s.Close() })
			return db, s
		},
	} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				db, s := empty(b)
				manyBefore(b, db, name == "sqlite")
				began := time.Now()
				check(b, s.Migrate(b.Context()))
				b.ReportMetric(time.Since(began).Seconds(), "s/migration")
				if last, err := store.LastNumber(b.Context(), s); err != nil || last != 5*migratedRequests {
					b.Fatalf("the last event is %d, %v", last, err)
				}
			}
			b.ReportMetric(0, "ns/op") // most of it fills the store
		})
	}
}

// manyBefore fills the tables of the release before.
func manyBefore(b *testing.B, db *sql.DB, lite bool) {
	b.Helper()
	words := strings.NewReplacer("NUMBERS", "generate_series(1, $1::int) n", "PADDED", "lpad(n::text, 19, '0')")
	files := sqlstore.Postgres()
	if lite {
		words = strings.NewReplacer("NUMBERS", "(with recursive c (n) as (values (1) union all select n + 1 from c where n < $1) select n from c) n", "PADDED", "printf('%019d', n)",
			"grantwright.", "grantwright_", "create schema grantwright", "select 1")
		files = sqlstore.SQLite()
	}
	tx, err := db.BeginTx(b.Context(), nil)
	check(b, err)
	exec := func(statement string, args ...any) {
		b.Helper()
		if _, err := tx.Exec(words.Replace(statement), args...); err != nil {
			b.Fatalf("%.80s: %v", statement, err)
		}
	}
	exec(`create schema grantwright`)
	exec(`create table grantwright.migrations (version bigint primary key, name text not null, applied text not null)`)
	names, err := fs.Glob(files, "*")
	check(b, err)
	for i, name := range names[:4] {
		text, err := fs.ReadFile(files, name)
		check(b, err)
		exec(string(text))
		exec(`insert into grantwright.migrations values ($1, $2, '')`, i+1, name)
	}
	for _, kind := range []string{"requests", "reviews", "grants"} {
		exec(`insert into grantwright.records select '`+kind+`', 'r' || PADDED, 3, '{"pad":"' || substr('`+strings.Repeat("x", 700)+`', 1, 700) || '"}' from NUMBERS`, migratedRequests)
		for _, index := range []string{"status", "person", "asset", "form"} {
			exec(`insert into grantwright.keys select '`+kind+`', '`+index+`', 'v' || (n % 1000), PADDED, 'r' || PADDED from NUMBERS`, migratedRequests)
		}
	}
	exec(`insert into grantwright.records select 'events', 'e' || PADDED, 2,
		'{"id":"e' || PADDED || '","number":' || n || ',"type":"request.submitted","at":"2031-05-01T12:00:00Z","by":"eve@example.com","request":"r' || (n / 5) || '","seq":' || (n % 5) || ',"data":"' || substr('`+strings.Repeat("x", 300)+`', 1, 300) || '"}'
		from NUMBERS`, 5*migratedRequests)
	exec(`insert into grantwright.keys select 'events', 'log', 'all', PADDED, 'e' || PADDED from NUMBERS`, 5*migratedRequests)
	exec(`insert into grantwright.keys select 'events', 'request', 'r' || (n / 5), PADDED, 'e' || PADDED from NUMBERS`, 5*migratedRequests)
	exec(`insert into grantwright.keys select 'events', 'about', 'requests/r' || (n / 5), PADDED, 'e' || PADDED from NUMBERS`, 5*migratedRequests)
	exec(`insert into grantwright.unique_values select 'events', 'seq', PADDED, 'e' || PADDED from NUMBERS`, 5*migratedRequests)
	exec(`insert into grantwright.records values ('log', 'head', 3, '{"last":500000}')`)
	check(b, tx.Commit())
}
