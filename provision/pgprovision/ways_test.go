package pgprovision_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/request"
)

// Whatever else lets a login read what was taken from it is named where the end is told.
func TestOtherWaysAreNamedAtTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	host, port := platformAddress(t)
	w.run(t, "create extension postgres_fdw; create extension file_fdw; create extension dblink")
	for _, tt := range []struct {
		name, opens string
		reads       string   // what the login then runs; empty where it would have to do more first
		says        []string // all of them in one line
		only        int      // the version it is about; zero for each
		remark      bool     // it is said that it is not known
	}{
		{name: "a function that says nothing", says: []string{"what they read is not known", "peek_{n}(text)"}, remark: true,
			opens: "create function peek_{n}(q text) returns text language plpgsql security definer as 'declare x text; begin execute q into x; return x; end'; alter function peek_{n}(text) owner to {owner}", reads: "select peek_{n}('select note from public.{orders} limit 1')"},
		{name: "a function", says: []string{"perhaps SELECT through function", "peek_{n}()", "{owner}"},
			opens: "create function peek_{n}() returns text language sql security definer as 'select note from public.{orders} limit 1'; alter function peek_{n}() owner to {owner}", reads: "select peek_{n}()"},
		{name: "a function with a body of the standard's", says: []string{"SELECT through function", "peek_{n}(), which reads it", "{owner}"},
			opens: "create function peek_{n}() returns text language sql security definer begin atomic select note from public.{orders} limit 1; end; alter function peek_{n}() owner to {owner}", reads: "select peek_{n}()"},
		{name: "a function over a view", says: []string{"through function", "peek_{n}()", "view public.seen_{n}"},
			opens: "create view seen_{n} as select * from {orders}; alter view seen_{n} owner to {owner}; create function peek_{n}() returns text language sql security definer begin atomic select note from public.seen_{n} limit 1; end; alter function peek_{n}() owner to {owner}", reads: "select peek_{n}()"},
		{name: "a function by a role", says: []string{"through function", "peek_{n}()"},
			opens: "create function peek_{n}() returns text language sql security definer begin atomic select note from public.{orders} limit 1; end; alter function peek_{n}() owner to {owner}; revoke execute on function peek_{n}() from public; create role {other}; grant execute on function peek_{n}() to {other}; grant {other} to {eve}", reads: "select peek_{n}()"},
		{name: "programs", says: []string{"pg_execute_server_program", "run programs"}, opens: "grant pg_execute_server_program to {eve}", reads: "create temp table x (l text); copy x from program 'echo 1'"},
		{name: "files", says: []string{"pg_read_server_files", "read the files"}, opens: "grant pg_read_server_files to {eve}", reads: "create temp table x (l text); copy x from '/etc/hostname'"},
		{name: "files, by a role", says: []string{"pg_write_server_files", "write files"}, opens: "create role {other}; grant pg_write_server_files to {other}; grant {other} to {eve}"},
		{name: "all data", says: []string{"pg_read_all_data"}, opens: "grant pg_read_all_data to {eve}", reads: "select * from {orders}"},
		{name: "all data, to write", says: []string{"pg_write_all_data"}, opens: "grant pg_write_all_data to {eve}", reads: "insert into {orders} (note) values ('hers')"},
		{name: "roles", says: []string{"CREATEROLE"}, only: 15, opens: "alter role {eve} createrole", reads: "grant {owner} to {eve}; set role {owner}; select * from {orders}"},
		{name: "roles, by a role", says: []string{"CREATEROLE", "{other}"}, only: 15, opens: "create role {other} createrole; grant {other} to {eve}", reads: "set role {other}; grant {owner} to {eve}; set role {owner}; select * from {orders}"},
		{name: "a role that she administers", says: []string{"through role", "{owner}"}, opens: "grant {owner} to {eve} with admin option", reads: "set role {owner}; select * from {orders}"},
		{name: "a superuser", says: []string{"{other}, a superuser"}, opens: "create role {other} superuser; grant {other} to {eve}", reads: "set role {other}; select * from {orders}"},
		{name: "a foreign table", says: []string{"SELECT granted directly", "foreign table public.far_{n}"}, reads: "select * from far_{n}",
			opens: "create server back_{n} foreign data wrapper postgres_fdw options (host '" + host + "', port '" + port + "', dbname '{database}'); create foreign table far_{n} (id int, note text) server back_{n} options (schema_name 'public', table_name '{orders}'); " +
				"create user mapping for {eve} server back_{n} options (user '{owner}', password '" + password + "'); grant select on far_{n} to {eve}"},
		{name: "a view over a foreign table", says: []string{"SELECT for PUBLIC", "view public.near_{n}"}, reads: "select * from near_{n}",
			opens: "create server back_{n} foreign data wrapper postgres_fdw options (host '" + host + "', port '" + port + "', dbname '{database}'); create foreign table far_{n} (id int, note text) server back_{n} options (schema_name 'public', table_name '{orders}'); " +
				"alter foreign table far_{n} owner to {owner}; create user mapping for {owner} server back_{n} options (user '{owner}', password '" + password + "'); create view near_{n} as select * from far_{n}; alter view near_{n} owner to {owner}; grant select on near_{n} to public"},
		{name: "a server and dblink", says: []string{"user mapping of server back_{n}", "through function", "dblink"}, reads: "select * from dblink('back_{n}', 'select note from public.{orders}') x(note text)",
			opens: "create server back_{n} foreign data wrapper postgres_fdw options (host '" + host + "', port '" + port + "', dbname '{database}'); grant usage on foreign server back_{n} to {eve}; " +
				"create user mapping for {eve} server back_{n} options (user '{owner}', password '" + password + "')"},
		{name: "a server and a schema of her own", says: []string{"in schema own_{n}", "user mapping of server back_{n}"}, reads: "create foreign table own_{n}.far (note text) server back_{n} options (schema_name 'public', table_name '{orders}'); select * from own_{n}.far",
			opens: "create server back_{n} foreign data wrapper postgres_fdw options (host '" + host + "', port '" + port + "', dbname '{database}'); grant usage on foreign server back_{n} to {eve}; create schema own_{n} authorization {eve}; " +
				"create user mapping for public server back_{n} options (user '{owner}', password '" + password + "')"},
		{name: "a server that she may not use", opens: "create server back_{n} foreign data wrapper postgres_fdw options (host '" + host + "', port '" + port + "', dbname '{database}'); " +
			"create user mapping for {eve} server back_{n} options (user '{owner}', password '" + password + "')"},
		{name: "a server that leads elsewhere", opens: "create server back_{n} foreign data wrapper postgres_fdw options (host '" + host + "', port '" + port + "', dbname 'elsewhere'); grant usage on foreign server back_{n} to {eve}; " +
			"create user mapping for {eve} server back_{n} options (user '{owner}', password '" + password + "')"},
		{name: "another foreign table", opens: "create server back_{n} foreign data wrapper postgres_fdw options (host '" + host + "', port '" + port + "', dbname 'elsewhere'); create foreign table far_{n} (id int, note text) server back_{n} options (schema_name 'public', table_name '{orders}'); " +
			"create user mapping for {eve} server back_{n} options (user '{owner}', password '" + password + "'); grant select on far_{n} to {eve}"},
		{name: "a function of those who may not read", opens: "create role {other}; create function peek_{n}() returns text language sql security definer as 'select note from public.{orders} limit 1'; alter function peek_{n}() owner to {other}"},
		{name: "a function with her own rights", opens: "create function peek_{n}() returns text language sql as 'select note from public.{orders} limit 1'; alter function peek_{n}() owner to {owner}"},
		{name: "a function that she may not execute", opens: "create function peek_{n}() returns text language sql security definer as 'select note from public.{orders} limit 1'; alter function peek_{n}() owner to {owner}; revoke execute on function peek_{n}() from public"},
	} {
		if tt.only == 15 && !w.version15(t) {
			tt.says, tt.reads = nil, "" // from 16 on it reaches only the roles that she has made
		}
		eve, orders := w.person(t), w.table(t)
		names := strings.NewReplacer("{eve}", eve.Name, "{orders}", orders.Ref.Name(), "{other}", w.name("other"), "{owner}", w.owner, "{database}", w.database, "{n}", eve.Name)
		mustApply(t, p, want(eve, orders, request.Read))
		w.run(t, names.Replace(tt.opens))
		o := mustApply(t, p, want(eve, orders))
		said := fmt.Sprint(o.Remarks)
		if !tt.remark {
			said = ""
			for _, path := range o.Remaining {
				if all := string(path); said == "" || len(tt.says) > 0 && strings.Contains(all, names.Replace(tt.says[0])) {
					said = all
				}
			}
		}
		for _, says := range tt.says {
			if !strings.Contains(said, names.Replace(says)) {
				t.Errorf("%s: %q and %q must name %q", tt.name, o.Remaining, o.Remarks, names.Replace(says))
			}
		}
		if len(tt.says) == 0 && len(o.Remaining) > 0 {
			t.Errorf("%s: %q must name nothing", tt.name, o.Remaining)
		}
		if tt.reads == "" {
			continue
		}
		if err := w.as(t.Context(), eve.Name, names.Replace(tt.reads)); err != nil {
			t.Errorf("%s: it is no way in: %v", tt.name, err)
		}
		if tt.remark {
			w.run(t, names.Replace("drop function peek_{n}(text)")) // the others may execute it too
		}
	}
}

