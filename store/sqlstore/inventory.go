package sqlstore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/store"
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
	Links      string `db:"links"`
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
	links, err := catalog.ParseLinks(r.Links)
	if err != nil {
		return a, fmt.Errorf("the links of %s: %w", r.Ref, err)
	}
	a.Link(links)
	return a, nil
}

var assetByRef = both(`select ref, kind, id, technology, host, owner, comment, columns, tags, links, gone
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

// AssetsWith returns the assets with these Refs, also those that are gone, and the records
// of a store under some keys: in one message, where the store is that of the inventory.
func (i *Inventory) AssetsWith(ctx context.Context, s store.Store, refs []catalog.Ref, keys ...store.Key) ([]catalog.Asset, []store.Record, error) {
	var assets []catalog.Asset
	if own, is := s.(*Store); is && own == i.store && len(keys) <= maxRows && len(refs) <= maxRows {
		return i.withRecords(ctx, refs, keys)
	}
	for _, ref := range refs {
		a, err := i.Asset(ctx, ref)
		if err == nil {
			assets = append(assets, a)
		} else if !errors.Is(err, catalog.ErrNotFound) {
			return nil, nil, err
		}
	}
	records, err := s.Get(ctx, keys...)
	return assets, records, err
}

func (i *Inventory) withRecords(ctx context.Context, refs []catalog.Ref, keys []store.Key) (assets []catalog.Asset, records []store.Record, err error) {
	if err := store.CheckGet(keys); err != nil {
		return nil, nil, err
	}
	if err := i.store.ready(ctx); err != nil {
		return nil, nil, err
	}
	args, err := i.store.keyLists(keys)
	if err != nil {
		return nil, nil, err
	}
	var named []string
	for _, ref := range refs {
		if storable([]any{string(ref)}) {
			named = append(named, string(ref))
		}
	}
	if args, err = i.store.appendRefs(args, named); err != nil {
		return nil, nil, err
	}
	var rows []recordRow
	if err := i.store.selectAll(ctx, &rows, assetsWithRecords[i.store.on], args...); err != nil {
		return nil, nil, i.store.failed(ctx, "reading the inventory", err)
	}
	slices.SortFunc(rows, func(a, b recordRow) int { return cmp.Compare(a.N, b.N) })
	for _, r := range rows {
		if r.N >= 0 {
			r.ID = keys[r.N].ID
			records = append(records, r.record(keys[r.N].Kind))
			continue
		}
		a, err := assetOf(r.Body)
		if err != nil {
			return nil, nil, fmt.Errorf("sqlstore: reading the inventory: %w", err)
		}
		assets = append(assets, a)
	}
	return assets, records, nil
}

// appendRefs adds a list of Refs to some arguments.
func (s *Store) appendRefs(args []any, refs []string) ([]any, error) {
	if s.on == onPostgres {
		return append(args, textsOf(refs), len(refs)), nil
	}
	text, err := json.Marshal(append([]string{}, refs...))
	return append(args, string(text)), err
}

// The assets stand before the first of the records, each as a list of its columns.
var assetsWithRecords = statement{
	`select n, version, body from (` + byKeys[onPostgres] + `) r
		union all select k.n - 1 - cast($5 as bigint), 0, json_build_array(a.ref, a.kind, a.id, a.technology, a.host, a.owner, a.comment, a.columns, a.tags, a.links, a.gone)::text
			from (select * from unnest(cast($4 as text[])) with ordinality as k (ref, n) limit $5) k
			cross join lateral (select * from grantwright.assets where ref = k.ref offset 0) a`,
	byKeys[onSQLite] + `
		union all select k.key - json_array_length($2), 0, json_array(a.ref, a.kind, a.id, a.technology, a.host, a.owner, a.comment, a.columns, a.tags, a.links, a.gone)
			from json_each($2) k cross join grantwright_assets a on a.ref = k.value`,
}

// assetOf reads an asset that stands as a list of its columns.
func assetOf(columns []byte) (catalog.Asset, error) {
	var c [11]string
	if err := json.Unmarshal(columns, &c); err != nil {
		return catalog.Asset{}, err
	}
	row := assetRow{Ref: c[0], Kind: c[1], ID: c[2], Technology: c[3], Host: c[4], Owner: c[5], Comment: c[6], Columns: []byte(c[7]), Tags: []byte(c[8]), Links: c[9]}
	if err := row.Gone.Scan(c[10]); err != nil {
		return catalog.Asset{}, err
	}
	return row.asset()
}

var (
	assetsOfPlatform = both(`select ref, kind, id, technology, host, owner, comment, columns, tags, links, gone
		from grantwright.assets
		where gone = '' and (cast($1 as text) = '' or technology = $1) and (cast($2 as text) = '' or host = $2 or connection = $2)
		order by ref limit $3`)
	assetsByName = both(`select ref, kind, id, technology, host, owner, comment, columns, tags, links, gone
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
