package mariadbprovision_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// crowd is so many people who want a table, and who want it no more.
func (w *world) crowd(t testing.TB, orders catalog.Asset, n int) (give, take []provision.Standing) {
	t.Helper()
	for range n {
		eve := w.person(t)
		give, take = append(give, want(eve, orders, request.Read)), append(take, want(eve, orders))
	}
	return give, take
}

// sent counts the statements that our login sends meanwhile. Those of a procedure do
// not count.
func (w *world) sent(t *testing.T, do func()) (statements int) {
	t.Helper()
	w.run(t, "truncate mysql.general_log", "set global log_output = 'TABLE'", "set global general_log = 1")
	do()
	w.run(t, "set global general_log = 0")
	err := platform.DB.QueryRow("select count(*) from mysql.general_log where command_type = 'Query' and user_host like ?", w.login+"[%").Scan(&statements)
	if err != nil {
		t.Fatal(err)
	}
	return statements
}

// Many people on one table take hardly more statements than one: one for each fifty of
// each thing that is done.
func TestManyPeopleTakeFewStatements(t *testing.T) {
	w := newWorld(t) // not beside others: their statements would be logged too
	p := w.open(t)
	for _, tt := range []struct{ people, gives, takes int }{{1, 30, 30}, {100, 33, 34}} {
		orders := w.table(t)
		give, take := w.crowd(t, orders, tt.people)
		for _, side := range []struct {
			what string
			all  []provision.Standing
			most int
		}{{"give", give, tt.gives}, {"take", take, tt.takes}} {
			n := w.sent(t, func() { mustApplyAll(t, p, side.all) })
			t.Logf("%s, %d people: %d statements", side.what, tt.people, n)
			if n > side.most {
				t.Errorf("%s, %d people: %d statements, want at most %d", side.what, tt.people, n, side.most)
			}
			for _, s := range []provision.Standing{side.all[0], side.all[tt.people-1]} {
				w.mustAllow(t, s.Principal, orders, len(s.Want) > 0, false)
			}
		}
	}
}

func mustApplyAll(t testing.TB, p provision.Provisioner, all []provision.Standing) {
	t.Helper()
	for i, o := range p.Apply(t.Context(), all) {
		if o.Err != nil || len(o.Remaining) > 0 || !o.Taken || len(o.Ran) == 0 {
			t.Fatalf("%s: %+v", all[i].Principal.Name, o)
		}
	}
}

// Somebody whose account is dropped in the moment before the act is the only one who is
// given nothing.
func TestOneOfManyFailsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, orders := w.open(t), w.table(t)
	give, _ := w.crowd(t, orders, 5)
	dropped := false
	p.BeforeAct(func(context.Context) {
		if !dropped {
			w.run(t, "drop user "+quoted(give[2].Principal))
		}
		dropped = true
	})
	for i, o := range p.Apply(t.Context(), give) {
		if (o.Err != nil) != (i == 2) {
			t.Errorf("person %d: %v", i, o.Err)
		}
		if i != 2 {
			w.mustAllow(t, give[i].Principal, orders, true, false)
		}
	}
}

// A default role that a set meets is found only by the procedure, and is the fault of
// one alone.
func TestSetIsTriedApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, orders := w.open(t), w.table(t)
	give, _ := w.crowd(t, orders, 3)
	role := w.name("analysts")
	w.run(t, "create role "+role, "grant "+role+" to "+quoted(give[1].Principal))
	acts := 0
	p.BeforeAct(func(context.Context) {
		if acts++; acts == 3 { // the role is made, and has its right
			w.run(t, "set default role "+role+" for "+quoted(give[1].Principal))
		}
	})
	for i, o := range p.Apply(t.Context(), give) {
		if (o.Err != nil) != (i == 1) {
			t.Errorf("person %d: %v", i, o.Err)
		}
		w.mustAllow(t, give[i].Principal, orders, i != 1, false)
	}
	if acts < 5 {
		t.Errorf("%d acts, want the set and then each person", acts)
	}
}

