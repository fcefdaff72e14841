package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
)

func TestJoin(t *testing.T) {
	t.Parallel()
	const base, other catalog.Ref = "wh:sales.public.base", "wh:sales.public.other"
	view := func(ref catalog.Ref, own bool, columns ...string) catalog.Through {
		return catalog.Through{Way: catalog.ByQuery, Ref: ref, Own: own, Columns: columns}
	}
	for name, tt := range map[string]struct{ looks, want []catalog.Through }{
		"nothing":                           {},
		"columns add up":                    {[]catalog.Through{view(base, false, "b"), view(base, false, "a", "b")}, []catalog.Through{view(base, false, "a", "b")}},
		"all columns are more than some":    {[]catalog.Through{view(base, false, "b"), view(base, false)}, []catalog.Through{view(base, false)}},
		"one way that opens opens":          {[]catalog.Through{view(base, true, "b"), view(base, false, "b")}, []catalog.Through{view(base, false, "b")}},
		"with their own rights on each way": {[]catalog.Through{view(base, true, "b"), view(base, true, "b")}, []catalog.Through{view(base, true, "b")}},
		"another is another":                {[]catalog.Through{view(other, false), view(base, false)}, []catalog.Through{view(base, false), view(other, false)}},
		"read and written are apart": {
			[]catalog.Through{{Way: catalog.ByFunction, Name: "f()", Writes: true}, {Way: catalog.ByFunction, Name: "f()"}},
			[]catalog.Through{{Way: catalog.ByFunction, Name: "f()"}, {Way: catalog.ByFunction, Name: "f()", Writes: true}},
		},
	} {
		if diff := cmp.Diff(tt.want, catalog.Join(tt.looks)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		var apart [][]catalog.Through
		for _, one := range tt.looks {
			apart = append(apart, []catalog.Through{one})
		}
		if diff := cmp.Diff(tt.want, catalog.Join(apart...)); diff != "" {
			t.Errorf("%s, each by a look of its own (-want +got):\n%s", name, diff)
		}
	}
}

func TestOpens(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		through catalog.Through
		want    bool
	}{
		"a partition":                 {catalog.Through{Way: catalog.ByPartition, Ref: "wh:a.b.c"}, true},
		"a child":                     {catalog.Through{Way: catalog.ByChild, Ref: "wh:a.b.c"}, true},
		"a table that a view reads":   {catalog.Through{Way: catalog.ByQuery, Ref: "wh:a.b.c"}, true},
		"with one's own rights":       {catalog.Through{Way: catalog.ByQuery, Ref: "wh:a.b.c", Own: true}, false},
		"what only writers touch":     {catalog.Through{Way: catalog.ByQuery, Ref: "wh:a.b.c", Writes: true}, false},
		"a table that a policy reads": {catalog.Through{Way: catalog.ByPolicy, Ref: "wh:a.b.c"}, false},
		"a function":                  {catalog.Through{Way: catalog.ByFunction, Name: "f()"}, false},
	} {
		if got := tt.through.Opens(); got != tt.want {
			t.Errorf("%s opens: %v, want %v", name, got, tt.want)
		}
	}
}

func TestSameDefinition(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pinned, now string
		want        bool
	}{
		{"", "t1 r1", true}, {"t1 r1", "", true}, {"t1 r1", "t1 r1", true}, {"t1 r1", "t1 r2", true}, {"t1 r1", "t2 r1", true}, {"t1 r1", "t2 r2", false}, {"t1", "r1", false},
		{"t1 f=1", "t1 f=1", true}, {"t1 f=1", "t1 f=2", false}, {"f=1", "t1 f=1", true}, {"t1 f=1", "t2 f=1", false}, {"f=1", "g=2", true}, {"t1", "t1 f=1", true},
		{"f=1 ~w=1", "f=1 ~w=2", true}, {"f=1", "f=2", false},
	} {
		if got := catalog.SameDefinition(tt.pinned, tt.now); got != tt.want {
			t.Errorf("%q is the same as %q: %v", tt.now, tt.pinned, got)
		}
	}
}

func TestLinksAsText(t *testing.T) {
	t.Parallel()
	for _, want := range []catalog.Links{{}, {PartOf: []catalog.Ref{"wh:a.b.c"}}, {Through: []catalog.Through{{Way: catalog.ByQuery, Ref: "wh:a.b.c", Columns: []string{"x"}, Own: true}}}} {
		text, err := want.Text()
		if err != nil {
			t.Fatal(err)
		}
		got, err := catalog.ParseLinks(text)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%q (-want +got), %v:\n%s", text, err, diff)
		}
	}
	if _, err := catalog.ParseLinks("{"); err == nil {
		t.Error("half a text must be an error")
	}
}
