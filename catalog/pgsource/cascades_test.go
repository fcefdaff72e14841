package pgsource_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/grantwright/grantwright/catalog"
)

// A foreign key changes the table that has it when the table that it points to is written:
// at any depth, through a view, of a partitioned table, and not where it refuses the change.
func TestReadsWhatForeignKeysChange(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	root := newDatabase(t, "cascades", `create schema hr`,
		`create table public.parent (id int primary key, up int references public.parent on delete cascade)`,
		`create table hr.child (id int primary key references public.parent on delete cascade)`,
		`create table hr.grandchild (id int references hr.child on update cascade)`,
		`create table hr.loose (id int references public.parent on delete set null)`,
		`create table hr.strict (id int references public.parent)`,
		`create view public.shown as select * from public.parent`,
		`create view public.own with (security_invoker) as select * from public.parent`,
		`create table public.whole (id int primary key) partition by list (id)`, `create table public.part partition of public.whole default`,
		`create table hr.leaf (id int references public.whole on delete cascade)`)
	got, unread := readAll(t, h.open(t), root)
	if len(unread) > 0 {
		t.Error(unread)
	}
	at := func(below string) catalog.Ref { return root + catalog.Ref("."+below) }
	changed := []catalog.Ref{at("hr.child"), at("hr.grandchild"), at("hr.loose")}
	want := map[catalog.Ref][]catalog.Ref{
		at("public.parent"): changed, at("public.shown"): append(changed[:3:3], at("public.parent")), at("hr.child"): {at("hr.grandchild")},
		at("public.whole"): {at("hr.leaf")}, at("public.part"): {at("hr.leaf")},
	}
	for _, a := range got {
		var all []catalog.Ref
		for _, through := range a.Through {
			if !through.Changes() {
				continue
			}
			if all = append(all, through.Ref); !through.Writes || through.Own || through.Opens() {
				t.Errorf("%s: %+v", a.Ref, through)
			}
		}
		if diff := cmp.Diff(want[a.Ref], all, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("changed with %s (-want +got):\n%s", a.Ref, diff)
		}
	}
}
