package provision_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
)

const salaries, kid catalog.Ref = "wh:sales.hr.salaries", "wh:sales.hr.kid"

func query(ref catalog.Ref, columns ...string) catalog.Through {
	return catalog.Through{Way: catalog.ByQuery, Ref: ref, Columns: columns}
}

func TestOpenedReach(t *testing.T) {
	t.Parallel()
	own := query("wh:sales.hr.own")
	own.Own = true
	r := provision.ReachOf(
		catalog.Asset{Through: []catalog.Through{query(salaries, "id"), own, {Way: catalog.ByFunction, Name: "f()"}}},
		catalog.Asset{Through: []catalog.Through{{Way: catalog.ByPartition, Ref: salaries, Columns: []string{"name"}}, {Way: catalog.ByChild, Ref: kid}}})
	if diff := cmp.Diff(provision.Reach{query(kid), query(salaries, "id", "name")}, r.Opened()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReachBeyond(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ now, known, want provision.Reach }{
		"nothing":         {nil, provision.Reach{query(kid)}, nil},
		"the same":        {provision.Reach{query(kid, "a")}, provision.Reach{query(kid, "a", "b")}, nil},
		"all were known":  {provision.Reach{query(kid, "a")}, provision.Reach{query(kid)}, nil},
		"another column":  {provision.Reach{query(kid, "a", "c")}, provision.Reach{query(kid, "a", "b")}, provision.Reach{query(kid, "a", "c")}},
		"all columns now": {provision.Reach{query(kid)}, provision.Reach{query(kid, "a")}, provision.Reach{query(kid)}},
		"another asset":   {provision.Reach{query(kid), query(salaries)}, provision.Reach{query(kid)}, provision.Reach{query(salaries)}},
		"by another way":  {provision.Reach{{Way: catalog.ByChild, Ref: kid}}, provision.Reach{query(kid)}, nil},
		"no asset":        {provision.Reach{{Way: catalog.ByFunction, Name: "f()"}}, nil, nil},
	} {
		if diff := cmp.Diff(tt.want, tt.now.Beyond(tt.known), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestRemarksOfReach(t *testing.T) {
	t.Parallel()
	r := provision.Reach{
		{Way: catalog.ByFunction, Name: "f()", Own: true}, {Way: catalog.ByFunction, Name: "definer()"},
		{Way: catalog.ByFunction, Name: "on_write()", Own: true, Writes: true},
		{Way: catalog.ByTrigger, Name: "noting", Own: true, Writes: true}, {Way: catalog.ByServer, Name: "there", Own: true}, query(kid),
	}
	reading, writing := strings.Join(r.Remarks(false), "\n"), strings.Join(r.Remarks(true), "\n")
	for _, name := range []string{"f()", "definer()", "there"} {
		if !strings.Contains(reading, name) {
			t.Errorf("a reader is not told of %s: %s", name, reading)
		}
	}
	for _, name := range []string{"on_write()", "noting"} {
		if strings.Contains(reading, name) || !strings.Contains(writing, name) {
			t.Errorf("%s is for those who write: %q, %q", name, reading, writing)
		}
	}
	if none := (provision.Reach{query(kid)}).Remarks(true); len(none) > 0 {
		t.Errorf("all is known, yet it says %q", none)
	}
	var many provision.Reach
	for _, name := range strings.Fields("a b c d e f g") {
		many = append(many, catalog.Through{Way: catalog.ByServer, Name: name, Own: true})
	}
	if said := many.Remarks(false); len(said) != 1 || !strings.Contains(said[0], "e and 2 more") {
		t.Errorf("many are named so: %q", said)
	}
}

func TestStricter(t *testing.T) {
	t.Parallel()
	deciding := []catalog.Ref{"wh:sales", "wh:sales.hr", "wh:sales.public.secret"}
	for _, tt := range []struct {
		place, part catalog.Ref
		want        bool
	}{
		{"wh:sales.public", salaries, true}, {"wh:sales.public.pay", salaries, true}, {"wh:sales.hr", salaries, false}, {"wh:sales", salaries, true},
		{"wh:sales.public", "wh:sales.public.orders", false}, {"wh:sales.public", "wh:sales.public.secret", true}, {"wh:sales.public.secret", "wh:sales.public.orders", false},
		{"wh", "wh:sales.public.orders", true},
	} {
		if got := provision.Stricter(deciding, tt.place, tt.part); got != tt.want {
			t.Errorf("others decide about %s than about %s: %v", tt.part, tt.place, got)
		}
	}
}
