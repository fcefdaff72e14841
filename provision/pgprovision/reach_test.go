package pgprovision_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/pgsource"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// synced are the assets of the world's database, as a sync sees them now.
func (w *world) synced(t testing.TB) map[string]catalog.Asset {
	t.Helper()
	s, err := pgsource.Open(t.Context(), w.target().Connection, password)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	all := map[string]catalog.Asset{}
	for a, err := range s.Assets(t.Context(), catalog.Ref("wh:"+w.database)) {
		if err != nil {
			t.Fatal(err)
		}
		all[strings.Join(a.Ref.Path()[1:], ".")] = a
	}
	return all
}

// below are those of the assets that lie in a schema.
func below(all map[string]catalog.Asset, schema string) []catalog.Asset {
	var in []catalog.Asset
	for _, a := range all {
		if path := a.Ref.Path(); len(path) == 3 && path[1] == schema {
			in = append(in, a)
		}
	}
	return in
}

// What the outcome says is what the login can do, for everything that reading and writing
// needs beneath the asset: each shape is tried by logging in.
func TestWhatIsBeneathAnAssetIsProved(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		made      string // by the owner of the schema
		broken    string // by the superuser, after that; %s is the person
		asset     string
		privilege request.Privilege
		tries     string
		says      []string // in the error; none means that it works
	}{
		"a default counts by a sequence of its own": {"create sequence s; create table loose (id bigint default nextval('s'), note text)", "", "loose", request.ReadWrite, "insert into loose (note) values ('x')", nil},
		"a domain is no obstacle":                   {"create domain mail as text check (value <> ''); create table d (m mail)", "", "d", request.ReadWrite, "insert into d values ('x')", nil},
		"a view over a table that counts":           {"create table base (id bigserial, note text); create view v as select * from base", "", "v", request.ReadWrite, "insert into v (note) values ('x')", nil},
		"a view over a view that counts":            {"create table base (id bigserial, note text); create view u as select * from base; create view v as select * from u", "", "v", request.ReadWrite, "insert into v (note) values ('x')", nil},
		"the view's owner may not read": {"create table base (id int); create view v as select * from base",
			"alter view v owner to rep", "v", request.Read, "select * from v", []string{"v", "its owner", "no SELECT", "base"}},
		"the owner of a view beneath may not read": {"create table base (id int); create view u as select * from base; create view v as select * from u",
			"alter view u owner to rep", "v", request.Read, "select * from v", []string{"no SELECT", "base"}},
		"the view's owner may read its columns": {"create table base (id int, iban text); create view v as select id from base",
			"alter view v owner to rep; grant select (id) on base to rep", "v", request.Read, "select * from v", nil},
		"the view's owner may read another column": {"create table base (id int, iban text); create view v as select id from base",
			"alter view v owner to rep; grant select (iban) on base to rep", "v", request.Read, "select * from v", []string{"no SELECT", "base"}},
		"a function is not for everybody": {"create function f() returns int language sql as 'select 1'; create view v as select f() as x",
			"revoke execute on function f() from public", "v", request.Read, "select * from v", []string{"no EXECUTE", "f()"}},
		"a function beneath": {"create function f() returns int language sql as 'select 1'; create view u as select f() as x; create view v as select * from u",
			"revoke execute on function f() from public", "v", request.Read, "select * from v", []string{"no EXECUTE", "f()"}},
		"a function beneath in a column that is read": {"create function f() returns int language sql as 'select 1'; create table t (id int); create view u as select id, f() as x from t; create view v as select x, id from u",
			"revoke execute on function f() from public", "v", request.Read, "select * from v", []string{"no EXECUTE", "f()"}},
		"a volatile function beneath in a column that is not read": {"create function f() returns int language sql volatile as 'select 1'; create table t (id int); create view u as select id, f() as x from t; create view v as select id from u",
			"revoke execute on function f() from public", "v", request.Read, "select * from v", []string{"no EXECUTE", "f()"}},
		"a set beneath in a column that is not read": {"create function f() returns setof int language sql immutable as 'select 1'; create table t (id int); create view u as select id, f() as x from t; create view v as select id from u",
			"revoke execute on function f() from public", "v", request.Read, "select * from v", []string{"no EXECUTE", "f()"}},
		"a function beneath in a column that is not read": {"create function f() returns int language sql stable as 'select 1'; create table t (id int); create view u as select id, f() as x from t; create view v as select id from u",
			"revoke execute on function f() from public", "v", request.Read, "select * from v", nil},
		"a function far beneath in a column that is not read": {"create function f() returns int language sql immutable as 'select 1'; create table t (id int); create view s as select id, f() as x from t; create view u as select id from s; create view v as select * from u",
			"revoke execute on function f() from public", "v", request.Read, "select * from v", nil},
		"a policy beneath calls a function": {"create function f() returns bool language plpgsql as 'begin return true; end'; create table p (id int); insert into p values (1); alter table p enable row level security; alter table p force row level security; create policy mine on p using (f()); create view u as select id, 1 as x from p; create view v as select id from u",
			"revoke execute on function f() from public", "v", request.Read, "select * from v", []string{"no EXECUTE", "f()"}},
		"a function below a materialized view is called no more": {"create function f() returns int language sql as 'select 1'; create materialized view u as select f() as x; create view v as select * from u",
			"revoke execute on function f() from public", "v", request.Read, "select * from v", nil},
		"a default calls a function": {"create function f() returns int language sql as 'select 1'; create table d (id int default f(), note text)",
			"revoke execute on function f() from public", "d", request.ReadWrite, "insert into d (note) values ('x')", []string{"no EXECUTE", "f()"}},
		"a reader calls no default": {"create function f() returns int language sql as 'select 1'; create table d (id int default f(), note text)",
			"revoke execute on function f() from public", "d", request.Read, "select * from d", nil},
		"a policy reads another table": {"create table who (name text); create table p (id int); alter table p enable row level security; create policy mine on p using (exists (select from who where name = current_user))",
			"", "p", request.Read, "select * from p", []string{"policy", "no SELECT", "who"}},
		"a policy reads a column that the reader may": {"create table who (id int, name text); create table p (id int); alter table p enable row level security; create policy mine on p using (exists (select from who where name = current_user))",
			"grant select (name) on who to public", "p", request.Read, "select * from p", nil},
		"a policy reads another column than the reader may": {"create table who (id int, name text); create table p (id int); alter table p enable row level security; create policy mine on p using (exists (select from who where name = current_user))",
			"grant select (id) on who to public", "p", request.Read, "select * from p", []string{"policy", "no SELECT", "who"}},
		"a policy for others reads another column": {"create table who (id int, name text); create table p (id int); alter table p enable row level security; create policy mine on p using (exists (select id from who where id > 0)); create policy theirs on p to pg_monitor using (exists (select from who where name = current_user))",
			"grant select (id) on who to public", "p", request.Read, "select * from p", nil},
		"a policy for others reads another table": {"create table who (name text); create table p (id int); alter table p enable row level security; create policy mine on p to pg_monitor using (exists (select from who where name = current_user))",
			"", "p", request.Read, "select * from p", nil},
		"a policy reads what the view's owner may": {"create table who (name text); create table p (id int); alter table p enable row level security; create policy mine on p using (exists (select from who where name = current_user)); create view v as select * from p",
			"", "v", request.Read, "select * from v", nil},
		"a view with the reader's rights": {"create table base (id int); create view v with (security_invoker) as select * from base", "", "v", request.Read, "select * from v", []string{"reader's own rights", "no SELECT", "base"}},
		"such a view beneath another":     {"create table base (id int); create view u with (security_invoker) as select * from base; create view v as select * from u", "", "v", request.Read, "select * from v", []string{"reader's own rights", "no SELECT", "base"}},
		"two such views": {"create table base (id int); create view u with (security_invoker) as select * from base; create view v with (security_invoker) as select * from u",
			"grant select on u to %s", "v", request.Read, "select * from v", []string{"reader's own rights", "no SELECT", "base"}},
		"two such views over what is open": {"create table base (id int); create view u with (security_invoker) as select * from base; create view v with (security_invoker) as select * from u",
			"grant select on u, base to %s", "v", request.Read, "select * from v", nil},
		"a foreign partition without a user mapping": {"create table p (id int) partition by list (id)",
			"create extension postgres_fdw; create server there foreign data wrapper postgres_fdw; create foreign table far partition of p for values in (1) server there",
			"p", request.Read, "select * from p", []string{"user mapping", "there", "far"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p, eve, rep := w.open(t), w.person(t), w.name("rep")
			w.asOwner(t, tt.made)
			w.run(t, "create role "+rep)
			if tt.broken != "" {
				broken := strings.ReplaceAll(tt.broken, " to rep", " to "+rep)
				w.run(t, strings.ReplaceAll(broken, "%s", eve.Name))
			}
			a := w.asset(t, "public", tt.asset)
			o := apply(t, p, want(eve, a, tt.privilege))
			tried := w.as(t.Context(), eve.Name, tt.tries)
			if (tried == nil) != (len(tt.says) == 0) {
				t.Fatalf("the shape is another than it should be: %v", tried)
			}
			if (o.Err == nil) != (tried == nil) {
				t.Errorf("the outcome is %v, and the login says %v", o.Err, tried)
			}
			for _, word := range tt.says {
				if o.Err != nil && !strings.Contains(o.Err.Error(), word) {
					t.Errorf("%v does not say %q", o.Err, word)
				}
			}
		})
	}
}

