package pgprovision_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// written is a case of views that are written: what stands, and what the platform does.
type written struct {
	made  string // by the superuser; TABLE and VIEW are their names, OTHER a second table, EVE reads, REP owns
	lacks string // says which right is lacking; empty where all works
}

const (
	instead = "create function VIEW_f() returns trigger language plpgsql security definer as 'begin if tg_op = ''DELETE'' then return old; end if; return new; end'; " +
		"create trigger t instead of insert or update or delete on VIEW for each row execute function VIEW_f(); "
	inner = "create view VIEW_in with (security_invoker) as select id, note from TABLE; "
)

var writtenViews = map[string]written{
	"its owner's table":         {"create view VIEW as select id, note from TABLE; alter view VIEW owner to OWNER", ""},
	"reader reads alone":        {"create view VIEW with (security_invoker) as select id, note from TABLE; grant select on TABLE to EVE", "the reader's own rights, and there is no DELETE, INSERT, UPDATE on TABLE"},
	"reader writes":             {"create view VIEW with (security_invoker) as select id, note from TABLE; grant select, insert, update, delete on TABLE to EVE", ""},
	"reader deletes nothing":    {"create view VIEW with (security_invoker) as select id, note from TABLE; grant select, insert, update on TABLE to EVE", "there is no DELETE on TABLE"},
	"owner reads alone":         {"create view VIEW as select id, note from TABLE; alter view VIEW owner to REP; grant select on TABLE to REP", "the rights of its owner REP, and there is no DELETE, INSERT, UPDATE on TABLE"},
	"owner writes":              {"create view VIEW as select id, note from TABLE; alter view VIEW owner to REP; grant select, insert, update, delete on TABLE to REP", ""},
	"owner writes these alone":  {"create view VIEW as select id, note from TABLE; alter view VIEW owner to REP; grant select, delete, insert (id, note), update (id, note) on TABLE to REP", ""},
	"owner writes others alone": {"create view VIEW as select id, note from TABLE; alter view VIEW owner to REP; grant select, delete, insert (id, note), update (id, extra) on TABLE to REP", "there is no UPDATE on TABLE"},
	"a filter by the way":       {"create view VIEW as select id, note from TABLE where extra is null; alter view VIEW owner to REP; grant select, delete, insert (id, note), update (id, note) on TABLE to REP", ""},
	"a view in between":         {inner + "create view VIEW as select id, note from VIEW_in; alter view VIEW owner to OWNER; grant all on VIEW_in to OWNER; grant select on TABLE to EVE", "the view VIEW_in writes with the reader's own rights, and there is no DELETE, INSERT, UPDATE on TABLE"},
	"both with all":             {inner + "create view VIEW as select id, note from VIEW_in; alter view VIEW owner to OWNER; grant all on VIEW_in to OWNER; grant all on TABLE to EVE", ""},
	"the other way round":       {"create view VIEW_in as select id, note from TABLE; create view VIEW with (security_invoker) as select id, note from VIEW_in; grant select on VIEW_in to EVE", "there is no DELETE, INSERT, UPDATE on VIEW_in"},
	"the other way round, all":  {"create view VIEW_in as select id, note from TABLE; create view VIEW with (security_invoker) as select id, note from VIEW_in; grant all on VIEW_in to EVE", ""},
	"a trigger in its place":    {"create view VIEW with (security_invoker) as select id, note from TABLE; grant select on TABLE to EVE; " + instead, ""},
	"a trigger for some": {"create view VIEW with (security_invoker) as select id, note from TABLE; grant select, insert, update on TABLE to EVE; " +
		strings.Replace(instead, "insert or update or delete", "delete", 1), ""},
	"a trigger for the others": {"create view VIEW with (security_invoker) as select id, note from TABLE; grant select, insert, update on TABLE to EVE; " +
		strings.Replace(instead, "insert or update or delete", "insert", 1), "there is no DELETE on TABLE"},
	"a trigger below": {inner + "create view VIEW as select id, note from VIEW_in; grant select on TABLE to EVE; " + strings.ReplaceAll(instead, "VIEW", "VIEW_in"), ""},
	"a join with a trigger": {"create view VIEW as select t.id, t.note from TABLE t join OTHER o on o.id = t.id; alter view VIEW owner to REP; grant select on TABLE, OTHER to REP; " +
		instead, ""},
	"a rule in its place": {"create view VIEW with (security_invoker) as select id, note from TABLE; grant select, update, delete on TABLE to EVE; create rule r as on insert to VIEW do instead nothing", ""},
	"another table read": {"create function OTHER_f() returns int language sql as 'select 1'; revoke execute on function OTHER_f() from public; alter table OTHER alter id set default OTHER_f(); " +
		"create view VIEW as select id, note from TABLE where not exists (select from OTHER where id = 99); alter view VIEW owner to REP; grant all on TABLE to REP; grant select on OTHER to REP", ""},
}

