package mariadbprovision_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// eve@% and eve@127.0.0.1 are two accounts, and the server takes the nearer one: what
// one was given the other has not.
func TestAccountsOfOneUserAreApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, orders := w.open(t), w.table(t)
	name := w.name("eve")
	everywhere, here := request.Principal{Name: name + "@%"}, request.Principal{Name: name + "@127.0.0.1"}
	w.run(t, "create user "+quoted(everywhere)+" identified by '"+password+"'")
	mustApply(t, p, want(everywhere, orders, request.Read))
	w.mustAllow(t, everywhere, orders, true, false)
	w.run(t, "create user "+quoted(here)+" identified by '"+password+"'")
	w.mustAllow(t, here, orders, false, false) // from here one comes in as this one now
	mustApply(t, p, want(here, orders, request.Read))
	w.mustAllow(t, here, orders, true, false)
	mustApply(t, p, want(everywhere, orders))
	w.mustAllow(t, here, orders, true, false)
	mustApply(t, p, want(here, orders))
	w.mustAllow(t, here, orders, false, false)
}

// A HANDLER that is open reads on after the right is gone: the session has to end. That
// of another account, from just its host, does not.
func TestEndsSessionsOfWhoLosesAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders, other := w.open(t), w.person(t), w.table(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	mustApply(t, p, want(eve, other, request.Read))
	conn, end, err := w.as(t.Context(), eve)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	reads := func() error {
		rows, err := conn.QueryContext(t.Context(), "handler h read first")
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		if !rows.Next() {
			return errors.Join(errors.New("no row"), rows.Err())
		}
		return nil
	}
	if _, err := conn.ExecContext(t.Context(), "handler "+quote(orders.Ref.Path()...)+" open as h"); err != nil {
		t.Fatal(err)
	}
	mustApply(t, p, want(eve, orders, request.ReadWrite)) // more, or other, access ends nothing
	if err := reads(); err != nil {
		t.Fatalf("before anything was taken: %v", err)
	}
	ran := mustApply(t, p, want(eve, orders)).Ran
	if err := reads(); err == nil {
		t.Error("an open HANDLER reads on")
	}
	if !slices.ContainsFunc(ran, func(s provision.Statement) bool { return strings.HasPrefix(string(s), "kill user") }) {
		t.Errorf("no statement that ran says that sessions were ended: %q", ran)
	}
	w.mustAllow(t, eve, other, true, false)
}

func TestSparesSessionsOfAnotherAccountOfTheUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, orders := w.open(t), w.table(t)
	name := w.name("app")
	here, elsewhere := request.Principal{Name: name + "@127.0.0.1"}, request.Principal{Name: name + "@%"}
	w.run(t, "create user "+quoted(here)+" identified by '"+password+"'", "create user "+quoted(elsewhere)+" identified by '"+password+"'")
	mustApply(t, p, want(elsewhere, orders, request.Read))
	conn, end, err := w.as(t.Context(), here)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	mustApply(t, p, want(elsewhere, orders))
	if err := conn.PingContext(t.Context()); err != nil {
		t.Errorf("the session of the other account has ended: %v", err)
	}
}

// What somebody else gave stays, whether it came before ours or after, in whatever words,
// and is named while ours stands and when it has ended.
func TestNamesOtherWaysIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	role := w.name("analysts")
	w.run(t, "create role "+role)
	for _, tt := range []struct {
		name  string
		give  func(eve request.Principal, a catalog.Asset) []string
		says  string
		reads bool // at login, without setting a role
	}{
		{"directly", func(eve request.Principal, a catalog.Asset) []string {
			return []string{"grant select on " + quote(a.Ref.Path()...) + " to " + quoted(eve)}
		}, "SELECT granted directly by root@", true},
		{"by column", func(eve request.Principal, a catalog.Asset) []string {
			return []string{"grant select (id) on " + quote(a.Ref.Path()...) + " to " + quoted(eve)}
		}, "SELECT of columns granted directly", false},
		{"on the database", func(eve request.Principal, _ catalog.Asset) []string {
			return []string{"grant select on `" + strings.NewReplacer("_", `\_`, "%", `\%`).Replace(w.database) + "`.* to " + quoted(eve)}
		}, "SELECT on the database", true},
		{"on databases of a pattern", func(eve request.Principal, _ catalog.Asset) []string {
			return []string{"grant select on `" + w.database[:4] + "%`.* to " + quoted(eve)}
		}, "SELECT on the database `sale%` granted directly", true},
		{"through a role", func(eve request.Principal, a catalog.Asset) []string {
			return []string{"grant select on " + quote(a.Ref.Path()...) + " to " + role, "grant " + role + " to " + quoted(eve)}
		}, "SELECT through role " + role, false},
		{"to everyone", func(_ request.Principal, a catalog.Asset) []string {
			return []string{"grant select on " + quote(a.Ref.Path()...) + " to public"}
		}, "SELECT for PUBLIC", true},
		{"on a view", func(eve request.Principal, a catalog.Asset) []string {
			view := quote(w.database, w.name("view"))
			return []string{"create view " + view + " as select * from " + quote(a.Ref.Path()...), "grant select on " + view + " to " + quoted(eve)}
		}, "SELECT on the view", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, first := range []bool{true, false} {
				eve, orders := w.person(t), w.table(t)
				if first {
					w.run(t, tt.give(eve, orders)...)
				}
				mustApply(t, p, want(eve, orders, request.ReadWrite))
				if !first {
					w.run(t, tt.give(eve, orders)...)
				}
				w.mustAllow(t, eve, orders, true, true)
				given := mustApply(t, p, want(eve, orders, request.ReadWrite)).Remaining
				left := mustApply(t, p, want(eve, orders)).Remaining
				for _, paths := range [][]provision.Path{given, left} {
					if len(paths) != 1 || !strings.Contains(string(paths[0]), tt.says) {
						t.Errorf("given %s before ours (%v), Remaining is %q, want just one that says %q", tt.name, first, paths, tt.says)
					}
				}
				w.mustAllow(t, eve, orders, tt.reads, false)
			}
		})
	}
}