// A function that only columns call that perhaps are not read is a doubt: of a part of an
// asset, of all of it, and of some of its columns.
func TestWhatIsPerhapsLackingIsRemarked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	w.asOwner(t, `create function public.f() returns int language sql immutable as 'select 1'; create table public.t (id int);
		create view public.u as select id, public.f() as x from public.t; create view public.v as select id from public.u;
		revoke execute on function public.f() from public`)
	u, v := w.asset(t, "public", "u"), w.asset(t, "public", "v")
	for name, tt := range map[string]struct {
		s     func(request.Principal) provision.Standing
		reads string
		told  string
	}{
		"a view": {func(eve request.Principal) provision.Standing { return want(eve, v, request.Read) }, "select * from v", "reading of public.v may fail"},
		"a schema": {func(eve request.Principal) provision.Standing {
			return covering(want(eve, w.container(t, "public"), request.Read), v)
		}, "select * from v", "reading of public.v may fail"},
		"some columns":       {func(eve request.Principal) provision.Standing { return wantOf(eve, u, w.columns(t, u, "id")) }, "select id from u", "reading of public.u may fail"},
		"a column of a view": {func(eve request.Principal) provision.Standing { return wantOf(eve, v, w.columns(t, v, "id")) }, "select id from v", "reading of public.v may fail"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eve := w.person(t)
			o := apply(t, p, tt.s(eve))
			if err := w.as(t.Context(), eve.Name, tt.reads); err != nil || o.Err != nil {
				t.Fatalf("the login says %v, and the outcome is %v", err, o.Err)
			}
			plan := p.Plan(t.Context(), []provision.Standing{tt.s(eve)})[0]
			for from, remarks := range map[string][]string{"outcome": o.Remarks, "plan": plan.Remarks} {
				if said := strings.Join(remarks, "\n"); !strings.Contains(said, tt.told) || !strings.Contains(said, "f()") {
					t.Errorf("the %s does not say %q: %q", from, tt.told, remarks)
				}
			}
		})
	}
}

