package mariadbprovision_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Whatever else lets an account read what was taken from it is named where the end is told.
func TestOtherWaysAreNamedAtTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	// The database of the asset and a second one have names that are patterns to MariaDB.
	w.run(t, "create database "+quote("aside_"+w.installation))
	for _, tt := range []struct {
		name   string
		opens  string // statements of an administrator
		reads  string // the account's own, which then work; empty where it would have to do more first
		as     string // who reads; the account itself if empty
		says   []string
		remark bool // it is said that it is not known
	}{
		{name: "a procedure", says: []string{"perhaps SELECT through procedure", "`peek{n}`", "has the rights of {owner}@%", "EXECUTE granted directly"}, reads: "call {aside}.peek{n}()",
			opens: "create definer={owner}@'%' procedure {aside}.peek{n}() sql security definer select note from {orders}; grant execute on procedure {aside}.peek{n} to {eve}"},
		{name: "a function", says: []string{"perhaps SELECT through function", "EXECUTE granted directly"}, reads: "select {aside}.peek{n}()",
			opens: "create definer={owner}@'%' function {aside}.peek{n}() returns text return (select note from {orders} limit 1); grant execute on function {aside}.peek{n} to {eve}"},
		{name: "a procedure, by the database", says: []string{"perhaps SELECT through procedure"}, reads: "call {aside}.peek{n}()",
			opens: "create definer={owner}@'%' procedure {aside}.peek{n}() select note from {orders}; grant execute on {asidePattern}.* to {eve}"},
		{name: "a procedure, by a role", says: []string{"perhaps SELECT through procedure", "EXECUTE through role {other}"}, reads: "set role {other}; call {aside}.peek{n}()",
			opens: "create definer={owner}@'%' procedure {aside}.peek{n}() select note from {orders}; create role {other}; grant execute on procedure {aside}.peek{n} to {other}; grant {other} to {eve}"},
		{name: "a procedure of a role", says: []string{"perhaps SELECT through procedure", "the rights of {other}"}, reads: "call {aside}.peek{n}()",
			opens: "create role {other}; grant select on {orders} to {other}; grant execute on {asidePattern}.* to {other}; create definer={other} procedure {aside}.peek{n}() select note from {orders}; grant execute on procedure {aside}.peek{n} to {eve}"},
		{name: "a procedure that says nothing", remark: true, says: []string{"what they read is not known", "`peek{n}`"}, reads: "call {aside}.peek{n}('select note from {orders}')",
			opens: "create definer={owner}@'%' procedure {aside}.peek{n}(q text) execute immediate q; grant execute on procedure {aside}.peek{n} to {eve}"},
		{name: "all procedures", says: []string{"perhaps SELECT through procedure"}, reads: "call {aside}.peek{n}()",
			opens: "create definer={owner}@'%' procedure {aside}.peek{n}() select note from {orders}; grant execute on *.* to {eve}"},
		{name: "files", says: []string{"FILE", "files of the server"}, reads: "select load_file('/etc/passwd')", opens: "grant file on *.* to {eve}"},
		{name: "files, by a role", says: []string{"FILE", "through role {other}"}, reads: "set role {other}; select load_file('/etc/passwd')", opens: "create role {other}; grant file on *.* to {other}; grant {other} to {eve}"},
		{name: "SUPER", says: []string{"SUPER or SET USER", "the rights of anybody"}, opens: "grant super on *.* to {eve}; grant create routine, execute on {asidePattern}.* to {eve}",
			reads: "create definer={owner}@'%' procedure {aside}.mine{n}() select note from {orders}; call {aside}.mine{n}()"},
		{name: "SET USER", says: []string{"SUPER or SET USER", "the rights of anybody"}, opens: "grant set user on *.* to {eve}; grant create routine, execute on {asidePattern}.* to {eve}",
			reads: "create definer={owner}@'%' procedure {aside}.mine{n}() select note from {orders}; call {aside}.mine{n}()"},
		{name: "accounts", says: []string{"CREATE USER", "the password of anybody"}, opens: "create user {other}@'%' identified by 'unknown'; grant select on {orders} to {other}@'%'; grant create user on *.* to {eve}",
			reads: "alter user {other}@'%' identified by '" + password + "'"},
		{name: "the tables of accounts", says: []string{"writing on the database `mysql`"}, opens: "grant select, insert, update, delete on mysql.* to {eve}; grant reload on *.* to {eve}",
			reads: "insert into mysql.tables_priv select Host, '{base}', User, '{table}', 'me', now(), 'Select', '' from mysql.global_priv where User = '{user}'; flush privileges; select * from {orders}"},
		{name: "one of the tables of accounts", says: []string{"writing on `mysql`.`tables_priv`"}, opens: "grant insert on mysql.tables_priv to {eve}"},
		{name: "all data, to write", says: []string{"writing on everything"}, opens: "grant insert on *.* to {eve}", reads: "insert into {orders} (note) values ('theirs')"},
		{name: "what is written", says: []string{"REPLICATION SLAVE"}, opens: "grant replication slave on *.* to {eve}"},
		{name: "signing in as another", says: []string{"SELECT granted directly", "as {owner}@%, as whom they may sign in (PROXY)"}, opens: "insert into mysql.proxies_priv (Host, User, Proxied_host, Proxied_user, With_grant, Grantor) values ('{host}', '{user}', '%', '{owner}', 0, '')"},
		{name: "signing in as one of a role", says: []string{"SELECT through role {other}", "as {owner}2@%, as whom they may sign in (PROXY)"},
			opens: "create role {other}; grant select on {orders} to {other}; create or replace user {owner}2@'%' identified by '" + password + "'; grant {other} to {owner}2@'%'; insert into mysql.proxies_priv (Host, User, Proxied_host, Proxied_user, With_grant, Grantor) values ('{host}', '{user}', '%', '{owner}2', 0, '')"},
		{name: "a view in a database that she may read", says: []string{"SELECT on the view `aside"}, reads: "select * from {aside}.v{n}",
			opens: "create definer={owner}@'%' view {aside}.v{n} as select * from {orders}; grant select on {asidePattern}.* to {eve}"},
		{name: "a view over a view", says: []string{"SELECT on the view `aside", "`w{n}`"}, reads: "select * from {aside}.w{n}",
			opens: "create definer={owner}@'%' view {here}.v{n} as select * from {orders}; grant select on {here}.v{n} to {owner}@'%'; create definer={owner}@'%' view {aside}.w{n} as select * from {here}.v{n}; grant select on {aside}.w{n} to {eve}"},
		{name: "a table that shows the table", says: []string{"SELECT on the MERGE table", "`m{n}`"}, reads: "select * from {aside}.m{n}",
			opens: "alter table {orders} engine=myisam; create table {aside}.m{n} (id int primary key auto_increment, note text) engine=merge comment=' UNION=(`x`.`y`)' union=({orders}); grant select on {aside}.m{n} to {eve}"},
		{name: "a table that shows another table", opens: "create table {here}.o{n} (id int) engine=myisam; create table {aside}.m{n} (id int) engine=merge union=({here}.o{n}); grant select on {aside}.m{n} to {eve}"},
		{name: "a procedure of somebody who may not read", opens: "create user {other}@'%'; create definer={other}@'%' procedure {aside}.peek{n}() select note from {orders}; grant execute on procedure {aside}.peek{n} to {eve}"},
		{name: "a procedure with her own rights", opens: "create definer={owner}@'%' procedure {aside}.peek{n}() sql security invoker select note from {orders}; grant execute on procedure {aside}.peek{n} to {eve}"},
		{name: "a procedure that she may not call", opens: "create definer={owner}@'%' procedure {aside}.peek{n}() select note from {orders}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			eve, orders := w.person(t), w.table(t)
			user, host, _ := strings.Cut(eve.Name, "@")
			aside, owner := "aside_"+w.installation, w.name("owner")
			names := strings.NewReplacer("{eve}", quoted(eve), "{user}", user, "{host}", host, "{orders}", quote(orders.Ref.Path()...), "{owner}", owner, "{other}", w.name("other"), "{n}", user,
				"{aside}", quote(aside), "{asidePattern}", quote(strings.ReplaceAll(aside, "_", `\_`)), "{here}", quote(w.database), "{base}", w.database, "{table}", orders.Ref.Name())
			w.run(t, "create user "+owner+"@'%' identified by '"+password+"'", "grant select on "+quote(orders.Ref.Path()...)+" to "+owner+"@'%'", "grant execute on "+quote(strings.ReplaceAll(aside, "_", `\_`))+".* to "+owner+"@'%'")
			w.run(t, split(names.Replace(tt.opens))...)
			orders = w.asset(t, orders.Ref.Path()...)
			o := mustApply(t, p, want(eve, orders))
			said := o.Remarks
			if !tt.remark {
				said = nil
				for _, path := range o.Remaining {
					said = append(said, string(path))
				}
			}
			if !says(said, tt.says, names) {
				t.Errorf("%q and %q must say %q", o.Remaining, o.Remarks, tt.says)
			}
			if len(tt.says) == 0 && len(o.Remaining)+len(o.Remarks) > 0 {
				t.Errorf("%q and %q must name nothing", o.Remaining, o.Remarks)
			}
			if planned := p.Plan(t.Context(), []provision.Standing{want(eve, orders)})[0]; fmt.Sprint(planned.Paths) != fmt.Sprint(o.Remaining) {
				t.Errorf("the plan says %q", planned.Paths)
			}
			if tt.reads == "" {
				return
			}
			if err := w.runAs(t.Context(), eve, split(names.Replace(tt.reads))); err != nil {
				t.Errorf("it is no way in: %v", err)
			}
		})
	}
}

