package rulebook

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// maxLookedAt bounds how many assets that are read through one are looked at for the facts
// that rules read.
const maxLookedAt = 500

// AddCovers adds to facts those of all that an asset covers, as far as some policies read
// them: of what is below a container, and of what is read through an asset, or changed by
// whoever writes to it. Where there is
// too much of it, no rule decides.
func (r *Rulebook) AddCovers(ctx context.Context, f *review.Facts, asset catalog.Asset, policies []*review.Policy) error {
	reads := review.ReadOfCovered(policies...)
	writes := f.Request.Privilege == string(request.ReadWrite)
	if !reads.Any() || !asset.Kind.Container() && len(provision.ReachOf(asset).Used(writes)) == 0 {
		return nil
	}
	covered, opened := []catalog.Asset{asset}, provision.Reach(nil)
	var err error
	if asset.Kind.Container() {
		covered, err = r.covered(ctx, asset.Ref)
	}
	switch {
	case errors.Is(err, provision.ErrPermanent):
		f.AskPeople = "it covers more than can be looked at"
		return nil
	case err != nil:
		return err
	}
	opened = provision.Reach(catalog.Join(provision.ReachOf(covered...), provision.ReachOf(asset).Changed())).Used(writes)
	if !asset.Kind.Container() {
		covered = nil
	}
	inside := map[catalog.Ref]bool{}
	for _, a := range covered {
		inside[a.Ref] = true
	}
	opened = slices.DeleteFunc(opened, func(t catalog.Through) bool { return inside[t.Ref] })
	if len(opened) > maxLookedAt {
		f.AskPeople = fmt.Sprintf("more than %d assets are read through it", maxLookedAt)
		return nil
	}
	parts, err := r.parts(ctx, opened)
	if err != nil {
		return err
	}
	opened, parts, err = r.withHad(ctx, opened, parts)
	if err != nil {
		return err
	}
	all := slices.Concat(covered, parts)
	said, err := r.ClassifiedWith(ctx, all)
	addClassifiers(f, said)
	for i, a := range all {
		var columns []string
		if i >= len(covered) {
			columns = opened[i-len(covered)].Columns
		}
		f.Covers = append(f.Covers, review.FactsOfAsset(a, said.Of(a).TagsOf(columns...)))
	}
	return err
}

// withHad adds to what is read through an asset the assets of which materialized views among
// that may hold rows from before.
func (r *Rulebook) withHad(ctx context.Context, opened provision.Reach, parts []catalog.Asset) (provision.Reach, []catalog.Asset, error) {
	var had []catalog.Through
	for _, p := range parts {
		had = append(had, p.Had...)
	}
	beyond := provision.Reach(catalog.Join(had)).Beyond(opened).Opened()
	more, err := r.parts(ctx, beyond)
	return slices.Concat(opened, beyond), slices.Concat(parts, more), err
}

// parts are the assets that are read through another, in their order, with the columns
// that are read. One that no sync has seen is its name alone.
func (r *Rulebook) parts(ctx context.Context, opened provision.Reach) ([]catalog.Asset, error) {
	parts := make([]catalog.Asset, len(opened))
	for i, t := range opened {
		a, err := r.Inventory.Asset(ctx, t.Ref)
		if errors.Is(err, catalog.ErrNotFound) {
			a, err = catalog.Asset{Ref: t.Ref}, nil
		}
		if err != nil {
			return nil, err
		}
		if len(t.Columns) > 0 {
			read := a.Computing(t.Columns...)
			a.Columns = slices.DeleteFunc(slices.Clone(a.Columns), func(c catalog.Column) bool { return !slices.Contains(read, c.Name) })
		}
		parts[i] = a
	}
	return parts, nil
}