// What a trigger does is not known: the preview and the grant say so.
func TestTriggersAndFunctionsAreRemarked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve := w.open(t), w.person(t)
	w.run(t, "create schema audit authorization "+w.owner)
	w.asOwner(t, `
		create table audit.log (note text);
		create function note() returns trigger language plpgsql as 'begin insert into audit.log values (new.note); return new; end';
		create table public.noted (note text); create trigger noting before insert on public.noted for each row execute function note();
		create function guess() returns int language sql as 'select 1'; create view public.guesses as select guess() as x`)
	noted, guesses := w.asset(t, "public", "noted"), w.asset(t, "public", "guesses")
	for _, tt := range []struct {
		s    provision.Standing
		word string
		told bool
	}{
		{want(eve, noted, request.ReadWrite), "noting on noted (note())", true},
		{want(eve, noted, request.Read), "noting", false},
		{want(eve, guesses, request.Read), "guess()", true},
	} {
		plan := p.Plan(t.Context(), []provision.Standing{tt.s})[0]
		o := mustApply(t, p, tt.s)
		for what, remarks := range map[string][]string{"preview": plan.Remarks, "grant": o.Remarks} {
			if told := strings.Contains(strings.ReplaceAll(fmt.Sprint(remarks), "public.", ""), tt.word); told != tt.told {
				t.Errorf("%s of %s: the %s says %q", tt.s.Want[0], tt.s.Asset.Ref, what, remarks)
			}
		}
	}
	if err := w.as(t.Context(), eve.Name, "insert into noted values ('x')"); err == nil {
		t.Error("the trigger needs more than it should need here")
	}
}

