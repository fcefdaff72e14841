package pgprovision_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
)

// asLogin is the world, and a provisioner of it, with another login of ours.
func (w *world) asLogin(t testing.TB, login string) (*world, *pgprovision.Provisioner) {
	t.Helper()
	other := *w
	other.provisioner = login
	return &other, other.open(t)
}

// Two logins of ours that alternate are one: all that they give stands in one name, and
// either takes it (P8).
func TestLoginsOfOursAlternate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, ann, orders, bills := w.open(t), w.person(t), w.person(t), w.person(t), w.table(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	mustApply(t, p, want(bob, orders, request.Read))
	clone := w.name("ours_clone")
	w.run(t, "create role "+clone+" login password '"+password+"'")
	rotated, q := w.asLogin(t, clone)

	// Before its Setup it can take nothing, and says so of everything.
	for name, standing := range map[string]provision.Standing{"the end": want(eve, orders), "what stands": given(want(bob, orders, request.Read)), "more": want(ann, bills, request.Read)} {
		o := apply(t, q, standing)
		mustSay(t, o.Err, true, w.provisioner, clone, "Setup")
		if o.Taken || len(o.Withdrawn) > 0 {
			t.Errorf("%s: taken %v, withdrawn %v", name, o.Taken, o.Withdrawn)
		}
	}
	_, err := q.Check(t.Context(), want(ann, bills, request.Read))
	mustSay(t, err, true, "Setup")
	w.mustAllow(t, eve, orders, true, false)
	w.mustAllow(t, bob, orders, true, false)

	rotated.setup(t)
	mustApply(t, q, want(eve, orders))
	w.mustAllow(t, eve, orders, false, false)
	mustWithdraw(t, q, given(want(bob, orders, request.Read)))
	mustApply(t, q, want(ann, bills, request.Read))
	w.mustAllow(t, ann, bills, true, false)
	mustSay(t, apply(t, q, want(w.principal(t, clone), orders, request.Read)).Err, true, "Grantwright itself uses")

	// Back and forth, any number of times.
	for _, login := range []string{w.provisioner, clone, w.provisioner} {
		_, now := w.asLogin(t, login)
		mustWithdraw(t, now, given(want(bob, orders, request.Read)))
		mustApply(t, now, want(ann, bills))
		w.mustAllow(t, ann, bills, false, false)
		mustApply(t, now, want(ann, bills, request.Read))
		w.mustAllow(t, ann, bills, true, false)
		if steps, err := now.SetupStatements(t.Context(), w.database); err != nil || len(steps) > 0 {
			t.Errorf("as %s Setup lists %v, %v", login, steps, err)
		}
	}
}

// They are one too while nothing of ours stands, as after the last end: whoever comes then
// begins in no name of its own.
func TestLoginsOfOursAlternateWhileNothingStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, bob, orders := w.open(t), w.person(t), w.table(t)
	clone := w.name("ours_clone")
	w.run(t, "create role "+clone+" login password '"+password+"'")
	rotated, q := w.asLogin(t, clone)
	mustSay(t, apply(t, q, want(bob, orders, request.Read)).Err, true, w.provisioner, clone, "Setup")
	rotated.setup(t)
	for _, login := range []string{clone, w.provisioner, clone, clone, w.provisioner, w.provisioner, clone} {
		_, now := w.asLogin(t, login)
		if steps, err := now.SetupStatements(t.Context(), w.database); err != nil || len(steps) > 0 {
			t.Errorf("as %s Setup lists %v, %v", login, steps, err)
		}
		mustApply(t, now, want(bob, orders, request.Read))
		w.mustAllow(t, bob, orders, true, false)
		if n := w.count(t, "select count(*) from pg_auth_members where admin_option and roleid = $1::regrole and member = $2::regrole", w.groupRole(t, orders, request.Read), w.provisioner); n != 1 {
			t.Errorf("as %s, what stands is in another name than %s", login, w.provisioner)
		}
		mustApply(t, now, want(bob, orders))
		w.mustAllow(t, bob, orders, false, false)
	}
	mustApply(t, p, want(bob, orders, request.Read)) // one that was there all the time
}

