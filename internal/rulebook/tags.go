package rulebook

import (
	"context"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/review"
)

// AddTags adds to facts the tags with which governance has classified the columns of
// an asset.
func (r *Rulebook) AddTags(ctx context.Context, f *review.Facts, ref catalog.Ref) error {
	tags, err := r.tagsOf(ctx, []catalog.Asset{{Ref: ref}})
	f.Asset.Tags = tags[ref]
	return err
}

// tagsOf collects the tags of the columns of some assets.
func (r *Rulebook) tagsOf(ctx context.Context, assets []catalog.Asset) (map[catalog.Ref][]string, error) {
	refs := make([]catalog.Ref, len(assets))
	for i, a := range assets {
		refs[i] = a.Ref
	}
	said, err := journal.Values(records.ClassificationsNow.Some(ctx, r.Store, refs...))
	tags := map[catalog.Ref][]string{}
	for _, c := range said {
		for _, column := range c.Columns {
			tags[c.At] = append(tags[c.At], column.Tags...)
		}
		slices.Sort(tags[c.At])
		tags[c.At] = slices.Compact(tags[c.At])
	}
	return tags, err
}
