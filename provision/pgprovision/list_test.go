package pgprovision_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
)

// mustList returns what is listed, by person and asset.
func mustList(t testing.TB, p *pgprovision.Provisioner, root catalog.Ref) []provision.Standing {
	t.Helper()
	var all []provision.Standing
	for s, err := range p.List(t.Context(), root) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return byName(all)
}

// byName sorts what is listed, without the acts by which it was given.
func byName(all []provision.Standing) []provision.Standing {
	for i := range all {
		all[i].Act = 0
	}
	slices.SortFunc(all, func(a, b provision.Standing) int {
		return strings.Compare(string(a.Asset.Ref)+a.Asset.ID+a.Principal.Name, string(b.Asset.Ref)+b.Asset.ID+b.Principal.Name)
	})
	return all
}

// found is a Standing as List tells of it.
func found(s provision.Standing) provision.Standing {
	s.Asset = catalog.Asset{Ref: s.Asset.Ref, ID: s.Asset.ID}
	return s
}

func TestListsEverythingOfOursOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	var wanted []provision.Standing
	people := []request.Principal{w.person(t), w.person(t), w.person(t)}
	for range 4 {
		orders := w.table(t)
		for i, who := range people {
			s := want(who, orders, [][]request.Privilege{{request.Read}, {request.ReadWrite}, {request.Read, request.ReadWrite}}[i]...)
			mustApply(t, p, s)
			wanted = append(wanted, found(s))
		}
	}
	left := w.table(t)
	mustApply(t, p, want(people[0], left, request.Read))
	mustApply(t, p, want(people[0], left)) // our role has nobody in it now

	byName(wanted)
	for _, size := range [][2]int{{200, 1000}, {1, 1}, {2, 3}, {3, 2}} {
		p.ListBy(size[0], size[1])
		if diff := cmp.Diff(wanted, mustList(t, p, "wh")); diff != "" {
			t.Errorf("%d roles and %d members at once (-want +got):\n%s", size[0], size[1], diff)
		}
	}
	one := wanted[0].Asset.Ref
	if diff := cmp.Diff(wanted[:3], mustList(t, p, one)); diff != "" {
		t.Errorf("one asset (-want +got):\n%s", diff)
	}
	if all := mustList(t, p, "other"); len(all) > 0 {
		t.Errorf("below another connection stand %v", all)
	}
}

func TestListsWhoIsInOurRolesAndNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, mallory, orders := w.open(t), w.person(t), w.person(t), w.table(t)
	w.run(t, w.names(mallory, orders, "").Replace("grant usage on schema public to {eve}; grant select on {orders} to {eve}"))
	mustApply(t, p, want(eve, orders, request.Read))
	w.run(t, "grant "+w.groupRole(t, orders, request.Read)+" to "+mallory.Name)
	target := w.target()
	target.Installation += "x"
	other, err := pgprovision.Open(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	if all := mustList(t, other, "wh"); len(all) > 0 {
		t.Errorf("another installation lists %v as its own", all)
	}
	letIn := found(want(mallory, orders, request.Read))
	letIn.By = "postgres"
	if diff := cmp.Diff(byName([]provision.Standing{found(want(eve, orders, request.Read)), letIn}), mustList(t, p, "wh")); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
}

// What is listed is what was given, whatever has become of it; by that alone it can
// be taken away.
func TestListsWhatHasChangedAsItWasGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	w.run(t, "create schema attic authorization "+w.owner)
	var wanted []provision.Standing
	for _, change := range []string{
		"alter table {orders} rename to {orders}_old",
		"alter table {orders} rename to {orders}_old; create table {orders} (id int)",
		"alter table {orders} set schema attic",
		"drop table {orders}",
		"alter role {eve} rename to {eve}_married",
		"alter role {eve} nologin",
	} {
		eve, orders := w.person(t), w.table(t)
		mustApply(t, p, want(eve, orders, request.ReadWrite))
		w.run(t, w.names(eve, orders, "").Replace(change))
		if strings.Contains(change, "married") {
			eve.Name += "_married"
		}
		eve.Group = strings.Contains(change, "nologin")
		wanted = append(wanted, found(want(eve, orders, request.ReadWrite)))
	}
	there, eve := w.annex(t), w.person(t)
	bills := there.table(t)
	mustApply(t, p, want(eve, bills, request.Read))
	wanted = append(wanted, found(want(eve, bills, request.Read)))
	_ = there.db.Close()
	w.run(t, "drop database "+there.database+" with (force)")

	all := mustList(t, p, "wh")
	if diff := cmp.Diff(byName(wanted), all); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	for _, s := range all {
		s.Want = nil
		mustApply(t, p, s)
	}
	if all := mustList(t, p, "wh"); len(all) > 0 {
		t.Errorf("after all was taken this is left: %v", all)
	}
}

func TestListNamesARoleThatItCannotReadAndGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	comments := []string{"", "mine now", "the next one's"}
	roles, wanted := make([]string, len(comments)), []provision.Standing{}
	for i := range comments {
		eve, orders, bills := w.person(t), w.table(t), w.table(t)
		mustApply(t, p, want(eve, orders, request.Read))
		mustApply(t, p, want(eve, bills, request.Read))
		roles[i] = w.groupRole(t, orders, request.Read)
		if i == 2 {
			comments[i] = fmt.Sprintf("grantwright %s: READ on %s (system 7, database 1, object 1)", w.installation, bills.Ref)
		}
		w.run(t, "comment on role "+roles[i]+" is "+"'"+comments[i]+"'")
		wanted = append(wanted, found(want(eve, bills, request.Read)))
	}
	var listed []provision.Standing
	var failed []string
	for s, err := range p.List(t.Context(), "wh") {
		if err == nil {
			listed = append(listed, s)
			continue
		}
		mustSay(t, err, true, "comment")
		for _, role := range roles {
			if strings.Contains(err.Error(), role) {
				failed = append(failed, role)
			}
		}
	}
	if diff := cmp.Diff(byName(wanted), byName(listed)); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	slices.Sort(roles)
	slices.Sort(failed)
	if diff := cmp.Diff(roles, failed); diff != "" {
		t.Errorf("roles that are named (-want +got):\n%s", diff)
	}
}

func TestListCanBeLeftAndEndsWithItsContext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, orders := w.open(t), w.table(t)
	for range 3 {
		mustApply(t, p, want(w.person(t), orders, request.Read))
	}
	p.ListBy(1, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen, last := 0, error(nil)
	for _, err := range p.List(ctx, "wh") {
		if last = err; err == nil {
			seen++
		}
		cancel()
	}
	if seen != 1 || !errors.Is(last, context.Canceled) {
		t.Errorf("%d were listed after the end of the context, and it ended with %v", seen, last)
	}
	for _, err := range p.List(t.Context(), "wh") {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	w.run(t, "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = '"+w.provisioner+"'")
	if all := mustList(t, p, "wh"); len(all) != 3 {
		t.Errorf("after the platform ended all connections %d are listed, want 3", len(all))
	}
}
