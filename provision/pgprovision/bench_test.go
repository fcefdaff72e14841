package pgprovision_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// BenchmarkApply gives one more person an asset, and beside it runs the same
// statements for another person without us, in the same run: "ratio" is how many
// times as long it takes to be sure.
func BenchmarkApply(b *testing.B) {
	w := newWorld(b)
	p, orders := w.open(b), w.table(b)
	mustApply(b, p, want(w.person(b), orders, request.Read))
	db, err := sql.Open("postgres", platform.URL(w.provisioner, password, w.database))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	var ours, floor time.Duration
	for range b.N {
		b.StopTimer()
		eve, bob := w.person(b), w.person(b)
		b.StartTimer()
		start := time.Now()
		o := mustApply(b, p, want(eve, orders, request.Read))
		ours += time.Since(start)
		b.StopTimer()
		start = time.Now()
		bare(b, db, o.Ran, eve.Name, bob.Name)
		floor += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(floor.Nanoseconds())/float64(b.N), "floor-ns/op")
	b.ReportMetric(float64(ours)/float64(floor), "ratio")
}

// bare runs what ran for one person for another.
func bare(b *testing.B, db *sql.DB, ran []provision.Statement, from, to string) {
	b.Helper()
	tx, err := db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	for _, s := range ran {
		if _, err := tx.Exec(strings.ReplaceAll(string(s), from, to)); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkApplyCrowd gives and takes an asset for a thousand people at once.
func BenchmarkApplyCrowd(b *testing.B) {
	const people = 1000
	w := newWorld(b)
	p, orders := w.open(b), w.table(b)
	give, take := make([]provision.Standing, people), make([]provision.Standing, people)
	for i := range people {
		eve := w.person(b)
		give[i], take[i] = want(eve, orders, request.Read), want(eve, orders)
	}
	for b.Loop() {
		for _, standings := range [][]provision.Standing{give, take} {
			for _, o := range p.Apply(b.Context(), standings) {
				if o.Err != nil {
					b.Fatal(o.Err)
				}
			}
		}
	}
}
