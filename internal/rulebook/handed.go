package rulebook

import (
	"context"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// maxMasksNamed bounds the masked assets that are named to whoever gives access by hand.
const maxMasksNamed = 20

// MasksFor are the masks under which access is given, without the columns that it does not
// have or that it shows clear: of a container those of the first masked assets below it.
func (r *Rulebook) MasksFor(ctx context.Context, ref catalog.Ref, kind catalog.Kind, access provision.Access) ([]request.AssetMasks, error) {
	if kind.Container() {
		return r.Masked(ctx, request.Identity{}, ref, "", maxMasksNamed)
	}
	m, err := r.MasksOf(ctx, request.Identity{}, ref)
	if err != nil || !m.Show.Masked() {
		return nil, err
	}
	m.Show.Columns = slices.DeleteFunc(slices.Clone(m.Show.Columns), func(c catalog.MaskedColumn) bool {
		return slices.Contains(access.Unmasked, c.Name) || len(access.Columns) > 0 && !slices.Contains(access.Columns, c.Name)
	})
	return []request.AssetMasks{m}, nil
}