// Where the login that made our roles is a member of the other one, as older versions could
// leave it, Setup turns that round.
func TestLoginsOfOursThatAreMembersOfEachOtherTheWrongWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eve, orders := w.person(t), w.table(t)
	clone := w.name("ours_clone")
	w.run(t, "create role "+clone+" login password '"+password+"'; alter schema gw_"+w.installation+"_masked owner to postgres")
	rotated, q := w.asLogin(t, clone)
	rotated.setup(t)
	mustApply(t, q, want(eve, orders, request.Read)) // in the name of the clone
	w.run(t, "grant "+w.provisioner+" to "+clone)
	_, p := w.asLogin(t, w.provisioner)
	mustSay(t, apply(t, p, given(want(eve, orders, request.Read))).Err, true, "Setup")
	w.setup(t)
	for _, login := range []string{w.provisioner, clone, w.provisioner} {
		rotated, now := w.asLogin(t, login)
		rotated.setup(t)
		mustWithdraw(t, now, given(want(eve, orders, request.Read)))
		w.mustAllow(t, eve, orders, true, false)
		mustApply(t, now, want(eve, orders))
		w.mustAllow(t, eve, orders, false, false)
		mustApply(t, now, want(eve, orders, request.Read))
	}
}

// A process that runs while an administrator runs Setup, or takes it back, notices.
func TestLoginThatMayActAsOursNoLonger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	clone := w.name("ours_clone")
	w.run(t, "create role "+clone+" login password '"+password+"'")
	rotated, q := w.asLogin(t, clone)
	rotated.setup(t)
	mustApply(t, q, want(eve, orders, request.Read))
	w.run(t, "revoke "+w.provisioner+" from "+clone)
	if o := apply(t, q, want(eve, orders)); o.Err == nil || o.Taken {
		t.Errorf("taken by a login that may not: %+v", o)
	}
	mustSay(t, apply(t, q, want(eve, orders)).Err, true, "Setup")
	w.mustAllow(t, eve, orders, true, false)
	rotated.setup(t)
	mustApply(t, q, want(eve, orders))
	w.mustAllow(t, eve, orders, false, false)
}

// A login of ours that is renamed is the same login.
func TestLoginOfOursIsRenamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, orders := w.open(t), w.person(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	mustApply(t, p, want(bob, orders, request.Read))
	name := w.name("ours_renamed")
	w.run(t, "alter role "+w.provisioner+" rename to "+name)
	w.run(t, "alter role "+name+" password '"+password+"'")
	renamed, q := w.asLogin(t, name)
	renamed.setup(t)
	mustApply(t, q, want(eve, orders))
	mustWithdraw(t, q, given(want(bob, orders, request.Read)))
	w.mustAllow(t, eve, orders, false, false)
	w.mustAllow(t, bob, orders, true, false)
}

// What others gave in a role of ours is taken, or we say who alone can (P8, P31).
func TestMembershipThatOthersGaveIsTakenOrSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, mallory, orders := w.open(t), w.person(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	role := w.groupRole(t, orders, request.Read)
	w.run(t, "grant "+role+" to "+mallory.Name)
	o := apply(t, p, want(mallory, orders))
	if w.version15(t) {
		if o.Err != nil || !o.Taken {
			t.Fatalf("not taken: %v", o.Err)
		}
		w.mustAllow(t, mallory, orders, false, false)
		return
	}
	mustSay(t, o.Err, true, "postgres", role, mallory.Name)
	if o.Taken {
		t.Error("said to be taken, and stands")
	}
	w.mustAllow(t, mallory, orders, true, false)

	// Setup makes it ours: then it is taken.
	w.setup(t)
	mustApply(t, p, want(mallory, orders))
	w.mustAllow(t, mallory, orders, false, false)
	w.mustAllow(t, eve, orders, true, false)
	w.run(t, "grant "+role+" to "+mallory.Name)

	// Through us as well, and then only through the other again.
	mustApply(t, p, want(mallory, orders, request.Read))
	if o = apply(t, p, want(mallory, orders)); o.Err == nil || o.Taken {
		t.Errorf("said to be taken, and stands: %+v", o)
	}

	// Where nobody else is in the role it ends, and every membership with it.
	mustApply(t, p, want(eve, orders))
	mustApply(t, p, want(mallory, orders))
	w.mustAllow(t, mallory, orders, false, false)
	if w.stands(t, role) {
		t.Error("the role stands")
	}
}

