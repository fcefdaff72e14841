package sqlstore_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// benchmarked runs a benchmark on every database. SQLite in a file waits for the
// disk with each commit; PostgreSQL, as it is started here, does not.
func benchmarked(b *testing.B, run func(b *testing.B, s *sqlstore.Store, db *sql.DB, words *strings.Replacer)) {
	lite := strings.NewReplacer("grantwright.", "grantwright_", "order by r.kind, r.id for update of r", "")
	for _, tt := range []struct {
		name  string
		open  func(b *testing.B) (*sqlstore.Store, *sql.DB)
		words *strings.Replacer
	}{
		{"postgres", func(b *testing.B) (*sqlstore.Store, *sql.DB) { return fresh(b, nil) }, strings.NewReplacer()},
		{"sqlite", func(b *testing.B) (*sqlstore.Store, *sql.DB) { return writer(openSQLite(b, newFile(b))) }, lite},
		{"memory", func(b *testing.B) (*sqlstore.Store, *sql.DB) { return writer(openSQLite(b, "")) }, lite},
	} {
		b.Run(tt.name, func(b *testing.B) {
			s, db := tt.open(b)
			run(b, s, db, tt.words)
		})
	}
}

func writer(s *sqlstore.Store) (*sqlstore.Store, *sql.DB) {
	_, db := s.Pools()
	return s, db
}

// BenchmarkChange commits a change as an approval makes it, 2 inserts and 3
// updates with 8 keys and 2 unique values, and beside it, in turn, what the same
// rows cost when the statements go to database/sql as they are. The ratio is
// what all of ours costs.
func BenchmarkChange(b *testing.B) {
	benchmarked(b, func(b *testing.B, s *sqlstore.Store, db *sql.DB, words *strings.Replacer) {
		for _, kind := range []string{"ours", "floor"} {
			if err := s.Write(b.Context(), store.Commit{Writes: change(kind, 0, 1)}); err != nil {
				b.Fatal(err)
			}
		}
		var ours, floor time.Duration
		for i := 1; b.Loop(); i++ {
			start := time.Now()
			if err := s.Write(b.Context(), store.Commit{Writes: change("ours", i, int64(i))}); err != nil {
				b.Fatal(err)
			}
			middle := time.Now()
			if err := directly(db, words, change("floor", i, int64(i))); err != nil {
				b.Fatal(err)
			}
			ours, floor = ours+middle.Sub(start), floor+time.Since(middle)
		}
		b.ReportMetric(float64(ours)/float64(floor), "ours/floor")
		b.ReportMetric(float64(ours.Microseconds())/float64(b.N), "µs/change")
		b.ReportMetric(float64(floor.Microseconds())/float64(b.N), "µs/floor")
		b.ReportMetric(0, "ns/op") // the two together say nothing
	})
}

// BenchmarkChangeParallel is changes a second with 8 at a time.
func BenchmarkChangeParallel(b *testing.B) {
	benchmarked(b, func(b *testing.B, s *sqlstore.Store, _ *sql.DB, _ *strings.Replacer) {
		b.SetParallelism(4)
		lanes, begun := make(chan int, 64), time.Now()
		for i := range cap(lanes) {
			lanes <- i
		}
		b.RunParallel(func(pb *testing.PB) {
			kind := fmt.Sprintf("lane %d", <-lanes)
			for i := 0; pb.Next(); i++ {
				if err := s.Write(b.Context(), store.Commit{Writes: change(kind, i, int64(max(i, 1)))}); err != nil {
					b.Error(err)
					return
				}
			}
		})
		b.ReportMetric(float64(b.N)/time.Since(begun).Seconds(), "changes/s")
	})
}

// change number 0 inserts what later ones update.
func change(kind string, i int, version int64) []store.Write {
	var writes []store.Write
	add := func(id string, version int64, keys int, unique bool) {
		w := store.Write{Kind: kind, ID: id, Version: version, Body: fmt.Appendf(nil, `{"id":%q,"status":"PENDING","step":%d}`, id, i)}
		for k := range keys {
			w.Entries = append(w.Entries, store.Entry{Index: fmt.Sprintf("index%d", k), Value: "all", Order: fmt.Sprintf("%012d", i)})
		}
		if unique {
			w.Unique = []store.Unique{{Name: "open", Value: id}}
		}
		writes = append(writes, w)
	}
	if i == 0 {
		version = 0
	}
	add("request", version, 2, true)
	add("review", version, 1, false)
	add("task", version, 1, false)
	add(fmt.Sprintf("event%d", i), 0, 3, true)
	add(fmt.Sprintf("grant%d", i), 0, 1, false)
	return writes
}

// directly does the same with the fewest means.
func directly(db *sql.DB, words *strings.Replacer, ws []store.Write) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	var records, updates, old, keys, unique []any
	for _, w := range ws {
		if w.Version == 0 {
			records = append(records, w.Kind, w.ID, string(w.Body))
		} else {
			updates = append(updates, w.Kind, w.ID, w.Version, string(w.Body))
			old = append(old, w.Kind, w.ID)
		}
		for _, k := range w.Entries {
			keys = append(keys, w.Kind, k.Index, k.Value, k.Order, w.ID)
		}
		for _, u := range w.Unique {
			unique = append(unique, w.Kind, u.Name, u.Value, w.ID)
		}
	}
	for _, step := range []struct {
		query string
		args  []any
	}{
		{`insert into grantwright.records (kind, id, version, body) values ($1, $2, 1, $3), ($4, $5, 1, $6) on conflict do nothing`, records},
		{`with v (kind, id, version, body) as (values ` + updateValues + `), locked as (
				select r.kind, r.id, v.version, v.body from grantwright.records r join v on r.kind = v.kind and r.id = v.id and r.version = v.version
				order by r.kind, r.id for update of r)
			update grantwright.records as r set version = locked.version + 1, body = locked.body
			from locked where r.kind = locked.kind and r.id = locked.id`, updates},
		{`with v (kind, id) as (values ` + oldValues + `) delete from grantwright.entries where (kind, id) in (select kind, id from v)`, old},
		{`with v (kind, id) as (values ` + oldValues + `) delete from grantwright.unique_values where (kind, id) in (select kind, id from v)`, old},
		{`insert into grantwright.entries (kind, name, value, ord, id) values ($1, $2, $3, $4, $5), ($6, $7, $8, $9, $10), ($11, $12, $13, $14, $15), ($16, $17, $18, $19, $20),
			($21, $22, $23, $24, $25), ($26, $27, $28, $29, $30), ($31, $32, $33, $34, $35), ($36, $37, $38, $39, $40) on conflict do nothing`, keys},
		{`insert into grantwright.unique_values (kind, name, value, id) values ($1, $2, $3, $4), ($5, $6, $7, $8) on conflict do nothing`, unique},
	} {
		if _, err := tx.Exec(words.Replace(step.query), step.args...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

const (
	updateValues = `(cast($1 as text), cast($2 as text), cast($3 as bigint), cast($4 as text)),
		(cast($5 as text), cast($6 as text), cast($7 as bigint), cast($8 as text)), (cast($9 as text), cast($10 as text), cast($11 as bigint), cast($12 as text))`
	oldValues = `(cast($1 as text), cast($2 as text)), (cast($3 as text), cast($4 as text)), (cast($5 as text), cast($6 as text))`
)
