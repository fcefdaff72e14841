package pgprovision_test

import (
	"strings"
	"testing"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
)

// A login's own settings and limits, and those of the database, are among what is checked:
// what would make psql be refused is said with its reason, and is well again by itself.
func TestActiveMeansThatTheSessionsOfTheLoginWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	for _, tt := range []struct {
		name           string
		breaks, mends  string // {other} is a role without any rights, of which eve is a member
		says           string // empty: it does no harm
		writing        bool   // only who writes is refused
		permanent, all bool   // all: of the whole database
	}{
		{name: "another role", breaks: "alter role {eve} set role = {other}", mends: "alter role {eve} reset role", says: "sessions begin as role"},
		{name: "another role here", breaks: "alter role {eve} in database {database} set role = {other}", mends: "alter role {eve} in database {database} reset role", says: "sessions begin as role"},
		{name: "none here goes before another role", breaks: "alter role {eve} set role = {other}; alter role {eve} in database {database} set role = none", mends: "alter role {eve} reset role; alter role {eve} in database {database} reset role"},
		{name: "another role elsewhere", breaks: "alter role {eve} in database postgres set role = {other}", mends: "alter role {eve} in database postgres reset role"},
		{name: "a role that she is not in", breaks: "revoke {other} from {eve}; alter role {eve} set role = {other}", mends: "alter role {eve} reset role"},
		{name: "a role that may read too", breaks: "grant usage on schema public to {other}; grant select, insert, update, delete on {orders} to {other}; grant usage on sequence {orders}_id_seq to {other}; alter role {eve} set role = {other}", mends: "alter role {eve} reset role"},
		{name: "a path", breaks: "alter role {eve} set search_path = nowhere", mends: "alter role {eve} reset all"},
		{name: "read only", breaks: "alter role {eve} set default_transaction_read_only = on", mends: "alter role {eve} reset all", says: "default_transaction_read_only", writing: true},
		{name: "no login", breaks: "alter role {eve} nologin", mends: "alter role {eve} login", says: "NOLOGIN", permanent: true},
		{name: "no longer valid", breaks: "alter role {eve} valid until '2020-01-01'", mends: "alter role {eve} valid until 'infinity'", says: "VALID UNTIL", permanent: true},
		{name: "no connections", breaks: "alter role {eve} connection limit 0", mends: "alter role {eve} connection limit -1", says: "CONNECTION LIMIT 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			eve, orders, other := w.person(t), w.table(t), w.name("other")
			names := strings.NewReplacer("{eve}", eve.Name, "{orders}", orders.Ref.Name(), "{other}", other, "{database}", w.database)
			w.run(t, names.Replace("create role {other}; grant {other} to {eve}"))
			mustApply(t, p, want(eve, orders, request.ReadWrite))
			w.mustAllow(t, eve, orders, true, true)
			w.run(t, names.Replace(tt.breaks))
			o := apply(t, p, given(want(eve, orders, request.ReadWrite)))
			works, err := w.allowed(t.Context(), eve, orders, request.ReadWrite)
			if works && err == nil != (tt.says == "") {
				t.Errorf("the login works: %v, %v", works, err)
			}
			if tt.says == "" {
				if o.Err != nil {
					t.Errorf("it does no harm, yet: %v", o.Err)
				}
				return
			}
			mustSay(t, o.Err, tt.permanent, tt.says)
			if len(o.Withdrawn) > 0 || !o.Taken {
				t.Errorf("withdrawn are %v; taken: %v", o.Withdrawn, o.Taken)
			}
			if tt.writing {
				mustApply(t, p, want(eve, orders, request.Read))
			}
			w.run(t, names.Replace(tt.mends))
			mustApply(t, p, want(eve, orders, request.ReadWrite))
			w.mustAllow(t, eve, orders, true, true)
		})
	}
}

