package pgprovision_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

func TestGrantsStandUnderOurOwnName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.ReadWrite))
	var foreign int
	const query = `
		select count(*) from (
			select a.grantee, a.grantor from pg_class c, aclexplode(c.relacl) a where c.relname like $1
			union all select a.grantee, a.grantor from pg_namespace n, aclexplode(n.nspacl) a
			union all select a.grantee, a.grantor from pg_database d, aclexplode(d.datacl) a
			union all select m.roleid, m.grantor from pg_auth_members m where m.member = $2::oid
		) x join pg_roles r on r.oid = x.grantee and r.rolname = $3
		where x.grantor <> $4::regrole`
	if err := w.db.QueryRow(query, orders.Ref.Name()+"%", eve.ID, w.groupRole(t, orders, request.ReadWrite), w.provisioner).Scan(&foreign); err != nil {
		t.Fatal(err)
	}
	if foreign != 0 {
		t.Errorf("%d entries of our group role were granted in another's name", foreign)
	}
}

func TestMemberOfTheOwnerIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	w.run(t, "grant "+w.owner+" to "+w.provisioner)
	mustSay(t, apply(t, p, want(eve, orders, request.Read)).Err, true, "in the owner's name")
}

func TestRoleOfOurNameThatIsNotOursIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, orders := w.open(t), w.person(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	role := w.groupRole(t, orders, request.Read)
	w.run(t, "comment on role "+role+" is 'mine now'")
	mustSay(t, apply(t, p, want(bob, orders, request.Read)).Err, true, role, "comment of ours")
	mustSay(t, apply(t, p, want(eve, orders)).Err, true, role, "comment of ours")
	w.mustAllow(t, eve, orders, true, false)
}

func TestGroupRoleThatIsMoreThanAGroupIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	for name, tt := range map[string]struct{ change, says string }{
		"can log in":        {"alter role {role} login", "can log in"},
		"member of another": {"grant pg_read_all_stats to {role}", "member of pg_read_all_stats"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eve, bob, orders := w.person(t), w.person(t), w.table(t)
			mustApply(t, p, want(eve, orders, request.Read))
			names := strings.NewReplacer("{role}", w.groupRole(t, orders, request.Read))
			w.run(t, names.Replace(tt.change))
			mustSay(t, apply(t, p, want(bob, orders, request.Read)).Err, true, names.Replace(tt.says))
			w.mustAllow(t, bob, orders, false, false)
			mustApply(t, p, want(eve, orders))
			w.mustAllow(t, eve, orders, false, false)
		})
	}
}

func TestRoleThatOwnsSomethingKeepsAnEndFromBeingSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	role := w.groupRole(t, orders, request.Read)
	w.run(t, "create view left_behind as select * from "+orders.Ref.Name())
	w.run(t, "alter view left_behind owner to "+role)
	mustSay(t, apply(t, p, want(eve, orders)).Err, true, role, "left_behind")
	w.mustAllow(t, eve, orders, false, false)
	w.run(t, "drop view left_behind")
	mustApply(t, p, want(eve, orders))
}

func TestSessionCannotKeepTheGroupRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	db, err := sql.Open("postgres", platform.URL(eve.Name, password, w.database))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_, became := c.ExecContext(t.Context(), "set role "+w.groupRole(t, orders, request.Read))
	if w.version15(t) != (became == nil) {
		t.Fatalf("set role: %v", became)
	}
	mustApply(t, p, want(eve, orders))
	if _, err := c.ExecContext(t.Context(), "select * from "+orders.Ref.Name()); err == nil {
		t.Error("the session still reads after the end")
	}
	if err := w.as(t.Context(), eve.Name, "select 1"); err != nil {
		t.Errorf("the person cannot come back: %v", err)
	}
}

// On 15 an end is not done before the sessions are: if we are cut off between
// the two, the next attempt knows from the platform whose they are.
func TestSessionsAreEndedAlsoAfterACrashBetween(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, x := w.openThrough(t)
	eve, orders := w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	if !w.version15(t) {
		return // there is nothing between
	}
	db, err := sql.Open("postgres", platform.URL(eve.Name, password, w.database))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("set role " + w.groupRole(t, orders, request.Read)); err != nil {
		t.Fatal(err)
	}
	commits := 0
	x.onCommit(func() {
		if commits++; commits == 2 {
			x.cut()
		}
	})
	// The cut comes after the first commit, and before anything of the second.
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if o := p.Apply(ctx, []provision.Standing{want(eve, orders)})[0]; o.Err == nil {
		t.Fatal("the removal was cut off, and says that it is done")
	}
	o := mustApply(t, w.open(t), want(eve, orders))
	if len(o.Ran) == 0 || !strings.Contains(fmt.Sprint(o.Ran), "pg_terminate_backend") {
		t.Errorf("the sessions were not ended the next time: %q", o.Ran)
	}
	if o := mustApply(t, w.open(t), want(eve, orders)); len(o.Ran) > 0 {
		t.Errorf("ran again: %q", o.Ran)
	}
}

