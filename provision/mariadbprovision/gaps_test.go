package mariadbprovision_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// mustGap checks how many parts do not work, and that each of some words is said of them.
func mustGap(t testing.TB, g provision.Gaps, count int, says ...string) {
	t.Helper()
	text := strings.Join(g.Lines(), "\n")
	if g.Count != count {
		t.Errorf("%d parts do not work, want %d: %s", g.Count, count, text)
	}
	for _, word := range says {
		if !strings.Contains(text, word) {
			t.Errorf("the gaps do not say %q: %s", word, text)
		}
	}
}

// tries logs in as the person and runs one statement.
func (w *world) tries(t testing.TB, who request.Principal, statement string) error {
	t.Helper()
	conn, end, err := w.as(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	_, err = conn.ExecContext(t.Context(), statement)
	return err
}

// Each way in which a part does not work is a gap of its database, and a reason where it is
// asked for alone. It is gone as soon as somebody has mended it.
func TestPartsThatDoNotWorkAreGaps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	for name, tt := range map[string]struct {
		made      string // in the database DB
		broken    string
		mended    string
		part      string
		privilege request.Privilege
		tries     string
		says      string
	}{
		"the view's definer may not read": {"create table DB.base (id int); grant select on DB.base to REP; create definer = REP view DB.v as select * from DB.base",
			"revoke select on DB.base from REP", "grant select on DB.base to REP", "v", request.Read, "select * from DB.v", "SELECT command denied to user 'rep"},
		"nor one column": {"create table DB.base (id int, pay int); grant select (id, pay) on DB.base to REP; create definer = REP view DB.v as select id, pay from DB.base",
			"revoke select (pay) on DB.base from REP", "grant select (pay) on DB.base to REP", "v", request.Read, "select * from DB.v", "column 'pay'"},
		"nor through a role of its own": {"create table DB.base (id int); create role ROLE; grant select on DB.base to ROLE; grant ROLE to REP; set default role ROLE for REP; create definer = REP view DB.v as select * from DB.base",
			"", "grant select on DB.base to REP", "v", request.Read, "select * from DB.v", "SELECT command denied"},
		"the view's definer is gone": {"create table DB.base (id int); grant select on DB.base to REP; create definer = REP view DB.v as select * from DB.base",
			"drop user REP", "create user REP; grant select on DB.base to REP", "v", request.Read, "select * from DB.v", "and there is no such account"},
		"that of a view elsewhere beneath it is gone": {"create table BESIDE.base (id int); create definer = REP view BESIDE.under as select 1 as id; create view DB.v as select * from BESIDE.under",
			"drop user REP", "create user REP", "v", request.Read, "select * from DB.v", "a view beneath it reads as an account that is gone"},
		"its table is gone": {"create table DB.base (id int); create view DB.v as select * from DB.base",
			"drop table DB.base", "create table DB.base (id int)", "v", request.Read, "select * from DB.v", "base' doesn't exist"},
		"its column is gone": {"create table DB.base (id int, pay int); create view DB.v as select pay from DB.base",
			"alter table DB.base drop pay", "alter table DB.base add pay int", "v", request.Read, "select * from DB.v", "Unknown column"},
		"a function is not for its definer": {"create function DB.f() returns int deterministic return 1; grant execute on function DB.f to REP; create definer = REP view DB.v as select DB.f() as x",
			"revoke execute on function DB.f from REP", "grant execute on function DB.f to REP", "v", request.Read, "select * from DB.v", "execute command denied to user 'rep"},
		"a function runs as nobody": {"grant execute on DB.* to REP; create definer = REP function DB.f() returns int deterministic return 1; create view DB.v as select DB.f() as x",
			"drop user REP", "create user REP; grant execute on DB.* to REP", "v", request.Read, "select * from DB.v", "`f`, which runs as"},
		"it reads with the reader's rights": {"create table BESIDE.base (id int); create sql security invoker view DB.v as select * from BESIDE.base",
			"", "grant select on BESIDE.base to EVE", "v", request.Read, "select * from DB.v", "hold no SELECT on"},
		"a trigger runs as nobody": {"create table DB.v (id int); grant trigger on DB.v to REP; create definer = REP trigger DB.counts before insert on DB.v for each row set new.id = 1",
			"drop user REP", "create user REP; grant select, update, trigger on DB.v to REP", "v", request.ReadWrite, "insert into DB.v values (2)", "its trigger"},
		"its definer may not run it": {"create table DB.v (id int); grant select, update, trigger on DB.v to REP; create definer = REP trigger DB.counts before insert on DB.v for each row set new.id = 1",
			"revoke trigger on DB.v from REP", "grant trigger on DB.* to REP", "v", request.ReadWrite, "insert into DB.v values (2)", "no TRIGGER"},
		"the view's definer may not write": {"create table DB.base (id int); grant select, insert, delete on DB.base to REP; create definer = REP view DB.v as select * from DB.base",
			"", "grant update on DB.base to REP", "v", request.ReadWrite, "update DB.v set id = 2", "UPDATE command denied to user 'rep"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eve, all, beside := w.person(t), w.container(t), w.container(t)
			in, rep := all.Ref.Name(), w.name("rep")
			fine := w.tableIn(t, in)
			fill := strings.NewReplacer("DB", quote(in), "BESIDE", quote(beside.Ref.Name()), "REP", rep+"@'%'", "ROLE", w.name("role"), "EVE", quoted(eve)).Replace
			run := func(statements string) {
				for s := range strings.SplitSeq(fill(statements), "; ") {
					if s != "" {
						w.run(t, s)
					}
				}
			}
			w.run(t, "create user "+rep+"@'%'")
			run(tt.made)
			run(tt.broken)
			part := w.asset(t, in, tt.part)
			whole := func() provision.Standing {
				s := want(eve, all, tt.privilege)
				s.Below = []catalog.Asset{fine, w.asset(t, in, tt.part)}
				return s
			}
			for _, g := range []provision.Gaps{p.Plan(t.Context(), []provision.Standing{whole()})[0].Gaps, mustApply(t, p, whole()).Gaps} {
				mustGap(t, g, 1, "`"+in+"`.`"+tt.part+"`: ", tt.says)
			}
			w.mustAllow(t, eve, fine, true, tt.privilege == request.ReadWrite)
			if err := w.tries(t, eve, fill(tt.tries)); err == nil {
				t.Errorf("%s works, and is called a gap", tt.part)
			}
			only := whole()
			only.Below = only.Below[1:]
			if o := apply(t, p, only); tt.privilege == request.Read {
				mustSay(t, o.Err, false, tt.says, "cannot use it")
			} else {
				mustGap(t, o.Gaps, 1, tt.says)
			}
			mustApply(t, p, want(eve, all))
			if part.Kind == catalog.View || tt.privilege == request.ReadWrite {
				o := apply(t, p, want(eve, part, tt.privilege))
				lacking := (*provision.LackingError)(nil)
				if o.Err == nil {
					t.Error("asked for alone it is ACTIVE")
				} else if errors.As(o.Err, &lacking) && (lacking.Of == nil) != (tt.privilege == request.Read) {
					t.Errorf("it says of the wrong access that it lacks something: %v", o.Err)
				}
				mustApply(t, p, want(eve, part))
			}
			run(tt.mended)
			mustGap(t, mustApply(t, p, whole()).Gaps, 0)
			if err := w.tries(t, eve, fill(tt.tries)); err != nil {
				t.Errorf("%s is no gap, and does not work: %v", tt.part, err)
			}
		})
	}
}