// The connection is lost before each act on several people in turn. Nobody has more
// than is wanted, and the next call goes on.
func TestSetsAreKilledBetweenAnyTwoActs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for after := range 5 {
		orders := w.table(t)
		give, take := w.crowd(t, orders, 3)
		for _, all := range [][]provision.Standing{give, take} {
			killed, acts := w.open(t), 0
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			killed.BeforeAct(func(context.Context) {
				if acts++; acts > after {
					cancel()
				}
			})
			killed.Apply(ctx, all)
			cancel()
			mustAllowAll(t, w, all[0].Want != nil && acts <= after, acts > after && all[0].Want == nil, all)
			for _, o := range w.open(t).Apply(t.Context(), all) {
				if o.Err != nil {
					t.Error(o.Err)
				}
			}
			mustAllowAll(t, w, all[0].Want != nil, false, all)
		}
		for _, s := range take {
			if role := w.personRole(t, s.Principal); role != "" {
				t.Errorf("killed after %d acts: the role %s of somebody who has nothing is left", after, role)
			}
		}
	}
}

// mustAllowAll lets a removal that was killed have done nothing yet.
func mustAllowAll(t *testing.T, w *world, reads, either bool, all []provision.Standing) {
	t.Helper()
	for _, s := range all {
		if !either {
			w.mustAllow(t, s.Principal, s.Asset, reads, false)
		}
	}
}

// The procedures for many refuse just what those for one refuse.
func TestLoginCanDoNothingElseWithSets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, orders := w.open(t), w.person(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	foreign := w.name("analysts")
	w.run(t, "create role "+foreign)
	db, err := platform.Open(w.login, password)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	home, role, own := "gw_"+w.installation, w.assetRole(t, orders, request.Read), w.personRole(t, eve)
	user, host, _ := strings.Cut(eve.Name, "@")
	other, otherHost, _ := strings.Cut(bob.Name, "@")
	one := func(role, user, host string) string {
		return `{"role": "` + role + `", "user": "` + user + `", "host": "` + host + `", "ending": 1}`
	}
	call := func(procedure, people string) string {
		return "set statement max_statement_time = 2 for call " + home + "." + procedure + people + "', unix_timestamp() + 60)"
	}
	mine, theirs := one(own, user, host), one(foreign, user, host)
	injected := one(own+", "+foreign, user, host)
	statements := []string{
		call("make_people('", "["+one(own, "nobody", "%")+"]"),
		call("end_sessions_of('", "["+one("", "root", "127.0.0.1")+"]"),
		call("end_sessions_of('", "["+one("", other, otherHost)+"]"),
		call("drop_people('", "["+mine+"]"),
		call("admit_people('"+foreign+"', '", "["+mine+"]"),
		call("admit_people('"+own+"', '", "["+mine+"]"),
		call("expel_people('"+foreign+"', '", "["+mine+"]"),
		"call " + home + ".admit_people('" + role + "', '[" + mine + "]', unix_timestamp() + 60)", // without a bound on its time
		"set statement max_statement_time = 2, group_concat_max_len = 4 for call " + home + ".admit_people('" + role + "', '[" + mine + "]', unix_timestamp() + 60)",
	}
	for _, people := range []string{"[" + theirs + "]", "[" + mine + ", " + theirs + "]", "[" + injected + "]", `[{"user": "` + user + `"}]`, "[]", "{}", "null", "nonsense", ""} {
		for _, procedure := range []string{"make_people('", "drop_people('", "admit_people('" + role + "', '", "expel_people('" + role + "', '"} {
			statements = append(statements, call(procedure, people))
		}
	}
	for _, statement := range slices.Compact(statements) {
		if _, err := db.ExecContext(t.Context(), statement); err == nil {
			t.Errorf("our login may do this: %s", statement)
		} else if mistaken(err) {
			t.Errorf("%s: %v", statement, err)
		}
	}
	w.mustAllow(t, eve, orders, true, false)
	w.mustAllow(t, bob, orders, false, false)
}
