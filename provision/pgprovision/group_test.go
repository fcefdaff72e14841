package pgprovision_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// group makes a role that cannot log in, with these people in it.
func (w *world) group(t testing.TB, members ...request.Principal) request.Principal {
	t.Helper()
	name := w.name("analysts")
	w.run(t, "create role "+name)
	for _, m := range members {
		w.run(t, "grant "+name+" to "+m.Name)
	}
	g := w.principal(t, name)
	g.Group = true
	return g
}

func TestGroupGivesToWhoeverIsInIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, stranger, orders, area := w.open(t), w.person(t), w.person(t), w.person(t), w.table(t), w.schema(t)
	inner := w.group(t, bob)
	analysts := w.group(t, eve, inner)
	schema, below := w.container(t, area), w.tableIn(t, area)
	mustApply(t, p, want(analysts, orders, request.ReadWrite))
	mustApply(t, p, covering(want(analysts, schema, request.Read), below))
	for _, member := range []request.Principal{eve, bob} {
		w.mustAllow(t, member, orders, true, true)
		w.mustAllow(t, member, below, true, false)
	}
	w.mustAllow(t, stranger, orders, false, false)
	o := mustApply(t, p, want(analysts, orders))
	if len(o.Remaining) > 0 {
		t.Errorf("Remaining is %q, though nobody else gave anything", o.Remaining)
	}
	mustApply(t, p, covering(want(analysts, schema), below))
	for _, member := range []request.Principal{eve, bob} {
		w.mustAllow(t, member, orders, false, false)
		w.mustAllow(t, member, below, false, false)
	}
}

func TestGroupsAndPeopleAreNotMistakenForEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, analysts, orders := w.open(t), w.person(t), w.group(t), w.table(t)
	eve.Group = true
	mustSay(t, apply(t, p, want(eve, orders, request.Read)).Err, true, "can log in", "not a group")
	analysts.Group = false
	mustSay(t, apply(t, p, want(analysts, orders, request.Read)).Err, true, "NOLOGIN", "group")
	if _, err := p.Check(t.Context(), want(analysts, orders)); err == nil {
		t.Error("Check takes a group for a person")
	}
}

func TestMembersThatDoNotInheritAreNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, apart, orders := w.open(t), w.person(t), w.person(t), w.table(t)
	w.run(t, "alter role "+apart.Name+" noinherit")
	analysts := w.group(t, eve, apart)
	standing := want(analysts, orders, request.Read)
	plan := p.Plan(t.Context(), []provision.Standing{standing})[0]
	if text := fmt.Sprint(plan.Remarks); plan.Err != nil || !strings.Contains(text, apart.Name) || strings.Contains(text, eve.Name) {
		t.Errorf("Plan says %q and %v, must name %s alone", plan.Remarks, plan.Err, apart.Name)
	}
	mustApply(t, p, standing)
	w.mustAllow(t, eve, orders, true, false)
	w.mustAllow(t, apart, orders, false, false)

	none := w.group(t, apart)
	mustSay(t, apply(t, p, want(none, orders, request.Read)).Err, false, "nobody in the group inherits", apart.Name)
}

// On 15 whoever is in a group may have taken on the group role, and keeps it
// until their session ends.
func TestSessionsOfMembersCannotKeepTheGroupRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, bob, orders := w.open(t), w.person(t), w.table(t)
	analysts := w.group(t, w.group(t, bob))
	mustApply(t, p, want(analysts, orders, request.Read))
	db, err := sql.Open("postgres", platform.URL(bob.Name, password, w.database))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	_, became := db.Exec("set role " + w.groupRole(t, orders, request.Read))
	if w.version15(t) != (became == nil) {
		t.Fatalf("set role: %v", became)
	}
	mustApply(t, p, want(analysts, orders))
	if _, err := db.Exec("select * from " + orders.Ref.Name()); err == nil {
		t.Error("the session of a member still reads after the end")
	}
	if err := w.as(t.Context(), bob.Name, "select 1"); err != nil {
		t.Errorf("the member cannot come back: %v", err)
	}
}

// Of a foreign table a group reads as much as its members are let beyond: nothing where none
// of them is, and where some are not it is said who.
func TestMembersWithoutUserMappingAreNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, orders := w.open(t), w.person(t), w.person(t), w.table(t)
	analysts := w.group(t, eve, bob)
	w.run(t, "create extension postgres_fdw")
	host, port := platformAddress(t)
	w.run(t, fmt.Sprintf("create server remote foreign data wrapper postgres_fdw options (host '%s', port '%s', dbname '%s')", host, port, w.database))
	w.run(t, "create table parted (id int, note text) partition by list (id)")
	w.run(t, "create foreign table far partition of parted for values in (1) server remote options (schema_name 'public', table_name '"+orders.Ref.Name()+"')")
	w.setup(t)
	mapped := func(who string) {
		w.run(t, "create user mapping for "+who+" server remote options (user '"+w.owner+"', password '"+password+"')")
	}
	for _, name := range []string{"far", "parted"} {
		foreign := w.asset(t, "public", name)
		mustSay(t, apply(t, p, want(analysts, foreign, request.Read)).Err, false, "nobody in the group", "user mapping", "remote")
		mapped(analysts.Name) // which is nobody's who logs in
		mustSay(t, apply(t, p, want(analysts, foreign, request.Read)).Err, false, "nobody in the group", "remote")
		mapped(eve.Name)
		o := mustApply(t, p, want(analysts, foreign, request.Read))
		if said := fmt.Sprint(o.Remarks); !strings.Contains(said, "without a user mapping") || !strings.Contains(said, bob.Name) || strings.Contains(said, eve.Name) {
			t.Errorf("%s: remarks are %q", name, said)
		}
		w.mustAllow(t, eve, foreign, true, false)
		if err := w.as(t.Context(), bob.Name, "select * from "+name); err == nil {
			t.Errorf("%s: bob reads, though nobody lets him beyond", name)
		}
		mapped("public")
		if said := fmt.Sprint(mustApply(t, p, want(analysts, foreign, request.Read)).Remarks); strings.Contains(said, "user mapping") {
			t.Errorf("%s: remarks are %q, though everybody is let beyond", name, said)
		}
		w.mustAllow(t, bob, foreign, true, false)
		w.run(t, "drop user mapping for "+eve.Name+" server remote; drop user mapping for "+analysts.Name+" server remote; drop user mapping for public server remote")
	}
}
