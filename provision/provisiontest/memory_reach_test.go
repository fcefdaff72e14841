package provisiontest

import (
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
)

// reads makes a view over a table, which is all that is read on the memory.
func (m *memory) reads(t testing.TB) []Reads {
	view, table := m.asset(t), m.asset(t)
	m.change(func() { m.through[view.Ref] = []catalog.Ref{table.Ref} })
	return []Reads{{view, table}}
}

func (m *memory) grows(t testing.TB) (catalog.Asset, func() catalog.Asset) {
	a := m.asset(t)
	return a, func() catalog.Asset {
		part := m.asset(t)
		m.change(func() {
			m.through[a.Ref] = append(m.through[a.Ref], part.Ref)
			if m.flaw == takesMore {
				clear(m.granted)
			}
		})
		return part
	}
}

// reach is what is read through an asset.
func (m *memory) reach(ref catalog.Ref) (all provision.Reach) {
	if m.flaw == hidesReach {
		return nil
	}
	for _, read := range m.through[ref] {
		all = append(all, catalog.Through{Way: catalog.ByQuery, Ref: read})
	}
	return all
}

func (d *door) unknownReach(w provision.Standing) error {
	if d.flaw == givesMore || w.Reached == nil {
		return nil
	}
	return w.Known(d.reach(w.Asset.Ref))
}
