package pgprovision_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// survey lists what others gave at and below a place.
func (w *world) survey(t *testing.T, root catalog.Ref) []provision.Foreign {
	t.Helper()
	p := w.open(t)
	var all []provision.Foreign
	for f, err := range p.Survey(t.Context(), root) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

func TestSurvey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	orders, notes := w.table(t), w.table(t)
	eve, frank, gina, dba := w.person(t), w.person(t), w.person(t), w.person(t)
	w.asOwner(t, "grant usage on schema public to "+dba.Name+"; grant select on "+path(orders)+" to "+dba.Name+" with grant option")
	if err := w.as(t.Context(), dba.Name, "grant select on "+path(orders)+" to "+eve.Name); err != nil {
		t.Fatal(err)
	}
	w.asOwner(t, "grant select, insert, update, delete on "+path(orders)+" to "+frank.Name)
	w.asOwner(t, "grant select (note, id) on "+path(notes)+" to "+eve.Name+"; grant insert on "+path(notes)+" to "+frank.Name)
	w.asOwner(t, "grant select on "+path(notes)+" to public")
	mustApply(t, w.open(t), want(gina, orders, request.Read)) // ours, which is left out

	type short struct {
		Who       string
		Asset     catalog.Ref
		By        string
		Privilege request.Privilege
		Columns   []string
		Undo      provision.Statement
	}
	var got []short
	for _, f := range w.survey(t, catalog.Ref("wh:"+w.database)) {
		if f.Asset.Object() != (catalog.Object{ID: f.Asset.ID, Kind: catalog.Table, Owner: w.owner}) || f.Principal.ID == "" {
			t.Errorf("%s stands as %+v", f.Asset.Ref, f.Asset)
		}
		got = append(got, short{f.Principal.Name, f.Asset.Ref, f.By, f.Access.Privilege, f.Access.Columns, f.Undo[1]})
	}
	of := func(a catalog.Asset) string { return path(a) + ` from "` }
	expected := []short{
		{eve.Name, orders.Ref, dba.Name, request.Read, nil, provision.Statement("revoke select on table " + of(orders) + eve.Name + `"`)},
		{frank.Name, orders.Ref, w.owner, request.ReadWrite, nil, provision.Statement("revoke delete, insert, select, update on table " + of(orders) + frank.Name + `"`)},
		{dba.Name, orders.Ref, w.owner, request.Read, nil, provision.Statement("revoke select on table " + of(orders) + dba.Name + `"`)},
		{eve.Name, notes.Ref, w.owner, request.Read, []string{"id", "note"}, provision.Statement(`revoke select ("id", "note") on table ` + of(notes) + eve.Name + `"`)},
		{frank.Name, notes.Ref, w.owner, "", nil, provision.Statement("revoke insert on table " + of(notes) + frank.Name + `"`)},
	}
	if diff := cmp.Diff(expected, got); diff != "" {
		t.Errorf("what others gave (-want +got):\n%s", diff)
	}
	if below := w.survey(t, notes.Ref); len(below) != 2 {
		t.Errorf("of the notes alone: %+v", below)
	}
}

// TestTake takes away what stands in our own name, and nothing else.
func TestTake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	orders, eve, frank := w.table(t), w.person(t), w.person(t)
	w.asOwner(t, "grant usage on schema public to "+eve.Name+", "+frank.Name+"; grant select on "+path(orders)+" to "+frank.Name)
	if err := w.as(t.Context(), w.provisioner, "grant select on "+path(orders)+" to "+eve.Name); err != nil {
		t.Fatal(err)
	}
	w.mustAllow(t, eve, orders, true, false)
	p := w.open(t)
	for range 2 { // the second time there is nothing to take
		for _, f := range append(w.survey(t, orders.Ref), provision.Foreign{}) {
			o := p.Take(t.Context(), []provision.Foreign{f})[0]
			if ours := f.By == w.provisioner; ours != (o.Err == nil) || !ours && !errors.Is(o.Err, provision.ErrPermanent) {
				t.Errorf("taking what %s gave to %s: %v", f.By, f.Principal.Name, o.Err)
			}
		}
	}
	w.mustAllow(t, eve, orders, false, false)
	w.mustAllow(t, frank, orders, true, false)
}

// path is the name of a table as statements hold it.
func path(a catalog.Asset) string {
	p := a.Ref.Path()
	return pq.QuoteIdentifier(p[1]) + "." + pq.QuoteIdentifier(p[2])
}