func TestManyPeopleOnOneTable(t *testing.T) {
	t.Parallel()
	const people = 3000
	w := newWorld(t)
	p, orders := w.open(t), w.table(t)
	prefix := w.name("crowd")
	w.run(t, fmt.Sprintf("do $$ begin for i in 1..%d loop execute 'create role %s_' || i || ' login'; end loop; end $$", people, prefix))
	standings := make([]provision.Standing, people)
	for i := range standings {
		standings[i] = want(request.Principal{Name: fmt.Sprintf("%s_%d", prefix, i+1)}, orders, request.Read)
	}
	ran := make(map[provision.Statement]bool)
	for i, o := range p.Apply(t.Context(), standings) {
		if o.Err != nil {
			t.Fatalf("person %d: %v", i, o.Err)
		}
		for _, s := range o.Ran {
			ran[s] = true
		}
	}
	if len(ran) > people/50 {
		t.Errorf("%d statements for %d people, they must go in sets", len(ran), people)
	}
	var may int
	if err := w.db.QueryRow("select count(*) from pg_roles where rolname like $1 and has_table_privilege(oid, $2, 'SELECT')", prefix+`\_%`, orders.Ref.Name()).Scan(&may); err != nil || may != people {
		t.Errorf("%d may read (%v), want %d", may, err, people)
	}
}

func TestManyCallsShareTheFewConnections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	var wg sync.WaitGroup
	for range 16 {
		eve, orders := w.person(t), w.table(t)
		wg.Go(func() {
			for _, standing := range []provision.Standing{want(eve, orders, request.Read), want(eve, orders)} {
				if o := apply(t, p, standing); o.Err != nil {
					t.Errorf("one of many: %v", o.Err)
				}
			}
		})
	}
	wg.Wait()
}

func TestHoldsItsOwnAmongConcurrentGrantsOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, orders, dba := w.open(t), w.table(t), w.name("dba")
	w.run(t, "create role "+dba)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			_, _ = w.db.ExecContext(ctx, "grant select on "+orders.Ref.Name()+" to "+dba)
			_, _ = w.db.ExecContext(ctx, "revoke select on "+orders.Ref.Name()+" from "+dba)
		}
	})
	defer wg.Wait()
	defer stop()
	for range 10 {
		eve := w.person(t)
		mustApply(t, p, want(eve, orders, request.ReadWrite))
		mustApply(t, p, want(eve, orders))
	}
}

func TestLockedTableHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, locked, free := w.open(t), w.person(t), w.table(t), w.table(t)
	tx, err := w.db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.Exec("lock table " + locked.Ref.Name() + " in access exclusive mode"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	outcomes := p.Apply(ctx, []provision.Standing{want(eve, locked, request.Read), want(eve, free, request.Read)})
	if outcomes[1].Err != nil {
		t.Errorf("the other table: %v", outcomes[1].Err)
	}
	w.mustAllow(t, eve, free, true, false)
	if err := outcomes[0].Err; err != nil { // 15 grants without waiting
		mustSay(t, err, false)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	mustApply(t, p, want(eve, locked, request.Read))
	w.mustAllow(t, eve, locked, true, false)
}

func TestAnotherServerUnderTheAddressIsNotTouched(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, x := w.openThrough(t)
	eve, orders := w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	other, err := pgserver.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Stop()
	for _, statement := range []string{
		"create database " + w.database,
		"create role " + w.provisioner + " login password '" + password + "'",
	} {
		if _, err := other.DB.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	u, err := url.Parse(other.SuperURL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	home := x.to
	x.cut()
	x.lead(u.Host)
	for _, standing := range []provision.Standing{want(eve, orders), want(eve, orders, request.Read)} {
		mustSay(t, apply(t, p, standing).Err, false, "another server answers")
	}
	x.cut()
	x.lead(home)
	mustApply(t, p, want(eve, orders))
	w.mustAllow(t, eve, orders, false, false)
}

func TestPlanTellsWhatWouldRunAndWhatItOpens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	w.run(t, "revoke usage on schema public from public")
	w.asOwner(t, "create table notices (id int); grant select on notices to public")
	standing := want(eve, orders, request.Read)
	plan := p.Plan(t.Context(), []provision.Standing{standing})[0]
	if plan.Err != nil {
		t.Fatal(plan.Err)
	}
	if got := fmt.Sprint(plan.Opens); got != "[public.notices becomes readable]" {
		t.Errorf("Opens is %s", got)
	}
	w.mustAllow(t, eve, orders, false, false)
	if o := mustApply(t, p, standing); fmt.Sprint(o.Ran) != fmt.Sprint(plan.Statements) {
		t.Errorf("planned %q, ran %q", plan.Statements, o.Ran)
	}
	if plan := p.Plan(t.Context(), []provision.Standing{standing})[0]; len(plan.Statements)+len(plan.Opens) > 0 {
		t.Errorf("nothing is left to do, yet the plan is %+v", plan)
	}
	w.asOwner(t, "alter table "+orders.Ref.Name()+" enable row level security")
	if plan := p.Plan(t.Context(), []provision.Standing{standing})[0]; !strings.Contains(fmt.Sprint(plan.Remarks), "row level security") {
		t.Errorf("Remarks are %q, must speak of row level security", plan.Remarks)
	}
}
