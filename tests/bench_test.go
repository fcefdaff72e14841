//go:build unix

package tests

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// crowd makes many who may log in to the platform.
func (p *realPlatform) crowd(t testing.TB, name string, people int) []request.Identity {
	t.Helper()
	superuser(t, p.Database, fmt.Sprintf(`
		do $$ begin for i in 0..%d loop execute format('create role %s%%s_%s login', i); end loop; end $$`, people-1, name, p.Installation))
	crowd := make([]request.Identity, people)
	for i := range crowd {
		id := fmt.Sprint(name, i)
		crowd[i] = request.Identity{ID: id + "@example.com", Attributes: map[string][]string{"login": {id + "_" + p.Installation}}}
	}
	return crowd
}

func login(who request.Identity) string { return who.Attributes["login"][0] }

// inLanes hands people out to some lanes that go on at the same time.
func inLanes(lanes int, people []request.Identity, do func(request.Identity)) {
	queue := make(chan request.Identity, len(people))
	for _, person := range people {
		queue <- person
	}
	close(queue)
	var all []func()
	for range lanes {
		all = append(all, func() {
			for person := range queue {
				do(person)
			}
		})
	}
	together(all...)
}

// BenchmarkApprovalToActive is the time from the call by which a steward approves
// to ACTIVE, over a thousand requests for one table, with PostgreSQL for the
// records and for the platform. Beside it, in the same run, it is the time that
// the same statements take for somebody else without us: the floor.
func BenchmarkApprovalToActive(b *testing.B) {
	const flows = 1000
	for _, at := range []int{1, 8} {
		b.Run(fmt.Sprintf("at=%d", at), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				p := newRealPlatform(b)
				e := p.engine(b)
				p.furnish(b, e)
				f := flowing{b: b, e: e, p: p, bare: p.asProvisioner(b)}
				f.flow(p.login(b, "first")) // makes the group role
				f.ours, f.floor = nil, nil
				people := p.crowd(b, "flow", flows)
				p.crowd(b, "twin", flows)
				b.StartTimer()
				inLanes(at, people, f.flow)
				f.report()
			}
		})
	}
}

// flowing is a run of requests that are approved, and what each took.
type flowing struct {
	b    *testing.B
	e    *grantwright.Engine
	p    *realPlatform
	bare *sql.DB

	mu          sync.Mutex
	ours, floor []time.Duration
}

func (f *flowing) flow(person request.Identity) {
	ctx := f.b.Context()
	req, err := f.e.Submit(ctx, person, f.p.asking("30 DAYS"))
	if err != nil {
		f.b.Error(err)
		return
	}
	begin := time.Now()
	if _, err = f.e.Determine(ctx, twice, req.ID, review.Determination{Act: review.Approve}); err != nil {
		f.b.Error(err)
		return
	}
	g, err := f.e.WaitForGrant(ctx, person, req.ID)
	took := time.Since(begin)
	if err != nil || g.State != provision.Active {
		f.b.Errorf("%s %s %v", g.State, g.Error, err)
		return
	}
	floor := f.alone(g, login(person))
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ours, f.floor = append(f.ours, took), append(f.floor, floor)
}

// alone runs what ran for one person for their twin.
func (f *flowing) alone(g provision.Grant, person string) time.Duration {
	twin := strings.Replace(person, "flow", "twin", 1)
	begin := time.Now()
	tx, err := f.bare.Begin()
	if err != nil {
		f.b.Error(err)
		return 0
	}
	defer func() { _ = tx.Rollback() }()
	for _, s := range g.Ran {
		if twin == person {
			break
		}
		if _, err := tx.Exec(strings.ReplaceAll(string(s), person, twin)); err != nil {
			f.b.Errorf("%s: %v", s, err)
		}
	}
	if err := tx.Commit(); err != nil {
		f.b.Error(err)
	}
	return time.Since(begin)
}