// A person who has the same through another grant of ours is told so.
func TestNamesAnotherGrantOfOurs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, all := w.open(t), w.person(t), w.container(t)
	orders := w.tableIn(t, all.Ref.Name())
	whole := want(eve, all, request.Read)
	whole.Below = []catalog.Asset{orders}
	mustApply(t, p, whole)
	mustApply(t, p, want(eve, orders, request.Read))
	paths := mustApply(t, p, want(eve, orders)).Remaining
	if len(paths) != 1 || !strings.Contains(string(paths[0]), "another grant of Grantwright") {
		t.Errorf("Remaining is %q", paths)
	}
	w.mustAllow(t, eve, orders, true, false)
}

// Rights stand under names: whoever had the old table of a name would have the new one,
// and does not as soon as we see it.
func TestRightsDoNotPassToAnotherTableOfTheName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, orders, other := w.open(t), w.person(t), w.person(t), w.table(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	name, next := quote(orders.Ref.Path()...), quote(other.Ref.Path()...)
	old := quote(w.database, w.name("backup"))
	w.run(t, "rename table "+name+" to "+old+", "+next+" to "+name)
	var replaced *provision.ReplacedError
	if err := apply(t, p, want(bob, orders, request.Read)).Err; !errors.As(err, &replaced) || replaced.Now.ID != other.ID {
		t.Fatalf("giving on a table that was swapped ended in %v, want one that tells %s", err, other.ID)
	}
	w.mustAllow(t, eve, orders, false, false)
	now := w.asset(t, orders.Ref.Path()...)
	mustApply(t, p, want(bob, now, request.Read))
	w.mustAllow(t, bob, now, true, false)
	w.mustAllow(t, eve, now, false, false)
	// The one that is gone gives its rights to no third one.
	mustApply(t, p, want(eve, orders))
	w.run(t, "drop table "+name)
	mustSay(t, apply(t, p, want(bob, now, request.Read)).Err, true, "stands no longer under its name")
	w.run(t, "rename table "+old+" to "+name)
	w.mustAllow(t, bob, orders, false, false)
	w.mustAllow(t, eve, orders, false, false)
}

// TRUNCATE makes a table anew, as InnoDB sees it. Who follows it loses nothing.
func TestTruncateIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	w.run(t, "truncate "+quote(orders.Ref.Path()...))
	var replaced *provision.ReplacedError
	if err := apply(t, p, want(eve, orders, request.Read)).Err; !errors.As(err, &replaced) || replaced.Now.Kind != orders.Kind || replaced.Now.Owner != "" {
		t.Fatalf("after TRUNCATE: %v", err)
	}
	anew := orders
	anew.ID = replaced.Now.ID
	for i, o := range p.Apply(t.Context(), []provision.Standing{want(eve, orders), want(eve, anew, request.Read)}) {
		if o.Err != nil {
			t.Errorf("outcome %d: %v", i, o.Err)
		}
	}
	w.mustAllow(t, eve, anew, true, false)
}

// An account that was dropped and made anew has nothing of what its predecessor had,
// also when it is given something.
func TestSuccessorOfAnAccountHasNothingOfIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders, bills := w.open(t), w.person(t), w.table(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	w.run(t, "drop user "+quoted(eve), "create user "+quoted(eve)+" identified by '"+password+"'")
	w.mustAllow(t, eve, orders, false, false)
	mustApply(t, p, want(eve, bills, request.Read))
	w.mustAllow(t, eve, bills, true, false)
	w.mustAllow(t, eve, orders, false, false)
	s := want(eve, orders, request.Read)
	s.Given = s.Want
	if o := mustApply(t, p, s); len(o.Withdrawn) != 1 {
		t.Errorf("Withdrawn is %v", o.Withdrawn)
	}
	w.mustAllow(t, eve, orders, false, false)
}

