package pgprovision_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// patience is longer than an engine has: how long it takes is a benchmark's matter.
const patience = 5 * time.Minute

// crowd makes many people, who need no password because nobody logs in as them.
func (w *world) crowd(t testing.TB, people int) []request.Principal {
	t.Helper()
	prefix := w.name("crowd")
	w.run(t, fmt.Sprintf("do $$ begin for i in 1..%d loop execute 'create role %s_' || i || ' login'; end loop; end $$", people, prefix))
	rows, err := w.db.Query("select rolname, oid::text from pg_roles where rolname like $1 order by oid", prefix+`\_%`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var crowd []request.Principal
	for rows.Next() {
		var p request.Principal
		if err := rows.Scan(&p.Name, &p.ID); err != nil {
			t.Fatal(err)
		}
		crowd = append(crowd, p)
	}
	if err := rows.Err(); err != nil || len(crowd) != people {
		t.Fatalf("%d people (%v), want %d", len(crowd), err, people)
	}
	return crowd
}

// applyAll is Apply for a batch ; nothing may fail.
func applyAll(t testing.TB, p provision.Provisioner, standings []provision.Standing) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for i, o := range p.Apply(ctx, standings) {
		if o.Err != nil {
			t.Fatalf("%s: %v", standings[i].Principal.Name, o.Err)
		}
	}
}

// readers counts those of the people who may read.
func (w *world) readers(t testing.TB, crowd []request.Principal, a catalog.Asset) (n int) {
	t.Helper()
	first, last := crowd[0].ID, crowd[len(crowd)-1].ID
	if err := w.db.QueryRow("select count(*) from pg_roles where oid between $1::oid and $2::oid and rolname like 'crowd%' and has_table_privilege(oid, $3::oid, 'SELECT')",
		first, last, a.ID[strings.LastIndex(a.ID, "/")+1:]).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAThousandPeopleOnOneTable(t *testing.T) {
	t.Parallel()
	const people, batch = 1000, 90
	w := newWorld(t)
	p, x := w.openThrough(t)
	orders, crowd := w.table(t), w.crowd(t, people)
	give, take := make([]provision.Standing, people), make([]provision.Standing, people)
	for i, who := range crowd {
		give[i], take[i] = want(who, orders, request.Read), want(who, orders)
	}
	for _, standings := range [][]provision.Standing{give, take} {
		started := time.Now()
		trips := x.roundTrips(func() { applyAll(t, p, standings) })
		t.Logf("%d people in one call: %d round trips, %v", people, trips, time.Since(started).Round(time.Millisecond))
		if trips > people/20 {
			t.Errorf("%d round trips for %d people, they must go in sets", trips, people)
		}
	}
	started, trips := time.Now(), 0
	for first := 0; first < people; first += batch {
		trips += x.roundTrips(func() { applyAll(t, p, give[first:min(first+batch, people)]) })
	}
	t.Logf("%d people, %d at a time: %d round trips, %v", people, batch, trips, time.Since(started).Round(time.Millisecond))
	if trips > people/5 {
		t.Errorf("%d round trips for %d people in batches of %d", trips, people, batch)
	}
	if n := w.readers(t, crowd, orders); n != people {
		t.Errorf("%d may read, want %d", n, people)
	}
}

func TestAThousandTablesBelowOneSchema(t *testing.T) {
	t.Parallel()
	const tables = 1000
	w := newWorld(t)
	p, x := w.openThrough(t)
	area, eve := w.schema(t), w.person(t)
	below, schema := w.tablesIn(t, area, tables), w.container(t, area)
	for _, step := range []struct {
		name  string
		want  provision.Standing
		trips int
	}{
		{"give READ_WRITE", covering(want(eve, schema, request.ReadWrite), below...), 30},
		{"nothing to do", covering(want(eve, schema, request.ReadWrite), below...), 5},
		{"cover half", covering(want(eve, schema, request.ReadWrite), below[:tables/2]...), 18},
		{"take", covering(want(eve, schema), below...), 16},
	} {
		started := time.Now()
		trips := x.roundTrips(func() { applyAll(t, p, []provision.Standing{step.want}) })
		t.Logf("%s: %d round trips, %v", step.name, trips, time.Since(started).Round(time.Millisecond))
		if trips > step.trips {
			t.Errorf("%s took %d round trips for %d tables, want at most %d", step.name, trips, tables, step.trips)
		}
	}
	w.mustAllow(t, eve, below[0], false, false)
}

// tablesIn makes many tables in a schema, and reads them as a sync would.
func (w *world) tablesIn(t testing.TB, schema string, n int) []catalog.Asset {
	t.Helper()
	w.asOwner(t, fmt.Sprintf("do $$ begin for i in 1..%d loop execute format('create table %s.t%%s (id serial primary key, note text)', i); if i %% 500 = 0 then commit; end if; end loop; end $$", n, schema))
	rows, err := w.db.Query("select c.relname, $2 || '/' || c.oid, pg_get_userbyid(c.relowner) from pg_class c where c.relnamespace = $1::regnamespace and c.relkind = 'r' order by c.oid",
		schema, w.container(t).ID)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var tables []catalog.Asset
	for rows.Next() {
		var name string
		a := catalog.Asset{Kind: catalog.Table, Technology: "postgres"}
		if err := rows.Scan(&name, &a.ID, &a.Source.Owner); err != nil {
			t.Fatal(err)
		}
		a.Ref = catalog.Ref(fmt.Sprintf("wh:%s.%s.%s", w.database, schema, name))
		tables = append(tables, a)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return tables
}

// What is asked travels together, for one person as for a hundred, and nothing is
// prepared twice on a connection.
func TestRoundTripsOfAnAsset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, x := w.openThrough(t)
	orders, crowd := w.table(t), w.crowd(t, 101)
	all := func(privileges ...request.Privilege) []provision.Standing {
		standings := make([]provision.Standing, 100)
		for i := range standings {
			standings[i] = want(crowd[i+1], orders, privileges...)
		}
		return standings
	}
	one := func(privileges ...request.Privilege) []provision.Standing {
		return []provision.Standing{want(crowd[0], orders, privileges...)}
	}
	sessions := 0 // to be ended
	if w.version15(t) {
		sessions = 2
	}
	applyAll(t, p, one(request.Read))
	applyAll(t, p, one())
	var prepared atomic.Int64
	x.onMessage(func(message []byte) { prepared.Add(int64(bytes.Count(message, []byte("prepare ")))) })
	for _, step := range []struct {
		name string
		want []provision.Standing
		most int
	}{
		{"give the first", one(request.Read), 3},
		{"nothing to do", one(request.Read), 2},
		{"give a hundred more", all(request.Read), 3},
		{"nothing to do for a hundred", all(request.Read), 2},
		{"take one", one(), 3 + sessions},
		{"give one more", one(request.ReadWrite), 3},
		{"take a hundred", all(), 3 + sessions},
	} {
		if trips := x.roundTrips(func() { applyAll(t, p, step.want) }); trips > step.most {
			t.Errorf("%s took %d round trips, want at most %d", step.name, trips, step.most)
		}
	}
	for _, s := range []provision.Standing{all(request.Read)[0], all()[0]} {
		trips := x.roundTrips(func() {
			if _, err := p.Check(t.Context(), s); err != nil {
				t.Error(err)
			}
		})
		if trips > 1 {
			t.Errorf("Check took %d round trips, want 1", trips)
		}
	}
	if n := prepared.Load(); n > 0 {
		t.Errorf("%d statements were prepared again", n)
	}
}
