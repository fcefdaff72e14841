package provisiontest

import (
	"slices"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

func (m *memory) container(t testing.TB) catalog.Asset {
	a := m.asset(t)
	a.Kind = catalog.Schema
	return a
}

func (m *memory) inside(t testing.TB, container catalog.Asset) catalog.Asset {
	a := m.asset(t)
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.objects, a.Ref)
	a.Ref = container.Ref + catalog.Ref("."+a.Ref.Name())
	m.objects[a.Ref], m.names[a.ID] = a.ID, a.Ref
	return a
}

func (m *memory) group(_ testing.TB, members ...request.Principal) request.Principal {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := "g" + m.next()
	for _, p := range members {
		m.groups[name] = append(m.groups[name], p.Name)
	}
	return request.Principal{Name: name, Group: true}
}

// cover keeps what access to a container covers, for all its people.
func (d *door) cover(w provision.Standing) {
	if w.Asset.Kind != catalog.Schema || len(w.Want) == 0 || d.flaw == coversOnce && d.covered[w.Asset.ID] != nil {
		return
	}
	ids := []string{}
	for _, a := range w.Below {
		ids = append(ids, a.ID)
	}
	d.covered[w.Asset.ID] = ids
}

// reaches reports whether an entry is about an object, or about a container that
// covers it.
func (m *memory) reaches(e entry, ref catalog.Ref) bool {
	object := m.objects[ref]
	if m.flaw == coversAll && m.names[e.object].Covers(ref) {
		return true
	}
	return e.object == object || m.flaw != coversNothing && slices.Contains(m.covered[e.object], object)
}

// concerns reports whether an entry is about a person, or about a group that they
// are in.
func (m *memory) concerns(e entry, who request.Principal) bool {
	return e.who == who.Name || m.flaw != emptyGroups && slices.Contains(m.groups[e.who], who.Name)
}

// known reports whether a principal stands, as what it is said to be.
func (m *memory) known(p request.Principal) bool {
	group, stands := m.groups[p.Name]
	if m.flaw == mistakesGroups {
		return stands || m.people[p.Name]
	}
	return p.Group && group != nil || !p.Group && m.people[p.Name]
}
