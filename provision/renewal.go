package provision

import (
	"slices"

	"github.com/grantwright/grantwright/request"
)

// Includes reports whether whoever has the access a has b with it. READ_WRITE
// includes READ, and no columns are all of them.
func (a Access) Includes(b Access) bool {
	if a.Privilege != b.Privilege && b.Privilege != request.Read {
		return false
	}
	missing := func(column string) bool { return !slices.Contains(a.columns(), column) }
	return len(a.Columns) == 0 || len(b.Columns) > 0 && !slices.ContainsFunc(b.columns(), missing)
}

// columns are what tells columns apart: their ids, or their names where these are not known.
func (a Access) columns() []string {
	if len(a.ColumnIDs) == 0 {
		return a.Columns
	}
	return a.ColumnIDs
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
