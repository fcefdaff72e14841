package catalog_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/catalogtest"
)

func TestRefSpelling(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		path []string
		want catalog.Ref
	}{
		{nil, "warehouse"},
		{[]string{"sales"}, "warehouse:sales"},
		{[]string{"sales", "public", "orders"}, "warehouse:sales.public.orders"},
		{[]string{"sales", "public", `v1.2 "final"`}, `warehouse:sales.public."v1.2 ""final"""`},
		{[]string{"a b", "ÜBER", "名前"}, "warehouse:a b.ÜBER.名前"},
		{[]string{"a:b", ":"}, "warehouse:a:b.:"},
		{[]string{".", `"`}, `warehouse:".".""""`},
		{[]string{"'", `\`, "%_"}, `warehouse:'.\.%_`},
	} {
		got, err := catalog.NewRef("warehouse", tt.path...)
		if err != nil || got != tt.want {
			t.Errorf("NewRef(%q) = %s, %v, want %s", tt.path, got, err, tt.want)
		}
		if diff := cmp.Diff(tt.path, got.Path()); diff != "" {
			t.Errorf("Path of %s (-want +got):\n%s", got, diff)
		}
		if again, err := catalog.ParseRef(string(got)); err != nil || again != got {
			t.Errorf("ParseRef(%s) = %s, %v", got, again, err)
		}
	}
}

func TestRefAwkwardNames(t *testing.T) {
	t.Parallel()
	seen := map[catalog.Ref]string{}
	for _, name := range catalogtest.AwkwardNames {
		for _, path := range [][]string{{name}, {"sales", name}, {name, name, name}} {
			ref, err := catalog.NewRef("warehouse", path...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(path, ref.Path()); diff != "" {
				t.Errorf("Path of %s (-want +got):\n%s", ref, diff)
			}
			if other, taken := seen[ref]; taken {
				t.Errorf("%q and %q are both %s", other, path, ref)
			}
			seen[ref] = fmt.Sprint(path)
			if ref.Name() != name {
				t.Errorf("Name of %s = %q, want %q", ref, ref.Name(), name)
			}
		}
	}
}

func TestParseRefOneSpelling(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]catalog.Ref{
		`warehouse:"sales"."public"."orders"`: "warehouse:sales.public.orders",
		`warehouse:sales."Public".orders`:     "warehouse:sales.Public.orders",
		`warehouse:"a.b".c`:                   `warehouse:"a.b".c`,
		`warehouse:"a b".c`:                   `warehouse:a b.c`,
		`warehouse:"a"":"`:                    `warehouse:"a"":"`,
	} {
		if got, err := catalog.ParseRef(given); err != nil || got != want {
			t.Errorf("ParseRef(%s) = %s, %v, want %s", given, got, err, want)
		}
	}
}

func TestParseRefRefuses(t *testing.T) {
	t.Parallel()
	for _, given := range []string{
		"", ":", "warehouse:", ":sales", "Warehouse", "ware house:sales", "-w:sales", "w\n:sales", strings.Repeat("w", 64),
		"warehouse:.", "warehouse:a..b", "warehouse:a.", "warehouse:.a", `warehouse:""`, `warehouse:a.""`, `warehouse:"a`, `warehouse:"a"b`,
		`warehouse:a"b`, `warehouse:"a""`, "warehouse:a\x00b", "warehouse:a\xff", "warehouse:" + strings.Repeat("a", catalog.MaxRefBytes),
		"warehouse:" + strings.Repeat("a.", 4000) + "a",
	} {
		got, err := catalog.ParseRef(given)
		if !errors.Is(err, catalog.ErrRef) || got != "" {
			t.Errorf("ParseRef(%.60q) = %.60q, %v, want catalog.ErrRef", given, got, err)
		}
		if err != nil && len(err.Error()) > 400 {
			t.Errorf("the error about %.60q has %d bytes", given, len(err.Error()))
		}
	}
}

func TestRefLimit(t *testing.T) {
	t.Parallel()
	room := catalog.MaxRefBytes - len("warehouse:")
	if _, err := catalog.NewRef("warehouse", strings.Repeat("a", room)); err != nil {
		t.Errorf("a Ref of %d bytes: %v", catalog.MaxRefBytes, err)
	}
	for _, name := range []string{strings.Repeat("a", room+1), strings.Repeat("a", room-2) + ".", strings.Repeat(`"`, room/2)} {
		if ref, err := catalog.NewRef("warehouse", name); !errors.Is(err, catalog.ErrRef) {
			t.Errorf("NewRef gave %d bytes, %v, want catalog.ErrRef", len(ref), err)
		}
	}
	// What every platform with names of 63 bytes can hold fits.
	widest := strings.Repeat(`"`, 63)
	if _, err := catalog.NewRef(strings.Repeat("w", 63), widest, widest, widest); err != nil {
		t.Error(err)
	}
}

func TestRefLineage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		ref  catalog.Ref
		name string
		want []catalog.Ref
	}{
		{"", "", nil},
		{"warehouse", "warehouse", []catalog.Ref{"warehouse"}},
		{"warehouse:sales", "sales", []catalog.Ref{"warehouse:sales", "warehouse"}},
		{`warehouse:a."b.c"."d"""`, `d"`, []catalog.Ref{`warehouse:a."b.c"."d"""`, `warehouse:a."b.c"`, "warehouse:a", "warehouse"}},
	} {
		if diff := cmp.Diff(tt.want, tt.ref.Lineage()); diff != "" {
			t.Errorf("Lineage of %s (-want +got):\n%s", tt.ref, diff)
		}
		if tt.ref.Name() != tt.name {
			t.Errorf("Name of %s = %q, want %q", tt.ref, tt.ref.Name(), tt.name)
		}
		for i, r := range tt.want[:max(len(tt.want)-1, 0)] {
			if r.Parent() != tt.want[i+1] || r.Connection() != "warehouse" {
				t.Errorf("Parent of %s = %s on %s, want %s", r, r.Parent(), r.Connection(), tt.want[i+1])
			}
		}
	}
}