// strangeThings are what anybody may attach to a role of ours who has something of their
// own, with how it is undone.
var strangeThings = map[string]struct{ do, says string }{
	"a right on a table":       {"create table {scratch}.mine(); grant select on {scratch}.mine to {role}", "{scratch}.mine"},
	"a right on a column":      {"create table {scratch}.mine(a int); grant select (a) on {scratch}.mine to {role}", "{scratch}.mine"},
	"a right on a schema":      {"grant create on schema {scratch} to {role}", "{scratch}"},
	"a right on a function":    {"create function {scratch}.f() returns int language sql as 'select 1'; grant execute on function {scratch}.f() to {role}", "{scratch}.f()"},
	"a policy":                 {"create table {scratch}.mine(); create policy p on {scratch}.mine to {role} using (true)", "policy p"},
	"default rights":           {"alter default privileges in schema {scratch} grant select on tables to {role}", "default privileges"},
	"a large object":           {"select lo_create({lo}); grant select on large object {lo} to {role}", "large object {lo}"},
	"a user mapping":           {"create server {scratch} foreign data wrapper {wrapper}; create user mapping for {role} server {scratch}", "user mapping"},
	"a right on a server":      {"create server {scratch} foreign data wrapper {wrapper}; grant usage on foreign server {scratch} to {role}", "{scratch}"},
	"a right on a own type":    {"create domain {scratch}.d as int; grant usage on domain {scratch}.d to {role}", "{scratch}.d"},
	"a right to make and pass": {"create table {scratch}.mine(); grant all on {scratch}.mine to {role} with grant option", "{scratch}.mine"},
}

// Whatever a stranger attaches to a role of ours is named and holds up nobody (P26).
func TestStrangerHoldsUpNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, wrapper := w.open(t), w.name("wrapper")
	w.run(t, "create foreign data wrapper "+wrapper)
	lo := 700000
	for name, tt := range strangeThings {
		lo++
		id := fmt.Sprint(lo)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eve, bob, mallory, orders, scratch := w.person(t), w.person(t), w.person(t), w.table(t), w.name("scratch")
			mustApply(t, p, want(eve, orders, request.Read))
			role := w.groupRole(t, orders, request.Read)
			w.run(t, "create schema "+scratch+" authorization "+mallory.Name+"; grant usage on foreign data wrapper "+wrapper+" to "+mallory.Name+"; grant create on database "+w.database+" to "+mallory.Name)
			names := strings.NewReplacer("{scratch}", scratch, "{role}", role, "{wrapper}", wrapper, "{lo}", id)
			if err := w.as(t.Context(), mallory.Name, names.Replace(tt.do)); err != nil {
				t.Fatal(err)
			}
			o := mustWithdraw(t, p, given(want(eve, orders, request.Read)))
			if said := fmt.Sprint(o.Remaining); !strings.Contains(said, names.Replace(tt.says)) {
				t.Errorf("Remaining is %s, must name %s", said, names.Replace(tt.says))
			}
			mustApply(t, p, want(bob, orders, request.Read))
			w.mustAllow(t, bob, orders, true, false)
			for _, who := range []request.Principal{eve, bob} {
				if o := mustApply(t, p, want(who, orders)); len(o.Remaining) > 0 {
					t.Errorf("%s gets in by %q, after the end", who.Name, o.Remaining)
				}
				w.mustAllow(t, who, orders, false, false)
			}
		})
	}
}

