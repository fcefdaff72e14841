package catalog_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
)

func TestOutermost(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name       string
		refs, want []catalog.Ref
	}{
		{"none", nil, nil},
		{"one", []catalog.Ref{"w:a"}, []catalog.Ref{"w:a"}},
		{"twice the same", []catalog.Ref{"w:a", "w:a"}, []catalog.Ref{"w:a"}},
		{"beside each other", []catalog.Ref{"w:b", "w:a"}, []catalog.Ref{"w:a", "w:b"}},
		{"the inner one first", []catalog.Ref{"w:a.b.c", "w:a.b", "w:a"}, []catalog.Ref{"w:a"}},
		{"a connection holds all", []catalog.Ref{"w:a", "w", "w:b.c"}, []catalog.Ref{"w"}},
		{"a name that another begins with", []catalog.Ref{"w:a", "w:ab", "w:a-b", "w2:a"}, []catalog.Ref{"w2:a", "w:a", "w:a-b", "w:ab"}},
		{"a sibling that sorts in between", []catalog.Ref{"w:a.x", "w:a-b", "w:a"}, []catalog.Ref{"w:a", "w:a-b"}},
		{"a dot in a name", []catalog.Ref{`w:"a.b"`, "w:a"}, []catalog.Ref{`w:"a.b"`, "w:a"}},
	} {
		before := slices.Clone(tt.refs)
		if diff := cmp.Diff(tt.want, catalog.Outermost(tt.refs)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(before, tt.refs); diff != "" {
			t.Errorf("%s: the argument has changed (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestCommon(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ r, o, want catalog.Ref }{
		{"w:d.s.a", "w:d.s.b", "w:d.s"},
		{"w:d.s.a", "w:d.s.a", "w:d.s"},
		{"w:d.s.a", "w:d.x.b", "w:d"},
		{"w:d.s.a", "w:d.sa.b", "w:d"}, // a name that another begins with
		{"w:d.s.a", "w:x.s.a", "w"},
		{"w:d.s.a", "w:d.s.a.part", "w:d.s"},
		{"w:d.s.a", "w:d.s", "w:d.s"}, // o is the container
		{"w:d.s.a", "w", "w"},
		{`w:d."s.x".a`, `w:d."s.x".b`, `w:d."s.x"`},
		{"w:d.s.a", "x:d.s.a", ""},
		{"w:d.s.a", "", ""},
		{"w", "w:d", ""}, // nothing holds a connection
		{"", "w:d", ""},
		{"", "", ""},
	} {
		if diff := cmp.Diff(tt.want, tt.r.Common(tt.o)); diff != "" {
			t.Errorf("%q.Common(%q) (-want +got):\n%s", tt.r, tt.o, diff)
		}
	}
}
