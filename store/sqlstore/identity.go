package sqlstore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
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
	if !r.any { // there is nothing to look up in a first sync
		return nil
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
			was = byRef[c.asset.Ref].Was
			if c.asset.ID == "" {
				same = []catalog.Asset{byRef[c.asset.Ref]}
			}
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
		all[i].asset.Was, all[i].asset.Had = c.asset.Before(same, around), c.asset.Kept(same)
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

// before reads the rows with the ids of some assets, and those around them, as they are
// before these are written.
func (r *replacing) before(ctx context.Context, all []coming) (byID map[string][]catalog.Asset, byRef map[catalog.Ref]catalog.Asset, err error) {
	byID, byRef = map[string][]catalog.Asset{}, map[catalog.Ref]catalog.Asset{}
	var keys []string
	asked := map[string]bool{"": true}
	ask := func(key string) {
		if !asked[key] {
			asked[key], keys = true, append(keys, key)
		}
	}
	for _, c := range all {
		ask(c.asset.ID)
		for _, ref := range c.asset.Around() {
			ask(string(ref))
		}
		if c.was != nil && c.was.ID == "" {
			err = errors.Join(err, addRow(byRef, *c.was))
		}
	}
	if err != nil {
		return nil, nil, err
	}
	list := any(textsOf(keys))
	if r.on == onSQLite {
		text, _ := json.Marshal(keys) // of texts alone
		list = string(text)
	}
	var rows []knownRow
	err = sqlx.SelectContext(ctx, r.turn.reader(), &rows, assetsByKeys[r.on], list)
	for _, row := range rows {
		if catalog.Ref(row.Ref).Connection() == r.root.Connection() { // ids are those of a platform
			err = errors.Join(err, addRow(byRef, row))
		}
	}
	for _, a := range byRef {
		if a.ID != "" {
			byID[a.ID] = append(byID[a.ID], a)
		}
	}
	return byID, byRef, err
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

// assetsByKeys finds rows by ids and by Refs, which are never the same.
var assetsByKeys = statement{
	`select ref, id, links, gone, digest from grantwright.assets where ref = any($1::text[])
		union select ref, id, links, gone, digest from grantwright.assets where id = any($1::text[]) and id <> ''`,
	`select ref, id, links, gone, digest from grantwright_assets where ref in (select value from json_each($1))
		union select ref, id, links, gone, digest from grantwright_assets where id in (select value from json_each($1)) and id <> ''`,
}