// What an administrator adds to a role of ours is named too, to whoever gets it.
func TestRightsThatOthersAddToARoleAreNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	for name, tt := range map[string]struct{ change, says string }{
		"other rights":        {"grant select on {other} to {role}", "{other}"},
		"another's database":  {"grant create on database postgres to {role}", "postgres"},
		"rights on the asset": {"grant insert, update on {asset} to {role}", "INSERT, UPDATE on table public.{asset}, given by " + w.owner},
		"what it has already": {"grant select on {asset} to {role}", "SELECT on table public.{asset}, given by " + w.owner},
		"one of its columns":  {"grant update (note) on {asset} to {role}", "column note of table public.{asset}"},
		"its sequence":        {"grant update on sequence {asset}_id_seq to {role}", "UPDATE on sequence public.{asset}_id_seq, given by " + w.owner},
		"its schema":          {"grant create on schema public to {role}", "CREATE on schema public, given by " + w.owner},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eve, bob, orders, other := w.person(t), w.person(t), w.table(t), w.table(t)
			mustApply(t, p, want(eve, orders, request.Read))
			role := w.groupRole(t, orders, request.Read)
			names := strings.NewReplacer("{role}", role, "{other}", other.Ref.Name(), "{asset}", orders.Ref.Name())
			w.run(t, names.Replace(tt.change))
			plan := p.Plan(t.Context(), []provision.Standing{want(bob, orders, request.Read)})[0]
			o := mustApply(t, p, want(bob, orders, request.Read))
			for who, said := range map[string]string{"Plan": fmt.Sprint(plan.Paths), "Apply": fmt.Sprint(o.Remaining)} {
				if !strings.Contains(said, names.Replace(tt.says)) || !strings.Contains(said, role) {
					t.Errorf("%s names %s", who, said)
				}
			}
			w.mustAllow(t, bob, orders, true, false)
			mustApply(t, p, want(eve, orders))
			w.mustAllow(t, eve, orders, false, false)
			w.run(t, strings.Replace(strings.Replace(names.Replace(tt.change), "grant", "revoke", 1), " to ", " from ", 1))
		})
	}
}

// What somebody adds to a role of ours in our own name is taken.
func TestRightsInOurNameAreTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, orders := w.open(t), w.person(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	if err := w.as(t.Context(), w.provisioner, "grant insert, update, delete on "+orders.Ref.Name()+" to "+w.groupRole(t, orders, request.Read)+"; grant usage on sequence "+orders.Ref.Name()+"_id_seq to "+w.groupRole(t, orders, request.Read)); err != nil {
		t.Fatal(err)
	}
	w.mustAllow(t, eve, orders, true, true)
	mustApply(t, p, want(bob, orders, request.Read))
	w.mustAllow(t, eve, orders, true, false)
}

// Those who stand stay, where others have made a role of ours more than a group role.
func TestThoseWhoStandStayInARoleThatIsMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	for name, change := range map[string]string{"can log in": "alter role {role} login", "member of another": "grant pg_read_all_stats to {role}"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eve, bob, orders := w.person(t), w.person(t), w.table(t)
			mustApply(t, p, want(eve, orders, request.Read))
			role := w.groupRole(t, orders, request.Read)
			w.run(t, w.names(eve, orders, role).Replace(change))
			both := p.Apply(t.Context(), []provision.Standing{given(want(eve, orders, request.Read)), want(bob, orders, request.Read)})
			if both[0].Err != nil || len(both[0].Withdrawn) > 0 || !strings.Contains(fmt.Sprint(both[0].Remaining), role) {
				t.Errorf("who stands: %+v", both[0])
			}
			mustSay(t, both[1].Err, true, role)
		})
	}
}

