package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"github.com/grantwright/grantwright/catalog"
)

// Where an object stood before is looked up by its id, in the rows as they were before the
// Replace. So an object in the place of another is written last, when all that came has
// been looked up: the row that it takes is the one of the object that has moved.

// coming is an asset that differs from its row.
type coming struct {
	asset  catalog.Asset
	digest string
	was    *knownRow // under its Ref; nil for none
}

// maxLater bounds how many assets wait until the stream ends. Where more stand in the place
// of others, the platform is another one, and nothing was moved.
const maxLater = 20_000

// writeLater writes the objects in the place of others.
func (r *replacing) writeLater(ctx context.Context) error {
	later := r.later
	r.later = nil
	if len(later) == 0 {
		return nil
	}
	if err := r.fillWas(ctx, later); err != nil { // of all, before any is written
		return err
	}
	for some := range slices.Chunk(later, assetsAtOnce) {
		if err := r.write(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

// fillWas finds out where some assets stood before, and notes which have moved.
func (r *replacing) fillWas(ctx context.Context, all []coming) error {
	if known, err := r.anyKnown(ctx); err != nil || !known {
		return err
	}
	slices.SortStableFunc(all, func(a, b coming) int { return cmp.Compare(len(a.asset.PartOf), len(b.asset.PartOf)) }) // what was a whole is known before its parts
	byID, byRef, err := r.before(ctx, all)
	if err != nil {
		return err
	}
	for i, c := range all {
		if _, done := r.moved[c.asset.Ref]; done {
			continue
		}
		same, was := byID[c.asset.ID], []catalog.Ref(nil)
		if c.was != nil && c.was.ID == c.asset.ID {
			own := byRef[c.asset.Ref]
			same, was = append(slices.Clip(same), own), own.Was
		}
		var around []catalog.Asset
		for _, ref := range c.asset.Around() {
			near := byRef[ref]
			if moved, written := r.moved[ref]; written {
				near.Was = moved
			}
			near.Ref = ref
			around = append(around, near)
		}
		all[i].asset.Was = c.asset.Before(same, around)
		r.note(all[i].asset, was)
	}
	return nil
}

// note keeps Was of an asset for those that follow, where it has changed.
func (r *replacing) note(a catalog.Asset, was []catalog.Ref) {
	if slices.Equal(was, a.Was) {
		return
	}
	if r.moved == nil {
		r.moved = map[catalog.Ref][]catalog.Ref{}
	}
	r.moved[a.Ref] = a.Was
	if len(a.Was) > 0 {
		r.synced.Moved = append(r.synced.Moved, a.Ref)
	}
}

// anyKnown reports whether the inventory knew anything of the connection. A first sync has
// nothing to look up.
func (r *replacing) anyKnown(ctx context.Context) (bool, error) {
	if r.known == nil {
		var some bool
		from, to := below(catalog.Ref(r.root.Connection()))
		if err := sqlx.GetContext(ctx, r.turn.reader(), &some, anyAsset[r.on], from, to); err != nil {
			return false, err
		}
		r.known = &some
	}
	return *r.known, nil
}

// before reads the rows with the ids of some assets, and those around them, as they are
// before these are written.
func (r *replacing) before(ctx context.Context, all []coming) (byID map[string][]catalog.Asset, byRef map[catalog.Ref]catalog.Asset, err error) {
	byID, byRef = map[string][]catalog.Asset{}, map[catalog.Ref]catalog.Asset{}
	var ids, refs [][]string
	asked := map[catalog.Ref]bool{}
	for _, c := range all {
		if c.asset.ID != "" {
			ids = append(ids, []string{c.asset.ID})
		}
		if c.was != nil && c.was.ID == c.asset.ID {
			if err := addRow(byRef, *c.was); err != nil {
				return nil, nil, err
			}
		}
		for _, ref := range c.asset.Around() {
			if !asked[ref] {
				asked[ref], refs = true, append(refs, []string{string(ref)})
			}
		}
	}
	from, to := below(catalog.Ref(r.root.Connection()))
	found := map[catalog.Ref]catalog.Asset{}
	if err := r.rows(ctx, assetsByID, ids, found, from, to); err != nil {
		return nil, nil, err
	}
	for _, a := range found {
		byID[a.ID] = append(byID[a.ID], a)
	}
	return byID, byRef, r.rows(ctx, knownAssets, refs, byRef)
}

// rows adds the rows of a statement to those that were found.
func (r *replacing) rows(ctx context.Context, s setStatement, of [][]string, found map[catalog.Ref]catalog.Asset, once ...any) error {
	return s.each(r.on, of, once, func(query string, args []any) error {
		var rows []knownRow
		if err := sqlx.SelectContext(ctx, r.turn.reader(), &rows, query, args...); err != nil {
			return err
		}
		for _, row := range rows {
			if err := addRow(found, row); err != nil {
				return err
			}
		}
		return nil
	})
}

func addRow(to map[catalog.Ref]catalog.Asset, row knownRow) error {
	a := catalog.Asset{Ref: catalog.Ref(row.Ref), ID: row.ID}
	links, err := catalog.ParseLinks(row.Links)
	if err != nil {
		return fmt.Errorf("the links of %s: %w", row.Ref, err)
	}
	a.Link(links)
	to[a.Ref] = a
	return nil
}

var (
	anyAsset = both(`select exists (select 1 from grantwright.assets where ref > $1 and ref < $2)`)

	assetsByID = ofSets(`select ref, id, links, gone, digest from grantwright.assets where ref > $1 and ref < $2 and id = any($3::text[])`,
		`select ref, id, links, gone, digest from grantwright.assets where ref > $1 and ref < $2 and id in (`, `?`, `)`)
)
