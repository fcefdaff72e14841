package catalogtest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
)

// ComputedHarness is a SourceHarness on whose platform columns are computed from others.
type ComputedHarness interface {
	SourceHarness

	// Compute makes assets in a container with generated columns of each kind that the
	// platform has, and with columns that look like them and are not. It lists the assets
	// with the names of all their columns, and with those that each is computed from.
	Compute(t *testing.T, in catalog.Ref) []catalog.Asset
}

func canCompute(h SourceHarness) bool { _, can := h.(ComputedHarness); return can }

// testComputed reads assets together, and each by itself: each column is computed from those
// that it was made from, and no other.
func testComputed(t testing.TB, p platform) {
	made, _ := p.containers("main")
	want := p.SourceHarness.(ComputedHarness).Compute(p.t, made[len(made)-1].Ref)
	together := p.reads(made[0].Ref, made[0].Ref)
	for _, a := range want {
		for _, read := range [][]catalog.Asset{together, p.reads(a.Ref, a.Ref)} {
			at := slices.IndexFunc(read, func(o catalog.Asset) bool { return o.Ref == a.Ref })
			if at < 0 {
				t.Fatalf("%s was not read", a.Ref)
			}
			if diff := cmp.Diff(fromOf(a), fromOf(read[at])); diff != "" {
				t.Errorf("%s is computed (-want +got):\n%s", a.Ref, diff)
			}
		}
	}
}

// fromOf is what the columns of an asset are computed from, by their names.
func fromOf(a catalog.Asset) map[string][]string {
	all := map[string][]string{}
	for _, c := range a.Columns {
		all[c.Name] = append([]string(nil), c.From...)
	}
	return all
}
