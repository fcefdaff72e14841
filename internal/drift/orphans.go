package drift

import (
	"context"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// maxOrphans bounds how many orphans one reconciliation goes through.
const maxOrphans = 10_000

// orphan is access of ours that no grant calls for.
type orphan struct {
	provision.Standing                               // Want is the access that no grant calls for
	last               store.Stored[provision.Grant] // the last of this principal on this asset; zero if there never was one
	shared             bool                          // live grants on the same object: applying them removes the orphan
}

// orphanOf compares the access of one principal on one object with the grants. It reads
// the records after the platform: a grant is committed before its access is given, so
// that access without a record was not given by these records.
func (d *Drift) orphanOf(ctx context.Context, s provision.Standing) (orphan, error) {
	o := orphan{Standing: s}
	index, principal := records.GrantsOfID, s.Principal.ID
	if principal == "" { // the platform has no ids, and nobody is renamed there
		index, principal = records.GrantsOf, s.Principal.Name
	}
	err := index.Each(ctx, d.Store, records.PairKey(s.Asset.Ref, principal), func(g store.Stored[provision.Grant]) error {
		o.last = g
		if !g.Value.Live() || !concerns(g.Value, s.Asset.ID) {
			return nil
		}
		o.shared = true
		if !compared(g.Value) { // the task of the asset applies it
			o.Want = nil
		}
		o.Want = slices.DeleteFunc(slices.Clone(o.Want), g.Value.Access.Covers)
		return nil
	})
	return o, err
}

// concerns reports whether a grant is about an object, or has left something there.
func concerns(g provision.Grant, object string) bool {
	return g.Asset.ID == object || slices.ContainsFunc(g.Leftovers, func(o catalog.Object) bool { return o.ID == object })
}
