//go:build unix

package tests

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// cost is that of an act, on the wire and on the disk, on the average.
type cost struct {
	trips      float64 // times that somebody waited for the records or the platform
	statements float64 // of the records and the platform
	commits    float64 // transactions that wrote, those that were lost too
	read       float64 // rows that the records and the platform sent
	written    float64 // rows of the records
}

// within reports whether nothing costs more than a bound.
func (c cost) within(most cost) bool {
	return c.trips <= most.trips && c.statements <= most.statements && c.commits <= most.commits && c.read <= most.read && c.written <= most.written
}

func (c cost) String() string {
	return fmt.Sprintf("%.1f round trips, %.1f statements, %.1f commits, %.1f rows read, %.1f rows written", c.trips, c.statements, c.commits, c.read, c.written)
}

// bounds limit the cost of each act. They may only fall: whoever makes an act cheaper
// lowers its bound. On a slow machine a flow needs a lease of its own, where on a fast one
// several share it, and the tree of the log grows beside slow ones: the bounds are for the slow
// one, which may take twice as much.
var bounds = map[string]cost{
	"a flow":                                {trips: 30, statements: 90, commits: 9, read: 100, written: 120},
	"a flow beside 100 grants on the asset": {trips: 30, statements: 90, commits: 9, read: 128, written: 120},
	"a flow, and telling of it":             {trips: 95, statements: 150, commits: 16, read: 180, written: 115},
	"a case, to its beneficiary":            {trips: 4, statements: 4, read: 7},
	"a case, to a steward":                  {trips: 3, statements: 3, read: 6},
	"the events of a case":                  {trips: 2, statements: 2, read: 5},
	"my requests":                           {trips: 1, statements: 1, read: 1},
	"review queue":                          {trips: 2, statements: 2, read: 1}, // the generation of what is settled
	"asset search":                          {trips: 2, statements: 2, read: 2},
	"who has access":                        {trips: 4, statements: 4, read: 150},
	"a page of the log":                     {trips: 1, statements: 1, read: 50},
	"who calls with a token":                {trips: 1, statements: 1, read: 5}, // token, last use, person, generation
}

// TestCost counts the cost of acts, one at a time. It does not run beside other tests:
// transactions are counted for the whole server.
func TestCost(t *testing.T) {
	quiet(t)
	m := newMeter(t)
	m.runs = true
	m.hold(t, "a flow", m.flow)
	m.session(t, 100, m.flow)
	tell := func(t *testing.T, e *grantwright.Engine) { must(t, e.Work(t.Context())) }
	m.runs = false
	m.session(t, 1, tell) // else the tree of the log reads the events of those hundred beside the flows that are counted
	m.runs = true
	m.hold(t, "a flow beside 100 grants on the asset", m.flow)
	m.runs = false
	m.session(t, 1, tell) // of all that happened so far
	m.hold(t, "a flow, and telling of it", func(t *testing.T, e *grantwright.Engine) { m.flow(t, e); tell(t, e) })
	for act, list := range map[string]func(ctx context.Context, e *grantwright.Engine) error{
		"a case, to its beneficiary": func(ctx context.Context, e *grantwright.Engine) error {
			_, err := e.Request(ctx, m.crowd[0], m.first)
			return err
		},
		"a case, to a steward": func(ctx context.Context, e *grantwright.Engine) error {
			_, err := e.Request(ctx, twice, m.first)
			return err
		},
		"the events of a case": func(ctx context.Context, e *grantwright.Engine) error {
			_, err := e.Log().Of(ctx, m.crowd[0], m.first, 0, 50)
			return err
		},
		"my requests": func(ctx context.Context, e *grantwright.Engine) error {
			_, err := e.Requests(ctx, m.crowd[0], grantwright.RequestQuery{Limit: 50})
			return err
		},
		"review queue": func(ctx context.Context, e *grantwright.Engine) error {
			_, err := e.Requests(ctx, twice, grantwright.RequestQuery{Role: grantwright.Steward, Limit: 50})
			return err
		},
		"asset search": func(ctx context.Context, e *grantwright.Engine) error {
			_, err := e.Assets().Search(ctx, m.crowd[0], catalog.Query{Text: "orders", Limit: 50})
			return err
		},
		"who has access": func(ctx context.Context, e *grantwright.Engine) error {
			_, err := e.Access().To(ctx, auditor, m.p.orders(), grantwright.AccessQuery{Limit: 50})
			return err
		},
		"who calls with a token": func(ctx context.Context, e *grantwright.Engine) error {
			_, _, err := e.Tokens().Authenticate(ctx, m.secret)
			return err
		},
		"a page of the log": func(ctx context.Context, e *grantwright.Engine) error {
			_, err := e.Log().Events(ctx, auditor, 100, 50)
			return err
		},
	} {
		m.hold(t, act, func(t *testing.T, e *grantwright.Engine) { must(t, list(t.Context(), e)) })
	}
}