// Row policies of a table do not hold for its partitions: access to their schema leaves
// these out.
func TestPartsOfARowSecuredTableAreNotCoveredBesideIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, schema := w.open(t), w.person(t), w.schema(t)
	w.asOwner(t, fmt.Sprintf(`
		create table %[1]s.events (at int, mail text) partition by list (at);
		create table %[1]s.events_1 partition of %[1]s.events for values in (1) partition by list (mail);
		create table %[1]s.events_1_a partition of %[1]s.events_1 for values in ('a'); insert into %[1]s.events values (1, 'a');
		create table %[1]s.parent (id int); create table %[1]s.kid () inherits (%[1]s.parent); insert into %[1]s.kid values (1);
		alter table %[1]s.events enable row level security; create policy none on %[1]s.events using (false);
		alter table %[1]s.parent enable row level security`, schema))
	all := w.synced(t)
	s := covering(want(eve, w.container(t, schema), request.Read), below(all, schema)...)
	plan := p.Plan(t.Context(), []provision.Standing{s})[0]
	o := mustApply(t, p, s)
	for _, part := range []string{"events_1", "events_1_a", "kid"} {
		if err := w.as(t.Context(), eve.Name, "select * from "+schema+"."+part); err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s can be read beside its table: %v", part, err)
		}
		if text := fmt.Sprint(plan.Remarks); !strings.Contains(text, part) || !strings.Contains(fmt.Sprint(o.Remarks), part) {
			t.Errorf("%s is left out in silence: %s", part, text)
		}
	}
	if err := w.as(t.Context(), eve.Name, fmt.Sprintf("select * from %[1]s.events, %[1]s.parent", schema)); err != nil {
		t.Errorf("the tables themselves: %v", err)
	}
	// Whoever asks for a part alone is told.
	one := p.Plan(t.Context(), []provision.Standing{want(eve, all[schema+".kid"], request.Read)})[0]
	if !strings.Contains(fmt.Sprint(one.Remarks), "row level security holds on the table") {
		t.Errorf("asked for alone, the remarks are %q", one.Remarks)
	}
}

// Another owner makes tomorrow's partition, and has not let us pass on anything: it is
// read through its table, and nothing is missing.
func TestAPartOfAnotherOwnerIsReadThroughItsTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, schema, etl := w.open(t), w.person(t), w.schema(t), w.name("etl")
	w.asOwner(t, fmt.Sprintf("create table %[1]s.events (at int) partition by list (at); create table %[1]s.events_1 partition of %[1]s.events for values in (1)", schema))
	w.run(t, fmt.Sprintf("create role %[2]s login password '%[3]s'; grant usage, create on schema %[1]s to %[2]s", schema, etl, password))
	if err := w.as(t.Context(), etl, "create table "+schema+".events_2 (at int)"); err != nil {
		t.Fatal(err)
	}
	w.run(t, fmt.Sprintf("alter table %[1]s.events attach partition %[1]s.events_2 for values in (2); insert into %[1]s.events values (1), (2)", schema))
	for _, privilege := range []request.Privilege{request.Read, request.ReadWrite} {
		o := mustApply(t, p, covering(want(eve, w.container(t, schema), privilege), below(w.synced(t), schema)...))
		if !strings.Contains(fmt.Sprint(o.Remarks), "events_2") {
			t.Errorf("%s: the part is not named: %q", privilege, o.Remarks)
		}
	}
	if err := w.as(t.Context(), eve.Name, fmt.Sprintf("do $$ begin if (select count(*) from %[1]s.events) <> 2 then raise 'rows are missing'; end if; perform from %[1]s.events_1; insert into %[1]s.events values (2); end $$", schema)); err != nil {
		t.Errorf("the table: %v", err)
	}
	// One that is no part of anything is still missing.
	if err := w.as(t.Context(), etl, "create table "+schema+".apart (id int)"); err != nil {
		t.Fatal(err)
	}
	o := mustApply(t, p, covering(want(eve, w.container(t, schema), request.Read), below(w.synced(t), schema)...))
	mustGap(t, o.Gaps, 1, schema+".apart: no SELECT", "Setup")
}

