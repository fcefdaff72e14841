package provisiontest

import (
	"context"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// privilegeOf is the privilege of an entry: that of an access to some columns names them.
func (m *memory) privilegeOf(a provision.Access) request.Privilege {
	switch {
	case len(a.Columns) == 0 || m.flaw == givesAllColumns:
		return a.Privilege
	case m.flaw == writesAllColumns && a.Privilege == request.ReadWrite:
		return a.Privilege
	}
	return a.Privilege + columnsMark + request.Privilege(strings.Join(a.Columns, ","))
}

const columnsMark = " of "

// accessOf is the access of an entry.
func (m *memory) accessOf(p request.Privilege) provision.Access {
	privilege, columns, is := strings.Cut(string(p), columnsMark)
	if !is || m.flaw == listsTheWhole {
		return provision.Access{Privilege: request.Privilege(privilege)}
	}
	return provision.Access{Privilege: request.Privilege(privilege), Columns: strings.Split(columns, ",")}
}

// privileges are those that a principal has from us on an object, or is to have.
func (d *door) privileges(w provision.Standing, object string) []request.Privilege {
	found := slices.Clone(all)
	for _, a := range w.Want {
		found = append(found, d.privilegeOf(a))
	}
	for e := range d.granted {
		if e.who == w.Principal.Name && e.object == object && e.ours {
			found = append(found, e.privilege)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// harmColumns does what some flaws do beside.
func (d *door) harmColumns(w provision.Standing, object string, taken bool) {
	for e := range d.granted {
		if d.flaw == takesAllColumns && taken && e.who == w.Principal.Name && e.object == object && strings.Contains(string(e.privilege), columnsMark) {
			delete(d.granted, e)
		}
	}
}

// readsColumn reports whether a person reads one column of an asset.
func (m *memory) readsColumn(_ context.Context, who request.Principal, a catalog.Asset, column string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for e := range m.granted {
		_, columns, some := strings.Cut(string(e.privilege), columnsMark)
		if m.concerns(e, who) && m.reaches(e, a.Ref) && (!some || slices.Contains(strings.Split(columns, ","), column)) {
			return true, nil
		}
	}
	return false, nil
}

// byColumn refuses to write by column.
func (d *door) byColumn(w provision.Standing) error {
	writes := slices.ContainsFunc(w.Want, func(a provision.Access) bool { return len(a.Columns) > 0 && a.Privilege == request.ReadWrite })
	if writes && d.flaw != writesAllColumns && d.flaw != givesAllColumns {
		return &provision.RefusedError{What: "asset", Reason: "cannot be written to by column"}
	}
	return nil
}