// quiet keeps the server from cleaning up, which takes transactions too.
func quiet(t *testing.T) {
	t.Helper()
	superuser(t, "postgres", "alter system set autovacuum = off")
	superuser(t, "postgres", "select pg_reload_conf()")
	t.Cleanup(func() {
		_, _ = server.DB.Exec("alter system reset autovacuum")
		_, _ = server.DB.Exec("select pg_reload_conf()")
	})
	for deadline := time.Now().Add(patience); ; {
		var workers int
		err := server.DB.QueryRow("select count(*) from pg_stat_activity where backend_type = 'autovacuum worker'").Scan(&workers)
		if must(t, err); workers == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the server does not stop cleaning up")
		}
		<-time.After(10 * time.Millisecond)
	}
}

// meter has engines act over wires that count.
type meter struct {
	p                 *realPlatform
	records, platform *pgserver.Wire
	crowd             []request.Identity
	next              int        // of the crowd
	first             request.ID // of the first of them
	secret            string     // of a token of the first of them
	runs              bool       // the engine does its work in the background, as in a server
}

func newMeter(t *testing.T) *meter {
	t.Helper()
	m := &meter{p: newRealPlatform(t)}
	m.crowd = m.p.crowd(t, "counted", 400)
	m.records, m.p.RecordsURL = overWire(t, m.p.RecordsURL)
	m.platform, m.p.URL = overWire(t, m.p.URL)
	m.session(t, 1, func(t *testing.T, e *grantwright.Engine) {
		m.p.furnish(t, e)
		m.flow(t, e)
		var err error
		_, m.secret, err = e.Tokens().Issue(t.Context(), m.crowd[0], readingToken)
		must(t, err)
	})
	return m
}

// overWire leads an address over a wire.
func overWire(t *testing.T, address string) (*pgserver.Wire, string) {
	t.Helper()
	w, over, err := pgserver.NewWire(address)
	must(t, err)
	t.Cleanup(func() { _ = w.Close() })
	return w, over
}

// hold fails where an act costs more than its bound: the difference between a session
// with many of it and one with a single one.
func (m *meter) hold(t *testing.T, act string, do func(*testing.T, *grantwright.Engine)) {
	t.Helper()
	const more = 30
	most, known := bounds[act]
	if !known {
		t.Fatalf("%s has no bound", act)
	}
	one := m.session(t, 1, do)
	got := m.session(t, 1+more, do)
	for _, v := range []struct{ of, less *float64 }{{&got.trips, &one.trips}, {&got.statements, &one.statements}, {&got.commits, &one.commits}, {&got.read, &one.read}, {&got.written, &one.written}} {
		*v.of = (*v.of - *v.less) / more
	}
	t.Logf("%s: %s", act, got)
	if !got.within(most) {
		t.Errorf("%s costs %s; at most %s are allowed", act, got, most)
	}
}

// session does something some times with an engine of its own and counts
// until the last work in the background is done.
func (m *meter) session(t *testing.T, count int, do func(*testing.T, *grantwright.Engine)) cost {
	t.Helper()
	before := m.spent(t)
	e, end, err := m.p.open(t.Context())
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	if m.runs {
		running.Go(func() { _ = e.Run(ctx) })
	}
	for range count {
		do(t, e)
	}
	stop()
	running.Wait()
	end()
	after := m.spent(t)
	return cost{after.trips - before.trips, after.statements - before.statements, after.commits - before.commits, after.read - before.read, after.written - before.written}
}

// spent is all that was counted so far. A server counts rows when a connection ends.
func (m *meter) spent(t *testing.T) cost {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		var left int
		err := server.DB.QueryRow("select count(*) from pg_stat_activity where datname = $1 or datname = $2", m.p.Records, m.p.Database).Scan(&left)
		if must(t, err); left == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d connections are left", left)
		}
		<-time.After(5 * time.Millisecond)
	}
	c := cost{trips: float64(m.records.Trips.Load() + m.platform.Trips.Load()), statements: float64(m.records.Statements.Load() + m.platform.Statements.Load()),
		read: float64(m.records.Rows.Load() + m.platform.Rows.Load())}
	must(t, server.DB.QueryRow("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint").Scan(&c.commits))
	must(t, server.DB.QueryRow("select tup_inserted + tup_updated + tup_deleted from pg_stat_database where datname = $1", m.p.Records).Scan(&c.written))
	return c
}

// flow has the next of the crowd submit, somebody approve, and the access stand.
func (m *meter) flow(t *testing.T, e *grantwright.Engine) {
	t.Helper()
	ctx, person := t.Context(), m.crowd[m.next]
	m.next++
	req, err := e.Submit(ctx, person, m.p.asking("30 DAYS"))
	must(t, err)
	if m.first == "" {
		m.first = req.ID
	}
	_, err = e.Determine(ctx, twice, req.ID, review.Determination{Act: review.Approve})
	must(t, err)
	g, err := e.WaitForGrant(ctx, person, req.ID)
	if must(t, err); g.State != provision.Active {
		t.Fatalf("the grant is %s: %s", g.State, g.Error)
	}
}