// A database that lets nobody in is told of as such, by a provisioner that was there before
// and by one that cannot come in. Access is taken all the same, and what is given works
// again by itself.
func TestDatabaseThatLetsNobodyIn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ breaks, mends, says, denied string }{
		"no connections":       {"alter database {database} connection limit 0", "alter database {database} connection limit -1", "CONNECTION LIMIT 0", "too many connections for database"},
		"accepts none":         {"alter database {database} allow_connections false", "alter database {database} allow_connections true", "ALLOW_CONNECTIONS", "not currently accepting connections"},
		"another role for all": {"create role {other}; grant {other} to {eve}; alter database {database} set role = {other}", "alter database {database} reset role", "sessions begin as role", ""},
		"no right to connect":  {"revoke connect on database {database} from public, {provisioner} cascade", "grant connect on database {database} to public; grant connect on database {database} to {provisioner} with grant option", "", "permission denied for database"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			outside, err := platform.Open("postgres")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = outside.Close() }()
			eve, bob, orders := w.person(t), w.person(t), w.table(t)
			names := strings.NewReplacer("{eve}", eve.Name, "{other}", w.name("other"), "{database}", w.database, "{provisioner}", w.provisioner)
			run := func(statements string) {
				t.Helper()
				for statement := range strings.SplitSeq(names.Replace(statements), "; ") {
					if _, err := outside.Exec(statement); err != nil {
						t.Fatal(statement, err)
					}
				}
			}
			home := w.annex(t)
			to := home.target()
			within := w.open(t)
			mustApply(t, within, want(eve, orders, request.Read))
			mustApply(t, within, want(bob, orders, request.Read))
			w.mustAllow(t, eve, orders, true, false)
			run(tt.breaks)
			refused := func(o provision.Outcome, says string) {
				t.Helper()
				if o.Err == nil || !strings.Contains(o.Err.Error(), says) || !o.Taken {
					t.Errorf("says %v, must say %q; taken: %v", o.Err, says, o.Taken)
				}
			}
			if tt.says != "" {
				refused(apply(t, within, given(want(eve, orders, request.Read))), tt.says)
			}
			fresh, err := pgprovision.Open(t.Context(), to)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = fresh.Close() }()
			if tt.denied != "" {
				refused(apply(t, fresh, given(want(eve, orders, request.Read))), tt.denied)
			}
			mustApply(t, fresh, want(bob, orders)) // is taken
			if err := w.as(t.Context(), eve.Name, "select * from "+orders.Ref.Name()); err == nil {
				t.Error("the login works, so that the error is wrong")
			}
			run(tt.mends)
			mustApply(t, fresh, want(eve, orders, request.Read))
			w.mustAllow(t, eve, orders, true, false)
			w.mustAllow(t, bob, orders, false, false)
		})
	}
}

// Each right on the way to what was given is part of the check: CONNECT on the database and
// USAGE on the schema, for a table, what lies in a container, and a masked view.
func TestEachRightOnTheWayIsChecked(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ breaks, says string }{
		"USAGE":             {"revoke usage on schema {area} from public, {provisioner} cascade", "USAGE on schema"},
		"CONNECT":           {"revoke connect on database {database} from public, {provisioner} cascade", "CONNECT on database"},
		"USAGE of the role": {"revoke usage on schema {area} from public; set role {provisioner}; revoke usage on schema {area} from {role}; reset role", ""},
	} {
		for _, kind := range []string{"table", "view", "schema", "database"} {
			t.Run(name+" for a "+kind, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				p, eve, area := w.annex(t).open(t), w.person(t), w.schema(t) // it comes from another database
				w.run(t, "grant usage on schema "+area+" to public")
				w.setup(t)
				table := w.tableIn(t, area)
				w.asOwner(t, "create view "+area+".seen as select * from "+area+"."+table.Ref.Name())
				read, asked := table, want(eve, table, request.Read)
				switch kind {
				case "view":
					read = w.asset(t, area, "seen")
					asked = want(eve, read, request.Read)
				case "schema":
					asked = covering(want(eve, w.container(t, area), request.Read), table)
				case "database":
					asked = covering(want(eve, w.container(t), request.Read), table)
				}
				mustApply(t, p, asked)
				w.mustAllow(t, eve, read, true, false)
				role := w.groupRole(t, asked.Asset, request.Read)
				w.run(t, strings.NewReplacer("{area}", area, "{database}", w.database, "{provisioner}", w.provisioner, "{role}", role).Replace(tt.breaks))
				if err := w.as(t.Context(), eve.Name, "select * from "+area+"."+read.Ref.Name()); err == nil {
					t.Fatal("the login works, so that there is nothing to be said")
				}
				o := apply(t, p, given(asked))
				switch {
				case tt.says != "":
					mustSay(t, o.Err, true, tt.says)
				case kind == "database": // the right is one of many, and given again
					if o.Err != nil {
						t.Errorf("given again, it says %v", o.Err)
					}
					w.mustAllow(t, eve, read, true, false)
				case o.Err != nil || len(o.Withdrawn) == 0:
					t.Errorf("says %v, withdrawn are %v", o.Err, o.Withdrawn)
				}
				if !o.Taken || tt.says != "" && len(o.Withdrawn) > 0 {
					t.Errorf("withdrawn are %v; taken: %v", o.Withdrawn, o.Taken)
				}
				if tt.says == "" {
					return
				}
				mustApply(t, p, ended(asked)) // from whom it is taken meanwhile loses it
				w.run(t, "grant usage on schema "+area+" to public; grant connect on database "+w.database+" to public")
				w.setup(t)
				w.mustAllow(t, eve, read, false, false)
				mustApply(t, p, asked)
				w.mustAllow(t, eve, read, true, false)
			})
		}
	}
}

// ended wants nothing any more of what another wanted.
func ended(s provision.Standing) provision.Standing {
	s.Want = nil
	return s
}
