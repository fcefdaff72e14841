package mariadbsource_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/grantwright/grantwright/catalog"
)

// Triggers, functions and foreign keys are told of: of a table, of a view over it that
// writes with its definer's rights, and of names with quotes.
func TestReadsWhatIsTouched(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	s := h.open(t)
	for _, name := range []string{"touched_open", "touched_hr"} {
		run(t, "create database "+name)
		t.Cleanup(func() { run(t, "drop database if exists "+name) })
	}
	for _, statement := range []string{
		"create table touched_open.parent (id int primary key, up int, foreign key (up) references touched_open.parent (id) on delete cascade)",
		"create table touched_hr.child (id int primary key, foreign key (id) references touched_open.parent (id) on delete cascade)",
		"create table touched_hr.`grand``child` (id int, foreign key (id) references touched_hr.child (id) on update cascade)",
		"create table touched_hr.loose (id int, foreign key (id) references touched_open.parent (id) on delete set null)",
		"create table touched_hr.strict (id int, foreign key (id) references touched_open.parent (id))",
		"create trigger touched_open.noted before insert on touched_open.parent for each row set new.up = null",
		"create function touched_hr.rate() returns int deterministic return 1", "create function touched_open.own() returns int deterministic sql security invoker return 1",
		"create view touched_open.shown as select * from touched_open.parent", "create sql security invoker view touched_open.mine as select * from touched_open.parent",
		"create view touched_open.rates as select touched_hr.rate() as rate", "create view touched_open.owns as select touched_open.own() as own", "create view touched_open.over as select * from touched_open.rates",
		"create view touched_open.text as select '`touched_hr`.`rate`' as rate",
	} {
		run(t, statement)
	}
	cascade := func(path ...string) catalog.Through {
		ref, err := catalog.NewRef("warehouse", path...)
		if err != nil {
			t.Fatal(err)
		}
		return catalog.Through{Way: catalog.ByCascade, Ref: ref, Writes: true}
	}
	trigger := catalog.Through{Way: catalog.ByTrigger, Name: "`touched_open`.`noted` (root@127.0.0.1)", Writes: true}
	changed := []catalog.Through{cascade("touched_hr", "child"), cascade("touched_hr", "grand`child"), cascade("touched_hr", "loose")}
	reads := func(view string, own bool) catalog.Through {
		return catalog.Through{Way: catalog.ByQuery, Ref: catalog.Ref("warehouse:touched_open." + view), Own: own}
	}
	rate := catalog.Through{Way: catalog.ByFunction, Name: "`touched_hr`.`rate`"}
	want := map[string][]catalog.Through{
		"parent": append(changed[:3:3], trigger), "shown": append(changed[:3:3], cascade("touched_open", "parent"), reads("parent", false), trigger),
		"mine": {reads("parent", true)}, "rates": {rate}, "over": {rate, reads("rates", false)}, "text": nil,
		"owns": {{Way: catalog.ByFunction, Name: "`touched_open`.`own`", Own: true}},
	}
	for a, err := range s.Assets(t.Context(), "warehouse:touched_open") {
		if err != nil {
			t.Fatal(err)
		}
		if a.Kind.Container() {
			continue
		}
		if diff := cmp.Diff(want[a.Ref.Name()], a.Through, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", a.Ref, diff)
		}
		delete(want, a.Ref.Name())
	}
	for name := range want {
		t.Errorf("%s was not read", name)
	}
}