func (f *flowing) report() {
	if len(f.ours) == 0 {
		return
	}
	milliseconds := func(all []time.Duration, percent int) float64 {
		slices.Sort(all)
		return float64(all[(len(all)-1)*percent/100].Microseconds()) / 1000
	}
	for _, percent := range []int{50, 99} {
		ours, floor := milliseconds(f.ours, percent), milliseconds(f.floor, percent)
		f.b.ReportMetric(ours, fmt.Sprintf("p%d-ms", percent))
		f.b.ReportMetric(floor, fmt.Sprintf("bare-p%d-ms", percent))
		f.b.ReportMetric(ours/floor, fmt.Sprintf("p%d-ratio", percent))
	}
	f.b.ReportMetric(float64(len(f.ours))/f.b.Elapsed().Seconds(), "flows/s")
	f.b.ReportMetric(0, "ns/op")
}

// asProvisioner is a pool of the role under which the engine acts.
func (p *realPlatform) asProvisioner(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", server.URL(p.Role, p.Password, p.Database))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxIdleConns(8)
	return db
}

// BenchmarkManyExpireAtOnce has the time of ten thousand grants on one table run
// out at the same moment, and waits until all are gone from the platform and
// REVOKED. Beside it, in the same run, it is the time that revoking as many
// memberships takes without us, as many at a time.
func BenchmarkManyExpireAtOnce(b *testing.B) {
	const people, together = 10_000, 80
	for range b.N {
		b.StopTimer()
		p := newRealPlatform(b)
		counted := newCounter(b, p)
		var ahead atomic.Int64
		e := p.engine(b, func(c *grantwright.Config) {
			c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		})
		p.furnish(b, e)
		ctx, stop := context.WithCancel(b.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = e.Run(ctx) })
		crowd := p.crowd(b, "many", people)
		inLanes(8, crowd, func(person request.Identity) {
			if _, err := e.Submit(ctx, person, p.asking("1 HOURS")); err != nil {
				b.Error(err)
			}
		})
		p.awaitGrants(b, "ACTIVE", people)
		before := counted.statements.Load()
		b.StartTimer()
		begin := time.Now()
		ahead.Store(int64(time.Hour + time.Minute))
		p.awaitGrants(b, "REVOKED", people)
		gone := time.Since(begin)
		b.StopTimer()
		stop()
		running.Wait()
		if left := p.members(b); left != 0 {
			b.Errorf("%d are still members of roles of ours", left)
		}
		floor := p.revokeAlone(b, crowd, together)
		b.ReportMetric(gone.Seconds(), "gone-s")
		b.ReportMetric(float64(counted.statements.Load()-before), "statements")
		b.ReportMetric(floor.Seconds(), "bare-s")
		b.ReportMetric(gone.Seconds()/floor.Seconds(), "ratio")
		b.ReportMetric(0, "ns/op")
	}
}

// awaitGrants waits until so many grants are in a state.
func (p *realPlatform) awaitGrants(b *testing.B, state string, want int) {
	b.Helper()
	db, err := server.Open(p.Records)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for deadline := time.Now().Add(20 * time.Minute); ; {
		var n int
		if err := db.QueryRow("select count(*) from grantwright.grants where state = $1", state).Scan(&n); err != nil || time.Now().After(deadline) {
			b.Fatalf("%d of %d grants are %s: %v", n, want, state, err)
		}
		if n == want {
			return
		}
		<-time.After(100 * time.Millisecond)
	}
}

// members counts the logins in the group roles of the installation.
func (p *realPlatform) members(b *testing.B) int {
	b.Helper()
	var n int
	err := server.DB.QueryRow(`
		select count(*) from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member
		where starts_with(r.rolname, 'gw_' || $1 || '_') and u.rolcanlogin and u.rolname <> $2`, p.Installation, p.Role).Scan(&n)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// revokeAlone makes everybody a member of a role, and takes the time of revoking
// that from some at a time, each in a transaction of its own.
func (p *realPlatform) revokeAlone(b *testing.B, crowd []request.Identity, together int) time.Duration {
	b.Helper()
	db, err := server.Open(p.Database)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	role := "bare_" + p.Installation
	run := func(format string, people []request.Identity) {
		var names []string
		for _, person := range people {
			names = append(names, login(person))
		}
		if _, err := db.Exec(fmt.Sprintf(format, role, strings.Join(names, ", "))); err != nil {
			b.Fatal(err)
		}
	}
	superuser(b, p.Database, "create role "+role)
	run("grant %s to %s", crowd)
	begin := time.Now()
	for some := range slices.Chunk(crowd, together) {
		run("revoke %s from %s", some)
	}
	return time.Since(begin)
}
