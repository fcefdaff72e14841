package rulebook

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// What governance has said of an asset is a promise about the object, not about its name.
// So an object that stands under another name is held back where others decided about it
// than decide there, and what appears beside a masked asset with its masked columns is held
// back too. Governance says otherwise when it speaks of the asset under its own name: by
// anything that is set there, or by classifying its columns.

// loadHeld reads what the assets were, and all that is read through them, and which of these
// governance has looked at since.
func (g *reaching) loadHeld(ctx context.Context, assets []catalog.Asset) error {
	if len(g.deciding)+len(g.book.Masks) == 0 {
		return nil
	}
	var held, parts []catalog.Ref
	for _, a := range assets {
		if g.know(a); len(a.Was)+len(a.Like) > 0 {
			held = append(held, a.Ref)
		}
	}
	for _, t := range provision.ReachOf(assets...).Opened() {
		if _, known := g.known[t.Ref]; !known {
			parts = append(parts, t.Ref)
		}
	}
	if len(held)+len(parts) == 0 {
		return nil
	}
	ctx = snapshot.Expect(ctx, parts...) // they come with the classifications
	said, err := g.rules.Classified(ctx, slices.Concat(held, parts)...)
	if err != nil {
		return err
	}
	for ref := range said {
		g.looked[ref] = true
	}
	for _, ref := range parts {
		a, err := g.rules.Inventory.Asset(ctx, ref)
		if err != nil && !errors.Is(err, catalog.ErrNotFound) {
			return err
		}
		a.Ref = ref
		g.know(a)
	}
	return nil
}

func (g *reaching) know(a catalog.Asset) {
	g.known[a.Ref] = catalog.Asset{Ref: a.Ref, PartOf: a.PartOf, Was: a.Was, Like: a.Like, Had: a.Had}
}

// settled reports whether governance has spoken of an asset under its own name.
func (g *reaching) settled(ref catalog.Ref) bool {
	return g.looked[ref] || slices.Contains(g.withMasks(), ref)
}

// heldBy lists what an asset was where others decide than about a place, and the masked
// asset that it looks like, unless governance has spoken of it since.
func (g *reaching) heldBy(deciding []catalog.Ref, place, ref catalog.Ref) []catalog.Ref {
	a := g.known[ref]
	held := slices.DeleteFunc(slices.Clone(a.Was), func(was catalog.Ref) bool { return !provision.Stricter(deciding, place, was) })
	if a.Like != "" && !slices.Contains(a.Was, a.Like) { // or it is masked as the other is
		held = append(held, a.Like)
	}
	if len(held) > 0 && g.settled(ref) {
		return nil
	}
	return held
}

// held is heldBy of an asset for a place that is the asset, or a container that covers it.
// The masks of what it was hold for it under each name: only a container, for which nearer
// masks do not hold, leaves it out because of them.
func (g *reaching) held(place, ref catalog.Ref) []catalog.Ref {
	if place == ref {
		return g.heldBy(g.deciding, place, ref)
	}
	return g.heldBy(g.withMasks(), place, ref)
}

// Held says which of some assets are held back, or stay masked, under the names that they
// have: they stood elsewhere before, or have the masked columns of another.
func (r *Rulebook) Held(ctx context.Context, connection string, refs []catalog.Ref) ([]event.HeldAsset, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	g, err := r.reaching(ctx, connection)
	if err != nil {
		return nil, err
	}
	var all []event.HeldAsset
	for some := range slices.Chunk(refs, RecordBatch) {
		var assets []catalog.Asset
		for _, ref := range some {
			a, err := r.Inventory.Asset(ctx, ref)
			if err != nil {
				return nil, err
			}
			assets = append(assets, a)
		}
		touched := slices.DeleteFunc(slices.Clone(assets), func(a catalog.Asset) bool { return !g.book.Touches(a) })
		if err := errors.Join(g.load(ctx, assets...), g.add(ctx, touched)); err != nil {
			return nil, err
		}
		for _, a := range assets {
			if len(g.heldBy(g.withMasks(), a.Ref, a.Ref)) > 0 || len(a.Was) > 0 && g.masked[a.Ref].Show.Masked() {
				all = append(all, event.HeldAsset{Asset: a.Ref, Was: a.Was, Like: a.Like})
			}
		}
	}
	return all, nil
}

// MaskedColumns are the names of the columns that masks hide, of each asset of a connection
// that has any, by the container that it stands in.
func (r *Rulebook) MaskedColumns(ctx context.Context, b MaskBook, connection string) (map[catalog.Ref][]catalog.Asset, error) {
	masked := map[catalog.Ref][]catalog.Asset{}
	for after := (store.Position{}); len(b.Masks) > 0; {
		page, err := records.MaskedOn.Find(ctx, r.Store, connection, after, RecordBatch)
		if err != nil || len(page) == 0 {
			return masked, err
		}
		after = page[len(page)-1].At
		all, err := r.Maskings(ctx, b, AssetsOf(page))
		if err != nil {
			return nil, err
		}
		for _, m := range all {
			hides := catalog.Asset{Ref: m.Asset.Ref}
			for _, c := range m.Show.Columns {
				if c.From != "" {
					continue // a copy of the data need not have it
				}
				hides.Columns = append(hides.Columns, catalog.Column{Name: c.Name})
			}
			if at := hides.Ref.Parent(); len(hides.Columns) > 0 {
				masked[at] = append(masked[at], hides)
			}
		}
	}
	return masked, nil
}