// What an administrator took away is not put back: not the right, not the role, and not
// the default role.
func TestLeavesWhatAnAdministratorTook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	other := w.name("analysts")
	w.run(t, "create role "+other)
	for _, tt := range []struct {
		name string
		take func(t *testing.T, eve request.Principal, a catalog.Asset) []string
	}{
		{"the right", func(t *testing.T, _ request.Principal, a catalog.Asset) []string {
			return []string{"revoke select on " + quote(a.Ref.Path()...) + " from " + quote(w.assetRole(t, a, request.Read))}
		}},
		{"the role of the asset", func(t *testing.T, _ request.Principal, a catalog.Asset) []string {
			return []string{"drop role " + quote(w.assetRole(t, a, request.Read))}
		}},
		{"the default role", func(_ *testing.T, eve request.Principal, _ catalog.Asset) []string {
			return []string{"set default role none for " + quoted(eve)}
		}},
		{"the default role, for another", func(_ *testing.T, eve request.Principal, _ catalog.Asset) []string {
			return []string{"grant " + other + " to " + quoted(eve), "set default role " + other + " for " + quoted(eve)}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			eve, orders := w.person(t), w.table(t)
			mustApply(t, p, want(eve, orders, request.Read))
			w.run(t, tt.take(t, eve, orders)...)
			w.mustAllow(t, eve, orders, false, false)
			s := want(eve, orders, request.Read)
			s.Given = s.Want
			if o := mustApply(t, p, s); len(o.Withdrawn) != 1 {
				t.Errorf("Withdrawn is %v", o.Withdrawn)
			}
			w.mustAllow(t, eve, orders, false, false)
			mustApply(t, p, want(eve, orders))
		})
	}
}

// Of what a database covers one part is dropped, one is swapped, and one is masked.
func TestDatabaseGivesWhatStandsAsItWasSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, all := w.open(t), w.person(t), w.container(t)
	in := all.Ref.Name()
	kept, dropped, swapped, masked := w.tableIn(t, in), w.tableIn(t, in), w.tableIn(t, in), w.tableIn(t, in)
	w.run(t, "create view "+quote(in, "counted")+" as select count(*) as n from "+quote(kept.Ref.Path()...))
	counted := w.asset(t, in, "counted")
	s := want(eve, all, request.ReadWrite)
	s.Below = []catalog.Asset{kept, dropped, swapped, masked, counted}
	s.Masked = []provision.Masking{{Asset: masked}}
	w.run(t, "drop table "+quote(dropped.Ref.Path()...), "truncate "+quote(swapped.Ref.Path()...))
	mustApply(t, p, s)
	w.mustAllow(t, eve, kept, true, true)
	w.mustAllow(t, eve, swapped, false, false)
	w.mustAllow(t, eve, masked, false, false)
	if reads, err := w.allowed(t.Context(), eve, counted, request.Read); err != nil || !reads {
		t.Errorf("a view that cannot be written to: reads %v, %v", reads, err)
	}
	// A database whose name this one's would be a pattern for is none of it.
	alike := strings.ReplaceAll(in, "%", "xyz")
	w.run(t, "create database "+quote(alike))
	w.mustAllow(t, eve, w.tableIn(t, alike), false, false)
}

// A column may take its value from a sequence: whoever writes may count.
func TestWritesWhereASequenceCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, all := w.open(t), w.person(t), w.container(t)
	in := all.Ref.Name()
	w.run(t, "create sequence "+quote(in, "num`bers"), "create table "+quote(in, "orders")+" (id int default nextval("+quote(in, "num`bers")+"), note text)")
	orders := w.asset(t, in, "orders")
	whole := func(ps ...request.Privilege) provision.Standing {
		s := want(eve, all, ps...)
		s.Below = []catalog.Asset{orders}
		return s
	}
	for _, s := range []provision.Standing{want(eve, orders, request.ReadWrite), whole(request.ReadWrite)} {
		mustApply(t, p, s)
		w.mustAllow(t, eve, orders, true, true)
		if o := mustApply(t, p, s); len(o.Ran) > 0 {
			t.Errorf("all was as wanted, yet this ran: %q", o.Ran)
		}
		mustApply(t, p, want(eve, s.Asset))
		w.mustAllow(t, eve, orders, false, false)
	}
	mustApply(t, p, whole(request.Read))
	w.mustAllow(t, eve, orders, true, false)
	conn, end, err := w.as(t.Context(), eve)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	if _, err := conn.ExecContext(t.Context(), "select nextval("+quote(in, "num`bers")+")"); err == nil || unlessDenied(err) != nil {
		t.Errorf("whoever may read may count: %v", err)
	}
}