// A view with the reader's rights works where these reach: by the same database, by what
// others gave, by another grant of ours, and where it is read through another view.
func TestViewsWithTheReadersRightsAreNoGapsWhereTheyWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, all, beside := w.open(t), w.person(t), w.container(t), w.container(t)
	in := all.Ref.Name()
	near, far := w.tableIn(t, in), w.tableIn(t, beside.Ref.Name())
	shown := w.viewOver(t, far)
	make := func(how, name string, of catalog.Asset) catalog.Asset {
		w.run(t, "create sql security "+how+" view "+quote(in, name)+" as select * from "+quote(of.Ref.Path()...))
		return w.asset(t, in, name)
	}
	nearby, given := make("invoker", "nearby", near), make("invoker", "given", shown)
	deep := make("invoker", "deep", make("invoker", "middle", far))
	through := make("definer", "through", deep)
	whole := want(eve, all, request.Read)
	whole.Below = []catalog.Asset{near, nearby, given, w.asset(t, in, "middle"), deep, through}
	o := mustApply(t, p, whole)
	mustGap(t, o.Gaps, 3, "`given`: ", "`middle`: ", "`deep`: ")
	w.run(t, "grant select on "+quote(shown.Ref.Path()...)+" to "+quoted(eve))
	mustApply(t, p, want(eve, far, request.Read))
	mustGap(t, mustApply(t, p, whole).Gaps, 0)
	for _, a := range whole.Below {
		if err := w.tries(t, eve, "select * from "+quote(a.Ref.Path()...)); err != nil {
			t.Errorf("%s is no gap, and does not work: %v", a.Ref, err)
		}
	}
	mustApply(t, p, want(eve, far))
	w.run(t, "revoke select on "+quote(shown.Ref.Path()...)+" from "+quoted(eve))
	mustGap(t, mustApply(t, p, whole).Gaps, 3)
	for _, a := range []catalog.Asset{given, deep} {
		if err := w.tries(t, eve, "select * from "+quote(a.Ref.Path()...)); err == nil {
			t.Errorf("%s works, and is called a gap", a.Ref)
		}
	}
}

// What somebody has locked is not waited for, and is no gap: it works once it is let go.
func TestLockedViewsAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, base := w.open(t), w.person(t), w.table(t)
	view := w.viewOver(t, base)
	conn, err := platform.DB.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(t.Context(), "lock tables "+quote(base.Ref.Path()...)+" write"); err != nil {
		t.Fatal(err)
	}
	mustApply(t, p, want(eve, view, request.ReadWrite))
	if _, err := conn.ExecContext(t.Context(), "unlock tables"); err != nil {
		t.Fatal(err)
	}
	w.mustAllow(t, eve, view, true, true)
}
