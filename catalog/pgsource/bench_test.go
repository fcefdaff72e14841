package pgsource_test

import (
	"runtime"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/pgsource"
)

// BenchmarkAssets reads 5,000 tables of 10 columns, beside the floor: the rows of
// the same two catalogs, without making anything of them. The floor is what the
// same machine needs for the server's work and the wire.
func BenchmarkAssets(b *testing.B) {
	const n = 5000
	root := newDatabase(b, "bench", manyTables(n, 10), `analyze`)
	c := catalog.Connection{Name: "warehouse", Technology: "postgres", URL: server.URL("bench_reader", "", "postgres")}
	run1(b, server.DB, `create role bench_reader login password 'correct horse'`)
	b.Cleanup(func() { run1(b, server.DB, `drop role bench_reader`) })
	s, err := pgsource.Open(b.Context(), c, "correct horse")
	if err != nil {
		b.Fatal(err)
	}
	b.Run("source", func(b *testing.B) {
		for b.Loop() {
			tables := 0
			for a, err := range s.Assets(b.Context(), root) {
				if err != nil {
					b.Fatal(err)
				}
				if len(a.Columns) == 10 {
					tables++
				}
			}
			if tables != n {
				b.Fatalf("read %d tables, want %d", tables, n)
			}
		}
		b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "tables/s")
	})
	b.Run("floor", func(b *testing.B) { benchFloor(b, n) })
	b.Run("heap", func(b *testing.B) { benchHeap(b, s, root) })
}

func benchFloor(b *testing.B, n int) {
	for b.Loop() {
		db, err := server.Open("bench")
		if err != nil {
			b.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		run1(b, db, `set jit to off`)
		rows, err := db.QueryContext(b.Context(), pgsource.RelationsQuery, 0, "", "", n+100)
		if err != nil {
			b.Fatal(err)
		}
		got := 0
		var raw [5][]byte
		for ; rows.Next(); got++ {
			if err := rows.Scan(&raw[0], &raw[1], &raw[2], &raw[3], &raw[4]); err != nil {
				b.Fatal(err)
			}
		}
		if err := rows.Err(); err != nil || got != n {
			b.Fatalf("read %d rows, %v, want %d", got, err, n)
		}
		_ = db.Close()
	}
}

// benchHeap reports how much more is live in the middle of a stream than before
// it: a page, however many tables there are.
func benchHeap(b *testing.B, s *pgsource.Source, root catalog.Ref) {
	live := func() uint64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	var most uint64
	for b.Loop() {
		before, seen := live(), 0
		for _, err := range s.Assets(b.Context(), root) {
			if err != nil {
				b.Fatal(err)
			}
			if seen++; seen%1000 == 0 {
				now := live()
				most = max(most, now-min(before, now))
			}
		}
	}
	b.ReportMetric(float64(most)/(1<<10), "live-KiB")
}
