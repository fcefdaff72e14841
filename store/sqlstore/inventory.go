package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/grantwright/grantwright/catalog"
)

// Inventory is a catalog.Inventory in the table grantwright.assets.
type Inventory struct{ store *Store }

// Inventory returns the inventory in the same database.
func (s *Store) Inventory() *Inventory { return &Inventory{store: s} }

var _ catalog.Inventory = (*Inventory)(nil)

// assetRow is what is read of a row of grantwright.assets.
type assetRow struct {
	Ref        string `db:"ref"`
	Kind       string `db:"kind"`
	ID         string `db:"id"`
	Technology string `db:"technology"`
	Host       string `db:"host"`
	Owner      string `db:"owner"`
	Comment    string `db:"comment"`
	Columns    []byte `db:"columns"`
	Tags       []byte `db:"tags"`
	Gone       moment `db:"gone"`
}

func (r assetRow) asset() (catalog.Asset, error) {
	a := catalog.Asset{
		Ref:        catalog.Ref(r.Ref),
		Kind:       catalog.Kind(r.Kind),
		ID:         r.ID,
		Technology: r.Technology,
		Host:       r.Host,
		Source:     catalog.Claims{Owner: r.Owner, Comment: r.Comment},
		Gone:       time.Time(r.Gone),
	}
	if err := json.Unmarshal(r.Columns, &a.Columns); err != nil {
		return a, fmt.Errorf("the columns of %s: %w", r.Ref, err)
	}
	if err := json.Unmarshal(r.Tags, &a.Source.Tags); err != nil {
		return a, fmt.Errorf("the tags of %s: %w", r.Ref, err)
	}
	return a, nil
}

var assetByRef = both(`select ref, kind, id, technology, host, owner, comment, columns, tags, gone
	from grantwright.assets where ref = $1`)

// Asset returns the asset with this Ref, also one that is gone.
func (i *Inventory) Asset(ctx context.Context, ref catalog.Ref) (catalog.Asset, error) {
	found, err := i.list(ctx, assetByRef, string(ref))
	if err != nil {
		return catalog.Asset{}, err
	}
	if len(found) == 0 {
		return catalog.Asset{}, fmt.Errorf("%w: %.80q", catalog.ErrNotFound, string(ref))
	}
	return found[0], nil
}

var (
	assetsOfPlatform = both(`select ref, kind, id, technology, host, owner, comment, columns, tags, gone
		from grantwright.assets
		where gone = '' and (cast($1 as text) = '' or technology = $1) and (cast($2 as text) = '' or host = $2 or connection = $2)
		order by ref limit $3`)
	assetsByName = both(`select ref, kind, id, technology, host, owner, comment, columns, tags, gone
		from grantwright.assets
		where path = $1 and gone = '' and (cast($2 as text) = '' or technology = $2) and (cast($3 as text) = '' or host = $3 or connection = $3)
		order by ref limit $4`)
)

// Find returns the assets with exactly this name that are not gone.
func (i *Inventory) Find(ctx context.Context, n catalog.Name) ([]catalog.Asset, error) {
	if len(n.Path) == 0 {
		return i.list(ctx, assetsOfPlatform, n.Technology, n.Host, catalog.MaxCandidates)
	}
	return i.list(ctx, assetsByName, catalog.FormatPath(n.Path), n.Technology, n.Host, catalog.MaxCandidates)
}

func (i *Inventory) list(ctx context.Context, query statement, args ...any) ([]catalog.Asset, error) {
	if err := i.store.ready(ctx); err != nil {
		return nil, err
	}
	if !storable(args) {
		return nil, nil // no asset has such a name
	}
	var rows []assetRow
	if err := i.store.selectAll(ctx, &rows, query[i.store.on], args...); err != nil {
		return nil, i.store.failed(ctx, "reading the inventory", err)
	}
	var assets []catalog.Asset
	for _, r := range rows {
		a, err := r.asset()
		if err != nil {
			return nil, fmt.Errorf("sqlstore: reading the inventory: %w", err)
		}
		assets = append(assets, a)
	}
	return assets, nil
}

// storable reports whether all texts are such as a database can hold.
func storable(args []any) bool {
	for _, arg := range args {
		if text, ok := arg.(string); ok && (!utf8.ValidString(text) || strings.ContainsRune(text, 0)) {
			return false
		}
	}
	return true
}
