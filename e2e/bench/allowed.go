package main

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/pgstore"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// Each principal has access to so many of the tables.
const (
	tablesOfEach = 100
	askedTables  = 1000
)

func askedTable(n int) catalog.Ref {
	return catalog.Ref(fmt.Sprintf("lake:sales.public.table%07d", n%askedTables))
}

// measureAllowed asks whether principals may read tables: nine of ten times they may.
// The floor is one prepared select on a plain table of as many rows.
func measureAllowed(ctx context.Context, b *bench) ([]row, error) {
	p, err := b.postgres(ctx)
	if err != nil {
		return nil, err
	}
	name := p.name("allowed")
	defer func() { _ = p.drop([]string{name}) }()
	if err := p.server.CreateDatabase(ctx, name); err != nil {
		return nil, err
	}
	records, err := pgstore.Open(p.server.SuperURL(name))
	if err != nil {
		return nil, err
	}
	defer func() { _ = records.Close() }()
	principals := max(1, b.size.Grants/tablesOfEach)
	if err := fillAllowed(ctx, records, principals); err != nil {
		return nil, err
	}
	ask, db, err := p.plainFloor(ctx, name, principals)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	e, err := grantwright.New(grantwright.Config{Store: records, Inventory: records.Inventory()})
	if err != nil {
		return nil, err
	}
	defer func() { _ = e.Close() }()
	return askMany(ctx, b, e, ask, principals)
}

// askMany asks both in turn.
func askMany(ctx context.Context, b *bench, e *grantwright.Engine, ask *sql.Stmt, principals int) ([]row, error) {
	var half, tail []pair
	for range b.rounds {
		var ours, floor []time.Duration
		for begin := time.Now(); time.Since(begin) < b.lasts; {
			principal, table := rand.IntN(principals), rand.IntN(tablesOfEach)
			if rand.IntN(10) == 0 {
				table += tablesOfEach
			}
			may := table < tablesOfEach
			ref := askedTable(principal + table)
			started := time.Now()
			a, err := e.Allowed(ctx, request.Principal{Name: fmt.Sprint("login", principal)}, ref, nil)
			between := time.Now()
			if err != nil || a.Reads() != may {
				return nil, fmt.Errorf("principal %d may read %s: %v, %w", principal, ref, a.Reads(), err)
			}
			var rows int
			err = ask.QueryRowContext(ctx, fmt.Sprint("login", principal), pq.Array(ref.Lineage())).Scan(&rows)
			if ours, floor = append(ours, between.Sub(started)), append(floor, time.Since(between)); err != nil || rows > 0 != may {
				return nil, fmt.Errorf("the floor says %d: %w", rows, err)
			}
		}
		a, f := sorted(ours), sorted(floor)
		half, tail = append(half, pair{a.at(50), f.at(50)}), append(tail, pair{a.at(99), f.at(99)})
	}
	many := grouped(float64(principals*tablesOfEach)) + " grants"
	return []row{
		row{Figure: "allowed", Case: "p50 at " + many, Unit: "ms", Target: atMost("ratio", 3), Note: "the floor is one prepared select"}.fill(half),
		row{Figure: "allowed", Case: "p99", Unit: "ms"}.fill(tail),
	}, nil
}

// fillAllowed makes the tables, and the grants on them.
func fillAllowed(ctx context.Context, s *sqlstore.Store, principals int) error {
	if err := s.Migrate(ctx); err != nil {
		return err
	}
	if _, err := s.Inventory().Replace(ctx, "lake", manyTables(askedTables), time.Now()); err != nil {
		return err
	}
	_, err := times(ctx, 2, principals, func(ctx context.Context, n int) error { return grantSome(ctx, s, n) })
	return err
}

// grantSome gives one principal the tables, as one change.
func grantSome(ctx context.Context, s store.Store, principal int) error {
	var c store.Change
	now := time.Now().UTC()
	ev := store.Event{ID: fmt.Sprint("granted", principal), Type: event.GrantActive.Name(), At: now, By: request.SystemID}
	for i := range tablesOfEach {
		ref := askedTable(principal + i)
		req := request.Request{ID: request.ID(fmt.Sprintf("%d-%d", principal, i)), Beneficiary: request.PersonID(fmt.Sprint("person", principal)),
			Principal: request.Principal{Name: fmt.Sprint("login", principal)}}
		g := provision.NewGrant(req, catalog.Asset{Ref: ref, Kind: catalog.Table, ID: string(ref)}, provision.Access{Privilege: request.Read}, request.For(30, request.Days), provision.Auto, now)
		g = g.Applied(provision.Outcome{}, now, store.Backoff)
		records.Grants.Insert(&c, g)
		ev.About = append(ev.About, records.Grants.Subject(g.ID))
	}
	c.Emit(ev)
	return c.Commit(ctx, s)
}

// plainFloor is a plain table with just the index that the question needs.
func (p *place) plainFloor(ctx context.Context, database string, principals int) (*sql.Stmt, *sql.DB, error) {
	db, err := p.server.Open(database)
	if err != nil {
		return nil, nil, err
	}
	err = runAll(ctx, db, "create table public.plain (principal text, asset text, privilege text not null, ends timestamptz, primary key (principal, asset))",
		fmt.Sprintf(`insert into public.plain select 'login' || p, 'lake:sales.public.table' || lpad(((p + t) %% %d)::text, 7, '0'), 'READ', now() + interval '30 days'
			from generate_series(0, %d) p, generate_series(0, %d) t`, askedTables, principals-1, tablesOfEach-1), "vacuum analyze")
	var ask *sql.Stmt
	if err == nil {
		ask, err = db.PrepareContext(ctx, "select count(*) from public.plain where principal = $1 and asset = any($2) and ends > now()")
	}
	if err != nil {
		_ = db.Close()
	}
	return ask, db, err
}
