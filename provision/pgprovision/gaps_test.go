package pgprovision_test

import (
	"fmt"
	"strings"
	"testing"

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

// Each way in which a part does not work is a gap of its schema and of its database, and
// none for whom it works. The gap is gone as soon as somebody has mended it.
func TestPartsThatDoNotWorkAreGaps(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		made      string // by the owner of the schema AREA
		broken    string // by the superuser
		mended    string // the same
		part      string
		privilege request.Privilege
		tries     string
		says      string
	}{
		"the view's owner may not read": {"create table AREA.base (id int); create view AREA.v as select * from AREA.base",
			"alter view AREA.v owner to REP", "grant select on AREA.base to REP; grant usage on schema AREA to REP", "v", request.Read, "select * from AREA.v", "no SELECT on AREA.base"},
		"a function is not for everybody": {"create function AREA.f() returns int language sql as 'select 1'; create view AREA.v as select AREA.f() as x",
			"revoke execute on function AREA.f() from public", "grant execute on function AREA.f() to EVE", "v", request.Read, "select * from AREA.v", "no EXECUTE on function AREA.f()"},
		"a policy reads a table elsewhere": {"create table AREA.p (id int); alter table AREA.p enable row level security; create policy mine on AREA.p using (exists (select from public.who))",
			"", "grant select on public.who to public", "p", request.Read, "select * from AREA.p", "no SELECT on public.who"},
		"a view holds no data": {"create materialized view AREA.v as select 1 as id with no data",
			"", "refresh materialized view AREA.v", "v", request.Read, "select * from AREA.v", "holds no data"},
		"a default calls a function": {"create function AREA.f() returns int language sql as 'select 1'; create table AREA.d (id int default AREA.f(), note text)",
			"revoke execute on function AREA.f() from public", "grant execute on function AREA.f() to EVE", "d", request.ReadWrite, "insert into AREA.d (note) values ('x')", "no EXECUTE on function AREA.f()"},
		"no user mapping": {"create table AREA.apart (id int)",
			"create extension postgres_fdw; create server there foreign data wrapper postgres_fdw; create foreign table AREA.far (id int) server there; grant select on AREA.far to OURS with grant option",
			"drop foreign table AREA.far; create table AREA.far (id int); grant select on AREA.far to OURS with grant option", "far", request.Read, "select * from AREA.far", "no user mapping"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p, eve, area, rep := w.open(t), w.person(t), w.schema(t), w.name("rep")
			w.run(t, "create role "+rep+"; create table public.who (id int)")
			fine := w.tableIn(t, area)
			fill := strings.NewReplacer("AREA", area, "EVE", eve.Name, "REP", rep, "OURS", w.provisioner).Replace
			w.asOwner(t, fill(tt.made))
			if tt.broken != "" {
				w.run(t, fill(tt.broken))
			}
			for _, container := range []string{area, ""} {
				asset := w.container(t, area)
				if container == "" {
					asset = w.container(t)
				}
				o := mustApply(t, p, covering(want(eve, asset, tt.privilege), below(w.synced(t), area)...))
				mustGap(t, o.Gaps, 1, area+"."+tt.part+": ", fill(tt.says))
				w.mustAllow(t, eve, fine, true, tt.privilege == request.ReadWrite)
				if err := w.as(t.Context(), eve.Name, fill(tt.tries)); err == nil {
					t.Errorf("%s works, and is called a gap", tt.part)
				}
				mustApply(t, p, covering(want(eve, asset)))
			}
			w.run(t, fill(tt.mended))
			o := mustApply(t, p, covering(want(eve, w.container(t, area), tt.privilege), below(w.synced(t), area)...))
			mustGap(t, o.Gaps, 0)
			if err := w.as(t.Context(), eve.Name, fill(tt.tries)); err != nil {
				t.Errorf("%s is no gap, and does not work: %v", tt.part, err)
			}
		})
	}
}

// A part on which we may not pass on rights is a gap until Setup has run, and none for
// whom it works by others. Where nothing works, the outcome is an error.
func TestContainerSaysWhatOfItDoesNotWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, area, newcomer := w.open(t), w.person(t), w.person(t), w.schema(t), w.name("newcomer")
	schema, fine := w.container(t, area), w.tableIn(t, area)
	w.asOwner(t, "create materialized view "+area+".kept as select 1 as note with no data")
	kept := w.asset(t, area, "kept")
	mustGap(t, mustApply(t, p, covering(want(eve, schema, request.Read), fine, kept)).Gaps, 1, area+".kept: the materialized view holds no data")
	w.mustAllow(t, eve, fine, true, false)
	mustSay(t, apply(t, p, covering(want(bob, schema, request.Read), kept)).Err, false, "holds no data", area+".kept")
	w.asOwner(t, "refresh materialized view "+area+".kept")

	w.run(t, "create role "+newcomer+" login password '"+password+"'")
	w.asOwner(t, "grant usage, create on schema "+area+" to "+newcomer)
	if err := w.as(t.Context(), newcomer, "create table "+area+".foreign_to_us (id serial, note text)"); err != nil {
		t.Fatal(err)
	}
	foreign := w.asset(t, area, "foreign_to_us")
	mustSay(t, apply(t, p, covering(want(eve, schema, request.Read), foreign)).Err, true, "foreign_to_us", "Setup")
	plan := p.Plan(t.Context(), []provision.Standing{covering(want(eve, schema, request.ReadWrite), fine, foreign)})[0]
	mustGap(t, plan.Gaps, 2, "foreign_to_us: no SELECT, INSERT, UPDATE, DELETE, ", "Setup")
	if plan.Err != nil {
		t.Errorf("the plan says %v", plan.Err)
	}
	o := mustApply(t, p, covering(want(eve, schema, request.ReadWrite), fine, foreign))
	mustGap(t, o.Gaps, 2, area+".foreign_to_us: no DELETE", "sequence "+area+".foreign_to_us_id_seq: no USAGE", "Setup")
	if !o.Taken {
		t.Error("it does not say that nothing of ours is left beside")
	}
	w.mustAllow(t, eve, fine, true, true)
	w.mustAllow(t, eve, foreign, false, false)
	w.run(t, "grant select, insert, update, delete on "+area+".foreign_to_us to "+bob.Name+"; grant usage on sequence "+area+".foreign_to_us_id_seq to "+bob.Name)
	mustGap(t, mustApply(t, p, covering(want(bob, schema, request.ReadWrite), fine, foreign)).Gaps, 0)
	w.mustAllow(t, bob, foreign, true, true)

	w.setup(t)
	mustGap(t, mustApply(t, p, covering(want(eve, schema, request.ReadWrite), fine, foreign)).Gaps, 0)
	w.mustAllow(t, eve, foreign, true, true)
}

// Gaps are counted in full, and the first are named.
func TestManyGapsAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, area := w.open(t), w.person(t), w.schema(t)
	fine := w.tableIn(t, area)
	w.asOwner(t, fmt.Sprintf("do $$ begin for i in 1..%d loop execute format('create materialized view %s.m%%s as select 1 as note with no data', i); end loop; end $$", provision.MaxGaps+7, area))
	o := mustApply(t, p, covering(want(eve, w.container(t, area), request.Read), below(w.synced(t), area)...))
	mustGap(t, o.Gaps, provision.MaxGaps+7, area+".m1: ", "and 7 more")
	w.mustAllow(t, eve, fine, true, false)
}
