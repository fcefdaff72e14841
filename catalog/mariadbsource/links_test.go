package mariadbsource_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/mariadbsource"
)

// A view with the reader's rights that another view reads has those of the other one's definer.
func TestReadsWhatViewsRead(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	s := h.open(t)
	for _, name := range []string{"links_open", "links_hr"} {
		run(t, "create database "+name)
		t.Cleanup(func() { run(t, "drop database "+name) })
	}
	for _, statement := range []string{
		"create table links_hr.salaries (id int, amount int)", "create table links_hr.`odd``name` (id int)",
		"create view links_open.pay as select amount from links_hr.salaries", "create view links_open.over as select p.amount from links_open.pay p",
		"create sql security invoker view links_open.own as select id from links_hr.salaries", "create view links_open.above as select id from links_open.own",
		"create sql security invoker view links_open.asks as select amount from links_open.pay",
		"create view links_open.odd as select x.id from links_hr.`odd``name` x", "create view links_open.constant as select 1 as one",
	} {
		run(t, statement)
	}
	through := func(below string, own bool) catalog.Through {
		ref, err := catalog.NewRef("warehouse", strings.SplitN(below, ".", 2)...)
		if err != nil {
			t.Fatal(err)
		}
		return catalog.Through{Way: catalog.ByQuery, Ref: ref, Own: own}
	}
	want := map[string][]catalog.Through{
		"pay": {through("links_hr.salaries", false)}, "over": {through("links_hr.salaries", false), through("links_open.pay", false)},
		"own": {through("links_hr.salaries", true)}, "above": {through("links_hr.salaries", false), through("links_open.own", false)},
		"asks": {through("links_hr.salaries", true), through("links_open.pay", true)},
		"odd":  {through("links_hr.odd`name", false)}, "constant": nil,
	}
	for a, err := range s.Assets(t.Context(), "warehouse:links_open") {
		if err != nil {
			t.Fatal(err)
		}
		if a.Kind == catalog.View {
			if diff := cmp.Diff(want[a.Ref.Name()], a.Through, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", a.Ref, diff)
			}
			delete(want, a.Ref.Name())
		}
	}
	for name := range want {
		t.Errorf("%s was not read", name)
	}
}

// The definition of a view is another when one beneath it is, and no other otherwise.
func TestDefinitionsOfViews(t *testing.T) {
	t.Parallel()
	digests := map[string]string{"over": "o1", "under": "u1"}
	define := func() string {
		_, definition, err := mariadbsource.ViewLinks(t.Context(), "warehouse", "d", "over", func(_ context.Context, database, view string) ([]mariadbsource.ViewRead, error) {
			switch view {
			case "over":
				return []mariadbsource.ViewRead{{View: view, Digest: digests[view], Database: database, Table: "under", IsView: true}}, nil
			case "under": // which MariaDB would refuse: it must end all the same
				return []mariadbsource.ViewRead{{View: view, Digest: digests[view], Database: database, Table: "over", IsView: true}}, nil
			}
			return nil, nil
		})
		if err != nil || definition == "" {
			t.Fatalf("%q, %v", definition, err)
		}
		return definition
	}
	first := define()
	if define() != first {
		t.Error("nothing has changed, and it is another")
	}
	digests["under"] = "u2"
	if define() == first {
		t.Error("the view beneath is another, and it is the same")
	}
}
