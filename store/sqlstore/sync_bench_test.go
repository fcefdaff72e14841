package sqlstore_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
)

// BenchmarkSync syncs many tables with ten columns for the first time, and again
// unchanged, and beside it copies the same rows: into tables of the same shape, those of
// the assets and of the terms that they are found by, with the same indexes; and as JSON
// into one plain table. It is 100,000 tables, or as many as SYNC_TABLES says.
func BenchmarkSync(b *testing.B) {
	n := 100_000
	if text := os.Getenv("SYNC_TABLES"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	var first, second, floor, plain time.Duration
	var most uint64
	for b.Loop() {
		s, db := fresh(b, nil)
		stop := watchHeap(&most)
		begun := time.Now()
		synced, err := s.Inventory().Replace(b.Context(), "warehouse", wide(n), monday)
		first += time.Since(begun)
		if err != nil || synced.Added != n {
			b.Fatal(synced, err)
		}
		begun = time.Now()
		synced, err = s.Inventory().Replace(b.Context(), "warehouse", wide(n), monday.Add(time.Hour))
		second += time.Since(begun)
		if err != nil || synced.Same != n {
			b.Fatal(synced, err)
		}
		stop()
		floor += copies(b, db, n)
		plain += copiesPlainly(b, db, n)
	}
	b.ReportMetric(first.Seconds()/float64(b.N), "first-s")
	b.ReportMetric(second.Seconds()/float64(b.N), "second-s")
	b.ReportMetric(floor.Seconds()/float64(b.N), "copy-s")
	b.ReportMetric(plain.Seconds()/float64(b.N), "plain-s")
	b.ReportMetric(float64(first)/float64(floor), "x-copy")
	b.ReportMetric(float64(first)/float64(plain), "x-plain")
	b.ReportMetric(float64(second)/float64(first), "second/first")
	b.ReportMetric(float64(most)/(1<<20), "most-MB")
	b.ReportMetric(0, "ns/op")
}

// wide streams n tables with ten columns.
func wide(n int) iter.Seq2[catalog.Asset, error] {
	return func(yield func(catalog.Asset, error) bool) {
		for i := range n {
			a := catalog.Asset{Ref: catalog.Ref(fmt.Sprintf("warehouse:sales.s%04d.orders_%07d", i/1000, i)), Kind: catalog.Table, ID: fmt.Sprint(i), Technology: "postgres",
				Host: "db.example.com", Source: catalog.Claims{Owner: "loader", Comment: "daily"}}
			for c := range 10 {
				a.Columns = append(a.Columns, catalog.Column{Name: fmt.Sprintf("column_%d", c), Type: "character varying(40)"})
			}
			if !yield(a, nil) {
				return
			}
		}
	}
}

// watchHeap notes the most memory that the process has from the system meanwhile.
func watchHeap(most *uint64) (stop func()) {
	runtime.GC()
	ctx, cancel := context.WithCancel(context.Background())
	var highest atomic.Uint64
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				highest.Store(max(highest.Load(), m.HeapInuse+m.StackInuse))
			}
		}
	}()
	return func() {
		cancel()
		<-done
		*most = max(*most, highest.Load())
	}
}

// copies is the time in which the rows that a sync has written are copied into tables
// of their shape.
func copies(b *testing.B, db *sql.DB, n int) time.Duration {
	b.Helper()
	for _, table := range []string{"assets", "asset_terms"} {
		if _, err := db.Exec("create table public." + table + " (like grantwright." + table + " including all)"); err != nil {
			b.Fatal(err)
		}
	}
	begun := time.Now()
	tx, err := db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	digest, changed := fmt.Sprintf("%064d", 0), monday.Format(time.RFC3339)
	copyRows(b, tx, "copy public.assets (ref, connection, path, name, kind, technology, host, id, owner, comment, columns, tags, changed, gone, digest, parent) from stdin", n, func(a catalog.Asset) [][]any {
		columns, err := json.Marshal(a.Columns)
		if err != nil {
			b.Fatal(err)
		}
		return [][]any{{string(a.Ref), a.Ref.Connection(), catalog.FormatPath(a.Ref.Path()), a.Ref.Name(), string(a.Kind), a.Technology, a.Host, a.ID, a.Source.Owner, a.Source.Comment,
			string(columns), "null", changed, "", digest, string(a.Ref.Parent())}}
	})
	copyRows(b, tx, "copy public.asset_terms (term, ref) from stdin", n, func(a catalog.Asset) (rows [][]any) {
		for _, word := range a.Words() {
			rows = append(rows, []any{"w" + word, string(a.Ref)})
		}
		return append(rows, []any{"o" + a.Source.Owner, string(a.Ref)})
	})
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
	return time.Since(begun)
}

// copiesPlainly is the time in which the same tables are copied as JSON.
func copiesPlainly(b *testing.B, db *sql.DB, n int) time.Duration {
	b.Helper()
	if _, err := db.Exec(`create table public.plain (ref text collate "C" primary key, kind text, id text, body jsonb)`); err != nil {
		b.Fatal(err)
	}
	begun := time.Now()
	tx, err := db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	copyRows(b, tx, "copy public.plain (ref, kind, id, body) from stdin", n, func(a catalog.Asset) [][]any {
		body, err := json.Marshal(a)
		if err != nil {
			b.Fatal(err)
		}
		return [][]any{{string(a.Ref), string(a.Kind), a.ID, string(body)}}
	})
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
	return time.Since(begun)
}

func copyRows(b *testing.B, tx *sql.Tx, statement string, n int, rows func(catalog.Asset) [][]any) {
	b.Helper()
	in, err := tx.Prepare(statement)
	if err != nil {
		b.Fatal(err)
	}
	for a, err := range wide(n) {
		if err != nil {
			b.Fatal(err)
		}
		for _, row := range rows(a) {
			if _, err := in.Exec(row...); err != nil {
				b.Fatal(err)
			}
		}
	}
	if _, err := in.Exec(); err != nil {
		b.Fatal(err)
	}
	if err := in.Close(); err != nil {
		b.Fatal(err)
	}
}