// says reports whether one of the lines holds all parts; true for no parts.
func says(lines, parts []string, names *strings.Replacer) bool {
	for _, line := range lines {
		holds := true
		for _, part := range parts {
			holds = holds && strings.Contains(line, names.Replace(part))
		}
		if holds {
			return true
		}
	}
	return len(parts) == 0
}

func split(statements string) []string { return strings.Split(statements, "; ") }

// runAs runs statements as a person, on one connection.
func (w *world) runAs(ctx context.Context, who request.Principal, statements []string) error {
	conn, end, err := w.as(ctx, who)
	if err != nil {
		return err
	}
	defer end()
	for _, s := range statements {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

// Of a database each way to one of its tables is named.
func TestOtherWaysIntoAContainerAreNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, all := w.open(t), w.person(t), w.container(t)
	orders := w.tableIn(t, all.Ref.Name())
	covered := func(want provision.Standing) provision.Standing {
		want.Below = append(want.Below, orders)
		return want
	}
	mustApply(t, p, covered(want(eve, all, request.Read)))
	view, call := quote(w.database, w.name("view")), quote(w.database, w.name("call"))
	w.run(t, "create view "+view+" as select * from "+quote(orders.Ref.Path()...), "grant select on "+view+" to "+quoted(eve),
		"create procedure "+call+"() select * from "+quote(orders.Ref.Path()...), "grant execute on procedure "+call+" to "+quoted(eve))
	o := mustApply(t, p, covered(want(eve, all)))
	got := fmt.Sprint(o.Remaining)
	for _, says := range []string{"SELECT on the view " + view, "perhaps SELECT through procedure " + call} {
		if !strings.Contains(got, says) {
			t.Errorf("%q must name %s", got, says)
		}
	}
	if err := w.runAs(t.Context(), eve, []string{"select * from " + view, "call " + call + "()"}); err != nil {
		t.Error(err)
	}
}
