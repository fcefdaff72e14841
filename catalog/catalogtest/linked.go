package catalogtest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
)

// LinkedHarness is a SourceHarness on whose platform assets are read through others.
type LinkedHarness interface {
	SourceHarness

	// Link makes assets in a container, and others that are read through them: of each kind
	// that the platform has, such as a view over a table, a view over that one, and a table
	// with a part. It lists all pairs of them, at any depth.
	Link(t *testing.T, in catalog.Ref) []Linked
}

// Linked is an asset, and another one that is read through it.
type Linked struct {
	Asset, Read catalog.Ref

	Part bool // Read is a part of the asset
	Own  bool // it is read with the rights of whoever uses the asset, who needs them beside
}

func canLink(h SourceHarness) bool { _, can := h.(LinkedHarness); return can }

// testLinked reads assets together, and each by itself: the same is said of what is read
// through them.
func testLinked(t testing.TB, p platform) {
	made, _ := p.containers("main")
	in := made[len(made)-1].Ref
	links := p.SourceHarness.(LinkedHarness).Link(p.t, in)
	all := map[catalog.Ref]catalog.Asset{}
	for _, a := range p.reads(made[0].Ref, made[0].Ref) {
		all[a.Ref] = a
	}
	for _, l := range links {
		at := slices.IndexFunc(all[l.Asset].Through, func(t catalog.Through) bool { return t.Ref == l.Read })
		switch {
		case at < 0:
			t.Errorf("%s is read through %s, which says %+v", l.Read, l.Asset, all[l.Asset].Through)
		case all[l.Asset].Through[at].Opens() == l.Own:
			t.Errorf("%s is read through %s with rights of one's own: %v, and it is said to be %+v", l.Read, l.Asset, l.Own, all[l.Asset].Through[at])
		}
		if is := slices.Contains(all[l.Read].PartOf, l.Asset); is != l.Part {
			t.Errorf("%s is a part of %s: %v, and is said to be one of %v", l.Read, l.Asset, l.Part, all[l.Read].PartOf)
		}
	}
	for ref, a := range all {
		for _, read := range a.Through {
			if !slices.ContainsFunc(links, func(l Linked) bool { return l.Asset == ref && l.Read == read.Ref }) {
				t.Errorf("%s reads %+v, which nobody has made so", ref, read)
			}
		}
		if ref.Parent() != in {
			continue
		}
		for _, alone := range p.reads(ref, ref) {
			if diff := cmp.Diff(a.Links(), alone.Links()); diff != "" {
				t.Errorf("%s, with all and by itself (-all +alone):\n%s", ref, diff)
			}
		}
	}
}
