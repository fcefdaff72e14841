package pgprovision_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// roles counts the group roles of the installation.
func (w *world) roles(t testing.TB) (n int) {
	t.Helper()
	if err := w.db.QueryRow(`select count(*) from pg_roles where rolname ~ ('^gw_' || $1 || '_[a-z2-7]{26}_')`, w.installation).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRolesThatNobodyIsInAreDropped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, orders, area := w.open(t), w.person(t), w.person(t), w.table(t), w.schema(t)
	schema, below := w.container(t, area), []catalog.Asset{w.tableIn(t, area), w.tableIn(t, area)}
	must := func(n int, after string) {
		t.Helper()
		if got := w.roles(t); got != n {
			t.Errorf("after %s there are %d group roles, want %d", after, got, n)
		}
	}
	mustApply(t, p, want(eve, orders, request.Read))
	mustApply(t, p, want(bob, orders, request.Read, request.ReadWrite))
	must(2, "giving")
	mustApply(t, p, want(bob, orders))
	must(1, "ending the one who wrote")
	w.mustAllow(t, eve, orders, true, false)
	o := mustApply(t, p, want(eve, orders))
	must(0, "ending all on the table")
	if o := mustApply(t, p, want(eve, orders)); len(o.Ran) > 0 {
		t.Errorf("ran again: %q", o.Ran)
	}
	if len(o.Ran) == 0 {
		t.Error("nothing says that the role was dropped")
	}

	// What is covered by now is not known where an end is asked for alone.
	mustApply(t, p, covering(want(eve, schema, request.ReadWrite), below...))
	must(1, "giving the schema")
	mustApply(t, p, want(eve, schema))
	must(0, "ending all on the schema")

	mustApply(t, p, want(eve, orders, request.Read))
	w.asOwner(t, "drop table "+orders.Ref.Name())
	mustApply(t, p, want(eve, orders))
	must(0, "ending all on a table that is gone")
}

func TestRoleWithSomethingOfOthersIsNotDropped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	for name, tt := range map[string]struct{ tie, untie string }{
		"owns something":         {"create view tie{n} as select 1; alter view tie{n} owner to {role}", "drop view tie{n}"},
		"granted by others":      {"grant select on {other} to {role}", "revoke select on {other} from {role}"},
		"in another's database":  {"grant create on database postgres to {role}", "revoke create on database postgres from {role}"},
		"someone else let in":    {"grant {role} to {bob}", "revoke {role} from {bob}"},
		"member of another role": {"grant pg_monitor to {role}", "revoke pg_monitor from {role}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eve, bob, orders, other := w.person(t), w.person(t), w.table(t), w.table(t)
			mustApply(t, p, want(eve, orders, request.Read))
			role := w.groupRole(t, orders, request.Read)
			names := strings.NewReplacer("{n}", eve.ID, "{role}", role, "{bob}", bob.Name, "{other}", other.Ref.Name())
			w.run(t, names.Replace(tt.tie))
			o := apply(t, p, want(eve, orders))
			if owns := name == "owns something"; (o.Err != nil) != owns {
				t.Errorf("ending: %v; must fail: %v", o.Err, owns)
			}
			w.mustAllow(t, eve, orders, false, false)
			if !w.stands(t, role) {
				t.Fatal("the role was dropped")
			}
			w.run(t, names.Replace(tt.untie))
			mustApply(t, p, want(eve, orders))
			if w.stands(t, role) {
				t.Error("the role is left, though nothing ties it any more")
			}
		})
	}
}

func (w *world) stands(t testing.TB, role string) (stands bool) {
	t.Helper()
	if err := w.db.QueryRow("select exists (select from pg_roles where rolname = $1)", role).Scan(&stands); err != nil {
		t.Fatal(err)
	}
	return stands
}

// Before 16 a function drops roles for us. It drops none that somebody is in, and
// none that is not ours.
func TestOnlyOurOwnEmptyRolesCanBeDropped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	drop := func(role string) string {
		if w.version15(t) {
			return fmt.Sprintf("select gw_%s.drop_role('%s')", w.installation, role)
		}
		return "drop role " + role
	}
	stranger := w.person(t)
	for _, role := range []string{w.owner, stranger.Name, w.groupRole(t, orders, request.Read)} {
		if err := w.as(t.Context(), w.provisioner, drop(role)); err == nil {
			t.Errorf("the provisioner can drop %s", role)
		}
	}
	if !w.version15(t) {
		return
	}
	if err := w.as(t.Context(), w.provisioner, "select gw_"+w.installation+".drop_role(null)"); err == nil {
		t.Error("dropping nothing is no error")
	}
	if err := w.as(t.Context(), stranger.Name, drop(w.groupRole(t, orders, request.Read))); err == nil {
		t.Error("everyone may call the function that drops roles")
	}
}
