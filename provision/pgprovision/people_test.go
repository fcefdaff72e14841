package pgprovision_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

func TestRefusesPrincipalsThatSeeAnywayOrAreNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, orders := w.open(t), w.table(t)
	role := func(attributes string) string {
		name := w.name("odd")
		w.run(t, "create role "+name+" "+attributes)
		return name
	}
	tests := []struct{ name, principal, says string }{
		{"empty", "", "no name"},
		{"NUL", "eve\x00", "not text"},
		{"not UTF-8", "eve\xff", "not text"},
		{"over 63 bytes", strings.Repeat("e", 64), "64 bytes"},
		{"everyone", "public", "everyone or no one"},
		{"nobody", "none", "everyone or no one"},
		{"PostgreSQL's own", "pg_read_all_data", "PostgreSQL itself"},
		{"our own", "gw_" + w.installation, "group role of Grantwright"},
		{"not there", "nobody_at_all", "does not exist"},
		{"superuser", "postgres", "superuser"},
		{"provisioner", w.provisioner, "Grantwright itself"},
		{"owner", w.owner, "owns the asset"},
		{"group", role("nologin"), "as a group"},
		{"bypass", role("login bypassrls"), "BYPASSRLS"},
		{"replication", role("login replication"), "REPLICATION"},
		{"reads all", role("login in role pg_read_all_data"), "pg_read_all_data"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			standing := want(request.Principal{Name: tt.principal}, orders, request.Read)
			o := apply(t, p, standing)
			mustSay(t, o.Err, true, tt.says)
			var refused *provision.RefusedError
			if _, err := p.Check(t.Context(), standing); !errors.As(err, &refused) {
				t.Errorf("Check says %v, want a RefusedError", err)
			}
			if len(o.Ran) > 0 {
				t.Errorf("ran %q for a principal that is refused", o.Ran)
			}
		})
	}
}

func TestCheckFillsInWhatThePlatformKnows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	asked := want(request.Principal{Name: eve.Name}, orders, request.Read)
	asked.Asset.ID, asked.Asset.Source.Owner = "", ""
	got, err := p.Check(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	filled := want(eve, orders, request.Read)
	filled.Asset.Through = []catalog.Through{{Way: catalog.BySequence, Name: "public." + orders.Ref.Name() + "_id_seq", Own: true, Writes: true}}
	filled.Asset.Definition = provision.PinOfRows + "=" + catalog.PinOpen
	if diff := cmp.Diff(filled, got); diff != "" {
		t.Errorf("checked (-want +got):\n%s", diff)
	}
}

func TestAnotherRoleUnderTheNameGetsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders, bills := w.open(t), w.person(t), w.table(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	w.run(t, "drop role "+eve.Name)
	mustApply(t, p, want(eve, orders)) // a principal that was dropped is gone
	w.run(t, "create role "+eve.Name+" login password '"+password+"'")
	mustSay(t, apply(t, p, want(eve, orders, request.Read)).Err, true, "another role stands under that name")
	w.mustAllow(t, eve, orders, false, false)

	// What the new one has of its own is not taken for the old one's end.
	now := w.principal(t, eve.Name)
	mustApply(t, p, want(now, bills, request.Read))
	mustApply(t, p, want(eve, bills))
	w.mustAllow(t, now, bills, true, false)
}

func TestRenamedPrincipalLosesWhatItHas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	w.run(t, "alter role "+eve.Name+" rename to "+eve.Name+"_married")
	w.run(t, "alter role "+eve.Name+"_married password '"+password+"'")
	mustSay(t, apply(t, p, want(eve, orders, request.Read)).Err, true, eve.Name+"_married")
	mustApply(t, p, want(eve, orders))
	w.mustAllow(t, request.Principal{Name: eve.Name + "_married"}, orders, false, false)
}

func TestPathsOfOthersAreNamedAndLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	w.run(t, "revoke usage on schema public from public")
	tests := []struct {
		name string
		give string // {eve} and {orders} stand for the names, {role} for a new role
		want []string
	}{
		{"direct grant", "grant usage on schema public to {eve}; grant select on {orders} to {eve}", []string{"SELECT granted directly by {owner}"}},
		{"column grant", "grant usage on schema public to {eve}; grant select (note) on {orders} to {eve}", []string{"SELECT granted directly by {owner} of column note"}},
		{"PUBLIC", "grant usage on schema public to {eve}; grant select on {orders} to public", []string{"SELECT for PUBLIC"}},
		{"role", "grant {role} to {eve}; grant usage on schema public to {role}; grant select on {orders} to {role}", []string{"SELECT through role {role}"}},
		{"member of the owner", "grant {owner} to {eve}", []string{"through role {owner}, the owner"}},
		{"pg_read_all_data", "grant pg_read_all_data to {eve}", []string{"through role pg_read_all_data"}},
		{"superuser", "alter role {eve} superuser", []string{"superuser"}},
		{"view", "grant usage on schema public to {eve}; create view v_{orders} as select * from {orders}; alter view v_{orders} owner to {owner}; grant select on v_{orders} to {eve}",
			[]string{"SELECT granted directly by {owner} of view public.v_{orders}"}},
		{"without a way to the schema", "grant select on {orders} to {eve}", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			eve, orders := w.person(t), w.table(t)
			role := w.name("analysts")
			w.run(t, "create role "+role+" nologin")
			names := strings.NewReplacer("{eve}", eve.Name, "{orders}", orders.Ref.Name(), "{role}", role, "{owner}", w.owner)
			mustApply(t, p, want(eve, orders, request.Read))
			w.run(t, names.Replace(tt.give))
			o := mustApply(t, p, want(eve, orders))
			var paths []string
			for _, path := range o.Remaining {
				paths = append(paths, string(path))
			}
			var wanted []string
			for _, path := range tt.want {
				wanted = append(wanted, names.Replace(path))
			}
			if tt.name == "superuser" || tt.name == "member of the owner" {
				paths = slices.Compact(paths)
			}
			if diff := cmp.Diff(wanted, paths); diff != "" {
				t.Errorf("Remaining (-want +got):\n%s", diff)
			}
			if plan := p.Plan(t.Context(), []provision.Standing{want(eve, orders)})[0]; !cmp.Equal(plan.Paths, o.Remaining) {
				t.Errorf("Plan names the paths %q, Apply %q", plan.Paths, o.Remaining)
			}
		})
	}
}
