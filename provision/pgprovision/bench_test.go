package pgprovision_test

import (
	"database/sql"
	"fmt"
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
	defer func() { _ = db.Close() }()
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

// BenchmarkApplyContainer gives a schema of 5,000 tables to its first person, and
// beside it runs the same statements for another role without us, in the same run.
func BenchmarkApplyContainer(b *testing.B) {
	const tables = 5000
	w := newWorld(b)
	p, area := w.open(b), w.schema(b)
	below, schema := w.tablesIn(b, area, tables), w.container(b, area)
	db, err := sql.Open("postgres", platform.URL(w.provisioner, password, w.database))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var ours, floor time.Duration
	for i := range b.N {
		eve, bob := w.person(b), w.person(b)
		start := time.Now()
		o := mustApply(b, p, covering(want(eve, schema, request.Read), below...))
		ours += time.Since(start)
		role := w.groupRole(b, schema, request.Read)
		other := role[:strings.LastIndex(role, "_")] + fmt.Sprint("_", i)
		ran := []provision.Statement{provision.Statement(strings.ReplaceAll(provision.Script(o.Ran), role, other))}
		start = time.Now()
		bare(b, db, ran, eve.Name, bob.Name)
		floor += time.Since(start)
		mustApply(b, p, want(eve, schema))
	}
	b.ReportMetric(float64(floor.Nanoseconds())/float64(b.N), "floor-ns/op")
	b.ReportMetric(float64(ours)/float64(floor), "ratio")
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

// BenchmarkList lists 5,000 accesses to 50 tables, and beside it reads the same
// rows with one query without us, in the same run.
func BenchmarkList(b *testing.B) {
	const people, tables = 100, 50
	w := newWorld(b)
	p := w.open(b)
	who := make([]request.Principal, people)
	for i := range who {
		who[i] = w.person(b)
	}
	for range tables {
		orders, standings := w.table(b), make([]provision.Standing, people)
		for i := range who {
			standings[i] = want(who[i], orders, request.Read)
		}
		for _, o := range p.Apply(b.Context(), standings) {
			if o.Err != nil {
				b.Fatal(o.Err)
			}
		}
	}
	var ours, floor time.Duration
	for b.Loop() {
		start := time.Now()
		if all := mustList(b, p, "wh"); len(all) != people*tables {
			b.Fatalf("%d are listed, want %d", len(all), people*tables)
		}
		ours += time.Since(start)
		start = time.Now()
		if n := w.memberships(b); n != people*tables {
			b.Fatalf("%d stand, want %d", n, people*tables)
		}
		floor += time.Since(start)
	}
	b.ReportMetric(float64(ours)/float64(floor), "ratio")
}

// memberships reads who is in which role of ours, in one go.
func (w *world) memberships(b *testing.B) (n int) {
	b.Helper()
	rows, err := w.db.Query(`
		select r.rolname, shobj_description(r.oid, 'pg_authid'), m.member, u.rolname, u.rolcanlogin
		from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member
		where m.grantor = $1::regrole and starts_with(r.rolname, $2)
		order by r.rolname, m.member`, w.provisioner, "gw_"+w.installation+"_")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for ; rows.Next(); n++ {
		var role, comment, name string
		var id uint32
		var canLogin bool
		if err := rows.Scan(&role, &comment, &id, &name, &canLogin); err != nil {
			b.Fatal(err)
		}
	}
	return n
}
