package pgprovision_test

import (
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/provisiontest"
	"github.com/grantwright/grantwright/request"
)

// readsThrough makes one asset of each kind through which another is read.
func (w *world) readsThrough(t testing.TB) []provisiontest.Reads {
	t.Helper()
	base := w.table(t)
	view, kept, over, whole, part, parent, kid := w.name("shown"), w.name("kept"), w.name("over"), w.name("whole"), w.name("part"), w.name("parent"), w.name("kid")
	w.asOwner(t, "create view "+view+" as select * from "+base.Ref.Name()+"; create view "+over+" as select * from "+view+
		"; create materialized view "+kept+" as select * from "+base.Ref.Name()+
		"; create table "+whole+" (id serial, note text) partition by list (note); create table "+part+" partition of "+whole+" default"+
		"; create table "+parent+" (id serial, note text); create table "+kid+" () inherits ("+parent+")")
	at := func(name string) catalog.Asset { return w.asset(t, "public", name) }
	return []provisiontest.Reads{{Asset: at(view), Read: base}, {Asset: at(over), Read: base}, {Asset: at(over), Read: at(view)}, {Asset: at(kept), Read: base},
		{Asset: at(whole), Read: at(part)}, {Asset: at(parent), Read: at(kid)}}
}

func (w *world) grows(t testing.TB) (catalog.Asset, func() catalog.Asset) {
	t.Helper()
	a := w.table(t)
	return a, func() catalog.Asset {
		kid := w.name("kid")
		w.asOwner(t, "create table "+kid+" () inherits ("+a.Ref.Name()+")")
		return w.asset(t, "public", kid)
	}
}

// gap makes a view whose owner may not read its table, until somebody mends that.
func (w *world) gap(t testing.TB, container catalog.Asset) (catalog.Asset, func()) {
	t.Helper()
	area, base, view, rep := container.Ref.Name(), w.name("base"), w.name("shown"), w.name("rep")
	w.run(t, "create role "+rep)
	w.asOwner(t, "create table "+area+"."+base+" (id int, note text); create view "+area+"."+view+" as select * from "+area+"."+base)
	w.run(t, "alter view "+area+"."+view+" owner to "+rep)
	return w.asset(t, area, view), func() {
		w.run(t, "grant usage on schema "+area+" to "+rep+"; grant select on "+area+"."+base+" to "+rep)
	}
}

// maskedBy masks a table by a view of governance's own.
func (w *world) maskedBy(t testing.TB) (provision.Masking, func()) {
	t.Helper()
	base, view := w.table(t), w.name("shown")
	define := func(note string) {
		w.asOwner(t, "create or replace view "+view+" as select id, "+note+" as note from "+base.Ref.Name())
	}
	define("null::text")
	m := provision.Masking{Asset: base, Show: catalog.Masking{View: w.asset(t, "public", view).Ref}}
	return m, func() { define("note") }
}

// hostile makes what somebody has named to become a superuser, each in a schema of its own.
func (w *world) hostile() *provisiontest.Hostile {
	mallory := w.name("m")
	var names sync.Map
	return &provisiontest.Hostile{
		Harm: "alter role " + mallory + " superuser",
		Make: func(t testing.TB, name string) (catalog.Asset, request.Principal, bool) {
			w.run(t, "do $do$ begin create role "+mallory+"; exception when duplicate_object or unique_violation then null; end $do$")
			names.Store(name, true)
			schema, role := w.makeHostile(t, name), w.name(name)
			w.run(t, "create role "+pq.QuoteIdentifier(role)+" login password '"+password+"'")
			for _, on := range []string{"usage on schema ", "all on all tables in schema ", "usage on all sequences in schema "} {
				w.run(t, "grant "+on+pq.QuoteIdentifier(schema)+" to "+w.provisioner+" with grant option")
			}
			a := w.asset(t, schema, name)
			a.Columns = []catalog.Column{{Name: name}, {Name: "note"}}
			return a, w.principal(t, role), true
		},
		Run: func(t testing.TB, script string) {
			folder := t.TempDir()
			intruded := "select 'INTRUDED' from pg_roles where rolsuper and rolname = '" + mallory + "';\n"
			out, err := platform.Psql(t.Context(), folder, w.database, "\\set ON_ERROR_ROLLBACK on\nbegin;\n"+script+intruded+"rollback;\n", false)
			if err != nil || strings.Contains(out, "syntax error") || strings.Contains(out, "unterminated") || strings.Contains(out, "invalid command") || strings.Contains(out, "INTRUDED") {
				t.Errorf("psql says %s, %v to %q", out, err, script)
			}
			if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
				t.Errorf("psql has left %v in its folder (%v)", left, err)
			}
		},
		// Without rights on what has those names, Setup is about it.
		Setup: func(t testing.TB) (all []provision.Statement) {
			names.Range(func(name, _ any) bool { w.makeHostile(t, name.(string)); return true })
			steps, err := w.open(t).SetupStatements(t.Context(), w.database)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range steps {
				all = append(all, s.Statement)
			}
			return all
		},
		Harmed: func(t testing.TB) bool {
			var super bool
			if err := w.db.QueryRow("select coalesce(bool_or(rolsuper), false) from pg_roles where rolname = $1", mallory).Scan(&super); err != nil {
				t.Fatal(err)
			}
			return super
		},
	}
}

// makeHostile makes a schema of a name that is new, with a table of the name.
func (w *world) makeHostile(t testing.TB, name string) (schema string) {
	t.Helper()
	schema = w.name(name)
	column := pq.QuoteIdentifier(name)
	table := pq.QuoteIdentifier(schema) + "." + column
	w.run(t, "create schema "+pq.QuoteIdentifier(schema)+" authorization "+w.owner)
	w.run(t, "create table "+table+" ("+column+" serial, note text)")
	w.run(t, "comment on table "+table+" is "+pq.QuoteLiteral(name))
	w.run(t, "alter table "+table+" owner to "+w.owner)
	return schema
}
