package provision

import (
	"slices"

	"github.com/grantwright/grantwright/request"
)

// Includes reports whether whoever has the access a has b with it. READ_WRITE
// includes READ, and no columns are all of them. Columns are told apart by their ids where
// both know them, and by their names otherwise.
func (a Access) Includes(b Access) bool {
	if a.Privilege != b.Privilege && b.Privilege != request.Read {
		return false
	}
	all, some := a.Columns, b.Columns
	if len(a.ColumnIDs) > 0 && len(b.ColumnIDs) > 0 {
		all, some = a.ColumnIDs, b.ColumnIDs
	}
	missing := func(column string) bool { return !slices.Contains(all, column) }
	return len(all) == 0 || len(some) > 0 && !slices.ContainsFunc(some, missing)
}

// Outlives reports whether the principal of another grant, which ends, keeps all
// that it gives beyond its end: by this one.
func (g Grant) Outlives(o Grant) bool {
	works := g.State == Active && g.Ending == "" && g.Principal == o.Principal && g.Asset.Ref == o.Asset.Ref && g.Asset.Object() == o.Asset.Object()
	return works && g.ID != o.ID && g.Access.Includes(o.Access) && (g.Ends.IsZero() || g.Ends.After(o.Ends))
}

// Renew sets the end of a renewal that has just become ACTIVE: it does not come
// before that of the grant which it renews, as far as that one gives the same.
func (g Grant) Renew(of Grant) Grant {
	if g.Renews == of.ID && of.Wanted() && of.Access.Includes(g.Access) && !g.Ends.IsZero() && of.Ends.After(g.Ends) {
		g.Ends = of.Ends
	}
	return g
}