// A view that was replaced is not given by what was approved, and says so. What is
// defined the same, however it was made, is the same.
func TestAViewShowsWhatWasApproved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve := w.open(t), w.person(t)
	anew := func() {
		t.Helper()
		w.asOwner(t, `drop view if exists old, v, u cascade; drop table if exists base, other cascade;
			create table base (id int, country text, iban text); create view u as select id, country from base; create view v as select * from u`)
	}
	approve := func() provision.Standing {
		t.Helper()
		a := w.asset(t, "public", "v")
		a.ID = ""
		checked, err := p.Check(t.Context(), want(eve, a, request.Read))
		if err != nil || checked.Asset.Definition == "" {
			t.Fatalf("Check says %+v, %v", checked.Asset, err)
		}
		checked.Definitions = []string{checked.Asset.Definition}
		return checked
	}
	for name, tt := range map[string]struct {
		change string
		same   bool
	}{
		"nothing":                        {"", true},
		"the same again":                 {"create or replace view v as select * from u", true},
		"the same, written otherwise":    {"create or replace view v as select u.id,   u.country\nfrom u", true},
		"another column of the table":    {"alter table base add more text", true},
		"a renamed column of the table":  {"alter table base rename country to land", true},
		"the table made anew":            {"drop table base cascade; create table base (first int, id int, country text, iban text); create view u as select id, country from base; create view v as select * from u", true},
		"another column":                 {"create or replace view v as select u.id, u.country, b.iban from u join base b on b.id = u.id", false},
		"more rows":                      {"create or replace view v as select * from u where false", false},
		"another column beneath":         {"create or replace view u as select id, country, iban from base", false},
		"more rows beneath":              {"create or replace view u as select id, country from base where country = 'DE'", false},
		"with the reader's rights":       {"alter view v set (security_invoker = on)", false},
		"beneath, with the reader's own": {"alter view u set (security_invoker = on)", false},
		"another table under the name":   {"create table other (id int, country text); alter view u rename to old; create view u as select * from other; create or replace view v as select * from u", false},
	} {
		t.Run(name, func(t *testing.T) {
			anew()
			approved := approve()
			mustApply(t, p, approved)
			if tt.change != "" {
				w.asOwner(t, tt.change)
			}
			now := approved
			now.Asset.ID = w.asset(t, "public", "v").ID // followed, where it was made anew
			o := apply(t, p, now)
			if same := catalog.SameDefinition(approved.Definitions[0], o.Definition); same != tt.same {
				t.Errorf("it was %q and is %q: the same is %v", approved.Definitions[0], o.Definition, same)
			}
			if said := o.Err != nil && strings.Contains(o.Err.Error(), "shows something else"); said == tt.same {
				t.Errorf("the outcome is %v", o.Err)
			}
			mustApply(t, p, want(eve, now.Asset))
		})
	}
	// A lock holds nobody up: what it shows is not known for as long.
	anew()
	approved := approve()
	tx, err := w.db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("lock table base in access exclusive mode"); err != nil {
		t.Fatal(err)
	}
	if o := apply(t, p, approved); o.Definition != "" || o.Err != nil {
		t.Errorf("beside a lock it is %q: %v", o.Definition, o.Err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
}

// A container leaves out what reads more than a sync saw, and what others decide about
// that is read by now. Tomorrow's partition is neither.
func TestAContainerOpensNoMoreThanWasSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, schema, hr := w.open(t), w.person(t), w.schema(t), w.schema(t)
	w.asOwner(t, fmt.Sprintf(`
		create table %[2]s.salaries (id int, amount int); create table %[2]s.kid (id int);
		create table %[1]s.base (id int, iban text); create view %[1]s.v as select id from %[1]s.base; create view %[1]s.ids as select id from %[2]s.salaries;
		create table %[1]s.events (id int) partition by list (id); create table %[1]s.parent (id int)`, schema, hr))
	seen := below(w.synced(t), schema)
	s := covering(want(eve, w.container(t, schema), request.Read), seen...)
	s.Deciding = []catalog.Ref{catalog.Ref("wh:" + w.database + "." + hr + ".kid")}
	reads := func(want bool, names ...string) {
		t.Helper()
		for _, name := range names {
			if err := w.as(t.Context(), eve.Name, "select * from "+schema+"."+name); (err == nil) != want {
				t.Errorf("%s can be read: %v, want %v", name, err, want)
			}
		}
	}
	mustApply(t, p, s)
	reads(true, "base", "v", "ids", "events", "parent")
	w.asOwner(t, fmt.Sprintf(`
		create or replace view %[1]s.v as select id, iban from %[1]s.base; create or replace view %[1]s.ids as select id from %[2]s.salaries where amount > 0;
		create table %[1]s.tomorrow partition of %[1]s.events for values in (1); alter table %[2]s.kid inherit %[1]s.parent`, schema, hr))
	o := mustApply(t, p, s)
	reads(true, "base", "events")
	reads(false, "v", "ids", "parent", "tomorrow")
	mustGap(t, o.Gaps, 2, schema+".v: reads more of", schema+".ids: reads more of")
	if !strings.Contains(strings.ReplaceAll(fmt.Sprint(o.Remarks), `"`, ""), schema+".parent") {
		t.Errorf("parent is left out in silence: %q", o.Remarks)
	}
}