func TestRefCovers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		r, o catalog.Ref
		want bool
	}{
		{"w", "w", true},
		{"w", "w:sales", true},
		{"w", "w:sales.public.orders", true},
		{"w", "w2", false},
		{"w", "w2:sales", false},
		{"w:sales", "w", false},
		{"w:sales", "w:sales", true},
		{"w:sales", "w:sales.public.orders", true},
		{"w:sales.public", "w:sales.public2", false},
		{"w:sales.public", "w:sales.public2.orders", false},
		{"w:sales.public", "w:sales.public.orders", true},
		{"w:sales.public", `w:sales."public.orders"`, false},
		{"w:a.b", `w:a."b.c"`, false},
		{"w:a.b", `w:a."b".c`, false}, // not the one spelling of any asset
		{`w:a."b.c"`, `w:a."b.c"`, true},
		{`w:a."b.c"`, `w:a."b.c".d`, true},
		{`w:a."b.c"`, "w:a.b.c", false},
		{`w:a."b"""`, `w:a."b""".c`, true},
		{`w:a."b."`, `w:a."b.""".c"`, false},
		{"", "w", false},
		{"w", "", false},
		{"", "", false},
	} {
		if got := tt.r.Covers(tt.o); got != tt.want {
			t.Errorf("%q covers %q: %v, want %v", tt.r, tt.o, got, tt.want)
		}
	}
}

// Covers compares text; that it means the same as comparing names is shown here
// for all pairs of awkward paths.
func TestRefCoversByName(t *testing.T) {
	t.Parallel()
	var refs []catalog.Ref
	names := []string{"a", "b", ".", `"`, `a"`, "a.b", `"."`, ":", `".a`, `a".`}
	for _, x := range names {
		for _, path := range [][]string{{x}, {"a", x}, {x, "a"}, {x, x}} {
			ref, err := catalog.NewRef("w", path...)
			if err != nil {
				t.Fatal(err)
			}
			refs = append(refs, ref)
		}
	}
	for _, r := range refs {
		for _, o := range refs {
			rp, op := r.Path(), o.Path()
			want := len(rp) <= len(op) && cmp.Equal(rp, op[:min(len(rp), len(op))])
			if got := r.Covers(o); got != want {
				t.Errorf("%s covers %s: %v, want %v", r, o, got, want)
			}
		}
	}
}

func FuzzParseRef(f *testing.F) {
	for _, seed := range []string{"warehouse", `w:a."b.c"."d"""`, `w:"a`, `w:a"b`, "w:a..b", `w:"a"":"`, "w:\xff", ":", `w:"a"."b"`} {
		f.Add(seed)
	}
	for _, name := range catalogtest.AwkwardNames {
		f.Add("w:" + catalog.FormatPath([]string{name, "x"}))
	}
	f.Fuzz(func(t *testing.T, s string) {
		ref, err := catalog.ParseRef(s)
		if err != nil {
			if !errors.Is(err, catalog.ErrRef) {
				t.Errorf("ParseRef(%q): %v is not catalog.ErrRef", s, err)
			}
			return
		}
		again, err := catalog.ParseRef(string(ref))
		if err != nil || again != ref {
			t.Errorf("ParseRef(%q) = %q, and that = %q, %v", s, ref, again, err)
		}
		built, err := catalog.NewRef(ref.Connection(), ref.Path()...)
		if err != nil || built != ref {
			t.Errorf("%q is built anew as %q, %v", ref, built, err)
		}
		for _, above := range ref.Lineage() {
			if !above.Covers(ref) || above != ref && ref.Covers(above) {
				t.Errorf("%q and %q, which is above it, cover each other wrongly", ref, above)
			}
		}
	})
}
