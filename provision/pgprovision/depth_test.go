package pgprovision_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// A table that was plain is read as deep as it has become: a provisioner that has seen it
// plain plans what one does that expects anything.
func TestWhatCameBeneathATableIsSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	w.asOwner(t, `create table others (id int primary key, n text); create sequence counter;
		create function f() returns int language sql as 'select 1';
		create function g() returns trigger language plpgsql as 'begin return new; end';
		create table whole (id int, n text) partition by list (id); create table above (id int, n text);
		alter table whole enable row level security; alter table above enable row level security`)
	for name, made := range map[string]string{
		"a check":                        "alter table %s add check (id <> f())",
		"a child":                        "create table %s_child () inherits (%s)",
		"a default":                      "alter table %s alter n set default f()",
		"a default of a sequence":        "alter table %s alter id set default nextval('counter')",
		"a generated column":             "alter table %s add at int generated always as (length(n)) stored",
		"a part of a table":              "alter table whole attach partition %s for values in (7)",
		"a part of a table by its child": "alter table %s inherit above",
		"a policy":                       "alter table %s enable row level security; create policy mine on %s using (exists (select from others where n = current_user))",
		"a sequence of its own":          "create sequence %s_s owned by %s.id",
		"a sequence of its own, later":   "create sequence %s_s; alter sequence %s_s owned by %s.id",
		"a trigger":                      "create trigger tell before insert on %s for each row execute function g()",
		"an identity":                    "alter table %s alter id set not null; alter table %s alter id add generated always as identity",
		"rules of a view":                "drop table %s; create view %s as select id, n from others",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table, eve := w.name("plain"), w.person(t)
			w.asOwner(t, "create table "+table+" (id int, n text)")
			plain := w.asset(t, "public", table)
			mustApply(t, p, want(eve, plain, request.Read))
			was := p.Plan(t.Context(), []provision.Standing{want(eve, plain, request.ReadWrite)})[0]
			w.asOwner(t, strings.ReplaceAll(made, "%s", table))
			now := w.asset(t, "public", table)
			deep := now
			deep.Through = []catalog.Through{{Way: catalog.ByFunction, Name: "anything"}}
			got := p.Plan(t.Context(), []provision.Standing{want(eve, now, request.ReadWrite)})
			right := w.open(t).Plan(t.Context(), []provision.Standing{want(eve, deep, request.ReadWrite)})
			if diff := cmp.Diff(right, got); diff != "" {
				t.Errorf("(-deep +got)\n%s", diff)
			}
			if name != "a generated column" && cmp.Equal(was, got[0]) {
				t.Errorf("the plan is the same as for a plain table: %+v", got[0])
			}
			outcome := apply(t, p, want(eve, now, request.Read))
			tried := w.as(t.Context(), eve.Name, "select * from "+table)
			if works := outcome.Err == nil; works != (tried == nil) {
				t.Errorf("the grant says %v, the login %v", outcome.Err, tried)
			}
		})
	}
}

// A plain table costs three messages, each time. One beneath which something lies costs a
// look more, which a provisioner needs once.
func TestPlainTablesAreReadLightly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.asOwner(t, "create table plain (id int); create table counted (id bigserial)")
	plain, counted := w.asset(t, "public", "plain"), w.asset(t, "public", "counted")
	first := w.open(t)
	for _, a := range []catalog.Asset{plain, counted} {
		mustApply(t, first, want(w.person(t), a, request.Read)) // makes the role
	}
	p, x := w.openThrough(t)
	mustApply(t, p, want(w.person(t), plain, request.Read)) // connects
	for i, step := range []struct {
		asset catalog.Asset
		most  int
	}{{plain, 3}, {counted, 5}, {counted, 3}, {plain, 3}} {
		eve := w.person(t)
		if n := x.roundTrips(func() { mustApply(t, p, want(eve, step.asset, request.Read)) }); n > step.most {
			t.Errorf("step %d, %s: %d round trips, want at most %d", i, step.asset.Ref, n, step.most)
		}
	}
}
