package manifest

import (
	"context"
	"iter"
	"slices"

	"github.com/grantwright/grantwright/catalog"
)

// source streams assets that are known already.
type source []catalog.Asset

// Source returns a Source of the assets of a file, on all its connections: each
// stream holds what stands at and below its root. An asset that has no id of its
// own is known by its Ref.
func Source(assets []catalog.Asset) catalog.Source {
	s := make(source, len(assets))
	for i, a := range assets {
		a.Technology = Technology
		a.Columns, a.Source.Tags = slices.Clone(a.Columns), slices.Clone(a.Source.Tags)
		if a.ID == "" {
			a.ID = string(a.Ref)
		}
		s[i] = a
	}
	slices.SortStableFunc(s, func(a, b catalog.Asset) int { return slices.Compare(a.Ref.Path(), b.Ref.Path()) })
	return s
}

// Assets streams root and everything below it.
func (s source) Assets(ctx context.Context, root catalog.Ref) iter.Seq2[catalog.Asset, error] {
	return func(yield func(catalog.Asset, error) bool) {
		for _, a := range s {
			if err := ctx.Err(); err != nil {
				yield(catalog.Asset{}, err)
				return
			}
			a.Columns, a.Source.Tags = slices.Clone(a.Columns), slices.Clone(a.Source.Tags)
			if root.Covers(a.Ref) && !yield(a, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(catalog.Asset{}, err)
		}
	}
}
