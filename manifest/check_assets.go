package manifest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/grantwright/grantwright/catalog"
)

// assets looks at the assets of the file, and at how they stand in each other.
func (d *decoder) assets(f *File) {
	kinds, technologies := map[catalog.Ref]catalog.Kind{}, map[string]string{}
	for _, a := range f.Assets {
		kinds[a.Ref] = a.Kind
	}
	for _, c := range f.Connections {
		technologies[c.Name] = c.Technology
	}
	for i, a := range f.Assets {
		at := fmt.Sprintf("assets[%d]", i)
		if err := oneSpelling(a.Ref); err != nil {
			d.fault(at+".ref", "%s", plain(err))
			continue
		}
		d.placed(at, a.Ref, kinds, technologies)
		if a.Kind == "" {
			d.fault(at+".kind", "is missing")
		}
		d.columns(at, a)
	}
}

// placed looks at the connection of an asset, and at the container around it.
func (d *decoder) placed(at string, ref catalog.Ref, kinds map[catalog.Ref]catalog.Kind, technologies map[string]string) {
	technology, known := technologies[ref.Connection()]
	parent := ref.Parent()
	container, listed := kinds[parent]
	switch {
	case parent == "":
		d.fault(at+".ref", "is a connection, must be an asset on it, such as %s:sales", ref)
	case !known:
		d.fault(at+".ref", "is on connection %q, which is not in this file", ref.Connection())
	case !Holds(technology):
		d.fault(at+".ref", "is on connection %s of technology %q, whose assets are read by a sync; those of technology %q stand here", ref.Connection(), technology, Technology)
	case len(parent.Path()) == 0:
	case !listed:
		d.fault(at+".ref", "is in %s, which is none of the assets of this file", parent)
	case container != "" && !container.Container():
		d.fault(at+".ref", "is in %s, which is a %s; only a %s or a %s holds others", parent, container, catalog.Database, catalog.Schema)
	}
}

func (d *decoder) columns(at string, a catalog.Asset) {
	if a.Kind.Container() && len(a.Columns) > 0 {
		d.fault(at+".columns", "are for what stands in a %s, which has none itself", a.Kind)
	}
	seen := map[string]bool{}
	for i, c := range a.Columns {
		field := fmt.Sprintf("%s.columns[%d]", at, i)
		switch {
		case c.Name == "":
			d.fault(field+".name", "is missing")
		case seen[c.Name]:
			d.fault(field+".name", "is that of an earlier column")
		}
		if c.Type == "" {
			d.fault(field+".type", "is missing")
		}
		seen[c.Name] = true
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