// made makes the case anew for somebody.
func (w *world) made(t testing.TB, c written, schema string, eve request.Principal) (view string, fill func(string) string) {
	t.Helper()
	view = w.name("shown")
	table, other, rep := w.name("book"), w.name("other"), w.name("rep")
	in := func(name string) string { return schema + "." + name }
	fill = strings.NewReplacer("TABLE", in(table), "OTHER", in(other), "VIEW", in(view), "EVE", eve.Name, "REP", rep, "OWNER", w.owner).Replace
	w.run(t, fill("create role REP; grant usage on schema "+schema+" to REP"))
	w.asOwner(t, fill("create table TABLE (id int, note text, extra text); create table OTHER (id int); insert into TABLE (id, note) values (1, 'first')"))
	w.run(t, fill(c.made))
	w.run(t, fill("grant select, insert, update, delete on VIEW to "+w.provisioner+" with grant option"))
	return view, fill
}

// mustWrite tries each operation, and compares with whether all should work.
func (w *world) mustWrite(t testing.TB, who request.Principal, view string, works bool) {
	t.Helper()
	var refused []string
	for _, statement := range []string{"insert into %s (id, note) values (7, 'x')", "update %s set id = 1, note = 'y'", "delete from %s"} {
		if err := w.as(t.Context(), who.Name, fmt.Sprintf("begin; "+statement+"; rollback", view)); err != nil {
			refused = append(refused, err.Error())
		}
	}
	if (len(refused) == 0) != works {
		t.Errorf("refused is %q, and works should be %v", refused, works)
	}
}

// A grant to write to a view is ACTIVE where the login can write through it, and only there.
func TestViewsAreWrittenByTheRightRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	for name, tt := range writtenViews {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eve := w.person(t)
			view, fill := w.made(t, tt, "public", eve)
			o := apply(t, p, want(eve, w.asset(t, "public", view), request.ReadWrite))
			w.mustWrite(t, eve, "public."+view, tt.lacks == "")
			if err := w.as(t.Context(), eve.Name, "select * from public."+view); err != nil {
				t.Errorf("reading: %v", err)
			}
			if tt.lacks != "" {
				mustSay(t, o.Err, false, fill(tt.lacks))
				if lacking := (*provision.LackingError)(nil); !errors.As(o.Err, &lacking) || lacking.Of == nil || lacking.Of(provision.Access{Privilege: request.Read}) {
					t.Errorf("who only reads lacks something too: %v", o.Err)
				}
			} else if o.Err != nil {
				t.Errorf("it works, and is called failed: %v", o.Err)
			}
		})
	}
}

// Of a container such a view is a gap for whoever writes, and none for whoever reads.
func TestViewsThatCannotBeWrittenAreGaps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, area := w.open(t), w.schema(t)
	eve, bob := w.person(t), w.person(t)
	refused, fill := w.made(t, writtenViews["owner reads alone"], area, eve)
	w.made(t, writtenViews["owner writes"], area, eve)
	w.made(t, writtenViews["a trigger below"], area, eve)
	below := below(w.synced(t), area)
	o := mustApply(t, p, covering(want(eve, w.container(t, area), request.ReadWrite), below...))
	mustGap(t, o.Gaps, 1, area+"."+refused+": ", fill("no DELETE, INSERT, UPDATE on TABLE"))
	w.mustWrite(t, eve, area+"."+refused, false)
	mustGap(t, mustApply(t, p, covering(want(bob, w.container(t, area), request.Read), below...)).Gaps, 0)
	w.run(t, fill("grant insert, update, delete on TABLE to REP"))
	mustGap(t, mustApply(t, p, covering(want(eve, w.container(t, area), request.ReadWrite), below...)).Gaps, 0)
	w.mustWrite(t, eve, area+"."+refused, true)
}