// hold runs a statement as a role in a transaction that stays open.
func (w *world) hold(t testing.TB, role string, statements ...string) (end func()) {
	t.Helper()
	db, err := sql.Open("postgres", platform.URL(role, password, w.database))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	for _, s := range append(statements[:len(statements)-1:len(statements)-1], "begin", statements[len(statements)-1]) {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	return func() { _ = db.Close() }
}

// A membership ends although the role cannot be dropped now: the locks of others are in
// the way of the role alone (P25).
func TestMembershipEndsWhateverOthersHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	w.run(t, "grant create on schema public to public")
	for name, held := range map[string]func(t *testing.T, eve request.Principal, orders catalog.Asset, role string) func(){
		"a stranger's grant on a temporary table": func(t *testing.T, _ request.Principal, _ catalog.Asset, role string) func() {
			mallory := w.person(t)
			return w.hold(t, mallory.Name, "create temporary table mine()", "grant select on mine to "+role)
		},
		"the owner's lock on the table": func(t *testing.T, _ request.Principal, orders catalog.Asset, _ string) func() {
			return w.hold(t, w.owner, "lock table "+orders.Ref.Name()+" in access exclusive mode")
		},
		"the person's own view, made as the role": func(t *testing.T, eve request.Principal, _ catalog.Asset, role string) func() {
			if !w.version15(t) { // a member cannot become the role, so that nothing is in the way
				if err := w.as(t.Context(), eve.Name, "set role "+role); err == nil {
					t.Error("a member becomes the role")
				}
				return func() {}
			}
			return w.hold(t, eve.Name, "set role "+role, "create view "+w.name("left")+" as select 1")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eve, bob, orders := w.person(t), w.person(t), w.table(t)
			mustApply(t, p, want(eve, orders, request.Read))
			role := w.groupRole(t, orders, request.Read)
			end := held(t, eve, orders, role)
			defer end()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			o := p.Apply(ctx, []provision.Standing{want(eve, orders)})[0]
			if o.Err != nil || !o.Taken {
				t.Fatalf("not taken: %v", o.Err)
			}
			var member bool
			if err := w.db.QueryRow("select exists (select from pg_auth_members m join pg_roles r on r.oid = m.roleid where r.rolname = $1 and m.member = $2::oid)", role, eve.ID).Scan(&member); err != nil || member {
				t.Errorf("a member still: %v, %v", member, err)
			}
			end()
			w.mustAllow(t, eve, orders, false, false)
			// Then the role goes, or serves the next.
			mustApply(t, p, want(bob, orders, request.Read))
			if ran, err := p.Sweep(t.Context()); err != nil || strings.Contains(fmt.Sprint(ran), role) {
				t.Errorf("swept a role that somebody is in: %q, %v", ran, err)
			}
			w.mustAllow(t, bob, orders, true, false)
			mustApply(t, p, want(bob, orders))
			if w.stands(t, role) {
				t.Error("the role stands")
			}
		})
	}
}

// What was left of an end is removed later.
func TestSweepDropsWhatNobodyIsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, mallory, orders, bills := w.open(t), w.person(t), w.person(t), w.person(t), w.table(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	mustApply(t, p, want(bob, bills, request.Read))
	role, kept := w.groupRole(t, orders, request.Read), w.groupRole(t, bills, request.Read)
	end := w.hold(t, mallory.Name, "create temporary table mine()", "grant select on mine to "+role)
	mustApply(t, p, want(eve, orders))
	if _, err := p.Sweep(t.Context()); err != nil || !w.stands(t, role) {
		t.Errorf("while it is in use: %v, stands: %v", err, w.stands(t, role))
	}
	end()
	w.run(t, "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = '"+mallory.Name+"'")
	ran, err := p.Sweep(t.Context())
	if err != nil || w.stands(t, role) || len(ran) == 0 || !w.stands(t, kept) {
		t.Errorf("swept %q, %v; stands: %v, and %v", ran, err, w.stands(t, role), w.stands(t, kept))
	}
	if ran, err := p.Sweep(t.Context()); err != nil || len(ran) > 0 {
		t.Errorf("swept again: %q, %v", ran, err)
	}
	w.mustAllow(t, bob, bills, true, false)
}
