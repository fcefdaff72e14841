//go:build unix

package tests

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/pgstore"
	"github.com/grantwright/grantwright/store/sqlstore"
	"github.com/lib/pq"
)

// The grants of BenchmarkAllowed: so many principals have access to so many tables
// each, of those that there are.
const (
	askingPrincipals = 10_000
	tablesOfEach     = 100
	tablesInAll      = 1000
)

func askedTable(n int) catalog.Ref {
	return catalog.Ref(fmt.Sprintf("lake:sales.public.table%d", n%tablesInAll))
}

func askingPrincipal(n int) string { return fmt.Sprint("login", n) }

// BenchmarkAllowed asks Allowed at 1,000,000 grants that work, with PostgreSQL for
// the records: nine of ten questions are about what is allowed. Beside it, in the
// same run, it is the time of one prepared select for the same question on a plain
// table of as many rows with just the index that it needs: the floor. The store is
// opened as a host opens it, so that its statements are prepared too.
//
//	go test -run '^$' -bench 'Allowed$' -benchtime 20000x -timeout 1h ./tests
func BenchmarkAllowed(b *testing.B) {
	p := newRealPlatform(b)
	db, err := sql.Open("postgres", p.RecordsURL)
	must2(b, err)
	defer func() { _ = db.Close() }()
	db.SetMaxIdleConns(8)
	records, err := pgstore.Open(p.RecordsURL)
	must2(b, err)
	defer func() { _ = records.Close() }()
	must2(b, records.Migrate(b.Context()))
	e, err := grantwright.New(grantwright.Config{Store: records, Inventory: records.Inventory()})
	must2(b, err)
	defer func() { _ = e.Close() }()
	fillWithGrants(b, records)
	floor := newFloor(b, db)
	_, err = db.Exec("vacuum analyze")
	must2(b, err)

	ours, bare := make([]time.Duration, 0, b.N), make([]time.Duration, 0, b.N)
	b.ResetTimer()
	for range b.N {
		principal, table := rand.IntN(askingPrincipals), rand.IntN(tablesOfEach)
		if rand.IntN(10) == 0 {
			table += tablesOfEach
		}
		ref := askedTable(principal + table)
		begin := time.Now()
		a, err := e.Allowed(b.Context(), request.Principal{Name: askingPrincipal(principal)}, ref, nil)
		ours = append(ours, time.Since(begin))
		if err != nil || a.Reads() != (table < tablesOfEach) {
			b.Fatalf("principal %d may read %s: %v, %v", principal, ref, a.Reads(), err)
		}
		begin = time.Now()
		reads := floor.reads(b, askingPrincipal(principal), ref)
		bare = append(bare, time.Since(begin))
		if reads != a.Reads() {
			b.Fatalf("the floor says %v", reads)
		}
	}
	b.StopTimer()
	for _, percent := range []int{50, 99} {
		microseconds := func(all []time.Duration) float64 {
			slices.Sort(all)
			return float64(all[(len(all)-1)*percent/100].Nanoseconds()) / 1000
		}
		b.ReportMetric(microseconds(ours), fmt.Sprintf("p%d-µs", percent))
		b.ReportMetric(microseconds(bare), fmt.Sprintf("bare-p%d-µs", percent))
		b.ReportMetric(microseconds(ours)/microseconds(bare), fmt.Sprintf("p%d-ratio", percent))
	}
	b.ReportMetric(0, "ns/op")
}

// fillWithGrants makes the tables, and the grants on them.
func fillWithGrants(b *testing.B, records *sqlstore.Store) {
	b.Helper()
	assets := iter.Seq2[catalog.Asset, error](func(yield func(catalog.Asset, error) bool) {
		kinds := map[catalog.Ref]catalog.Kind{"lake:sales": catalog.Database, "lake:sales.public": catalog.Schema}
		for n := -2; n < tablesInAll; n++ {
			ref := askedTable(max(n, 0))
			if n < 0 {
				ref = []catalog.Ref{"lake:sales", "lake:sales.public"}[n+2]
			}
			kind := kinds[ref]
			if kind == "" {
				kind = catalog.Table
			}
			if !yield(catalog.Asset{Ref: ref, Kind: kind, ID: string(ref)}, nil) {
				return
			}
		}
	})
	_, err := records.Inventory().Replace(b.Context(), "lake", assets, time.Now())
	must2(b, err)
	principals := make(chan int)
	var lanes []func()
	for range 4 {
		lanes = append(lanes, func() {
			for n := range principals {
				if err := grantSome(b.Context(), records, n); err != nil {
					b.Error(err)
				}
			}
		})
	}
	go func() {
		defer close(principals)
		for n := range askingPrincipals {
			principals <- n
		}
	}()
	together(lanes...)
}

// grantSome gives one principal what it may read, as one change.
func grantSome(ctx context.Context, s store.Store, principal int) error {
	var c store.Change
	now := time.Now().UTC()
	ev := store.Event{ID: fmt.Sprint("granted", principal), Type: event.GrantActive.Name(), At: now, By: request.SystemID}
	for i := range tablesOfEach {
		ref := askedTable(principal + i)
		req := request.Request{ID: request.ID(fmt.Sprintf("%d-%d", principal, i)), Beneficiary: request.PersonID(fmt.Sprint("person", principal)),
			Principal: request.Principal{Name: askingPrincipal(principal)}}
		g := provision.NewGrant(req, catalog.Asset{Ref: ref, Kind: catalog.Table, ID: string(ref)}, provision.Access{Privilege: request.Read}, request.For(30, request.Days), provision.Auto, now)
		g = g.Applied(provision.Outcome{}, now, store.Backoff)
		records.Grants.Insert(&c, g)
		ev.About = append(ev.About, records.Grants.Subject(g.ID))
	}
	c.Emit(ev)
	return c.Commit(ctx, s)
}

// plainFloor answers from a plain table.
type plainFloor struct{ ask *sql.Stmt }

func newFloor(b *testing.B, db *sql.DB) plainFloor {
	b.Helper()
	_, err := db.Exec(fmt.Sprintf(`
		create table public.plain (principal text, asset text, privilege text not null, ends timestamptz, primary key (principal, asset));
		insert into public.plain select 'login' || p, 'lake:sales.public.table' || (p + t) %% %d, 'READ', now() + interval '30 days'
			from generate_series(0, %d) p, generate_series(0, %d) t`, tablesInAll, askingPrincipals-1, tablesOfEach-1))
	must2(b, err)
	ask, err := db.Prepare("select count(*) from public.plain where principal = $1 and asset = any($2) and ends > now()")
	must2(b, err)
	b.Cleanup(func() { _ = ask.Close() })
	return plainFloor{ask}
}

func (f plainFloor) reads(b *testing.B, principal string, ref catalog.Ref) bool {
	var lineage []string
	for _, at := range ref.Lineage() {
		lineage = append(lineage, string(at))
	}
	var rows int
	must2(b, f.ask.QueryRow(principal, pq.Array(lineage)).Scan(&rows))
	return rows > 0
}

func must2(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
