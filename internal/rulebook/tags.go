package rulebook

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/review"
)

// Classified are the classifications of some assets, as governance has made them.
type Classified map[catalog.Ref]catalog.Classification

// Classified reads them in sets.
func (r *Rulebook) Classified(ctx context.Context, refs ...catalog.Ref) (Classified, error) {
	said := Classified{}
	for len(refs) > 0 {
		some := refs[:min(len(refs), RecordBatch)]
		found, err := journal.Values(records.ClassificationsNow.Some(ctx, r.Store, some...))
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			said[c.At] = c
		}
		refs = refs[len(some):]
	}
	return said, nil
}

// ClassifiedWith reads those of some assets and of what they are parts of, or were.
func (r *Rulebook) ClassifiedWith(ctx context.Context, assets []catalog.Asset) (Classified, error) {
	return r.Classified(ctx, withWholes(assets)...)
}

// Of is the classification that holds for an asset: its own, those of the tables that it is
// a partition or a child of, and those of what it was. A generated column has the tags of
// the columns that it is computed from.
func (c Classified) Of(a catalog.Asset) catalog.Classification {
	return c[a.Ref].Inherited(c.wholes(a)...).Computed(a)
}

// wholes are the classifications of Asset.Wholes.
func (c Classified) wholes(a catalog.Asset) []catalog.Classification {
	wholes := a.Wholes()
	all := make([]catalog.Classification, len(wholes))
	for i, whole := range wholes {
		all[i] = c[whole]
	}
	return all
}

// AddTags adds to facts the tags with which governance has classified the columns of
// an asset.
func (r *Rulebook) AddTags(ctx context.Context, f *review.Facts, a catalog.Asset) error {
	said, err := r.ClassifiedWith(ctx, []catalog.Asset{a})
	f.Asset.Tags = said.Of(a).TagsOf()
	addClassifiers(f, said)
	return err
}