// Of a container each of the tables to which a function leads is named.
func TestFunctionsThatReadWhatAContainerHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, area := w.open(t), w.person(t), w.schema(t)
	one, two := w.tableIn(t, area), w.tableIn(t, area)
	schema := w.container(t, area)
	mustApply(t, p, covering(want(eve, schema, request.Read), one, two))
	w.run(t, fmt.Sprintf("create function public.summed() returns bigint language sql security definer begin atomic select count(*) from %[1]s.%[2]s, %[1]s.%[3]s; end; alter function public.summed() owner to %[4]s", area, one.Ref.Name(), two.Ref.Name(), w.owner))
	o := mustApply(t, p, covering(want(eve, schema), one, two))
	if got := fmt.Sprint(o.Remaining); !strings.Contains(got, "summed()") || !strings.Contains(got, one.Ref.Name()) || !strings.Contains(got, two.Ref.Name()) {
		t.Errorf("ways are %s", got)
	}
}

// What another database has of a person is not seen from here, but for their user mappings.
func TestUserMappingsInOtherDatabasesAreTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, orders, aside := w.open(t), w.person(t), w.person(t), w.table(t), w.annex(t)
	host, port := platformAddress(t)
	aside.run(t, "create extension postgres_fdw; create server back foreign data wrapper postgres_fdw options (host '"+host+"', port '"+port+"', dbname '"+w.database+"'); create foreign table far (note text) server back options (schema_name 'public', table_name '"+orders.Ref.Name()+"')")
	aside.run(t, "create user mapping for "+eve.Name+" server back options (user '"+w.owner+"', password '"+password+"'); grant select on far to "+eve.Name+"; grant usage on schema public to "+eve.Name)
	mustApply(t, p, want(eve, orders, request.Read))
	if said := fmt.Sprint(mustApply(t, p, want(eve, orders)).Remarks); !strings.Contains(said, "user mappings in other databases") || !strings.Contains(said, aside.database) {
		t.Errorf("remarks are %s", said)
	}
	if err := aside.as(t.Context(), eve.Name, "select * from far"); err != nil {
		t.Errorf("it is no way in: %v", err)
	}
	mustApply(t, p, want(bob, orders, request.Read))
	if said := mustApply(t, p, want(bob, orders)).Remarks; len(said) > 0 {
		t.Errorf("remarks about who has none are %q", said)
	}
}
