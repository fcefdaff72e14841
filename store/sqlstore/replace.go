package sqlstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/grantwright/grantwright/catalog"
)

const (
	assetsAtOnce = 2_000 // compared and written together
	bytesAtOnce  = 4 << 20
	refsAtOnce   = 5_000 // read together when looking for what is gone
)

// Replace makes the assets at and below root those of the stream. Two on one
// connection take turns. What did not change is not written. On PostgreSQL it is
// one transaction that is open while the stream is read: readers see all of it or
// nothing. On SQLite, where that would hold up every other writer, it is one for
// each batch, and readers see those that are done; if the process is killed, the
// next Replace on the connection waits ten seconds for its turn. If the stream
// ends in an error, what came before it is kept, but for objects that stand in the
// place of others; if ctx ends, nothing is on PostgreSQL, and the batches that are
// done are on SQLite.
func (i *Inventory) Replace(ctx context.Context, root catalog.Ref, assets iter.Seq2[catalog.Asset, error], now time.Time) (catalog.Synced, error) {
	if err := i.store.ready(ctx); err != nil {
		return catalog.Synced{}, err
	}
	turn, err := i.store.takeTurn(ctx, root.Connection())
	if err != nil {
		return catalog.Synced{}, i.store.failed(ctx, "replacing assets", err)
	}
	r := &replacing{turn: turn, on: i.store.on, root: root, now: moment(now), seen: map[refDigest]bool{}, spared: map[catalog.Ref]bool{}}
	defer func() { _ = turn.end(ctx, false) }() // unless it ends as it should
	ended, err := r.run(ctx, assets)
	if err == nil {
		err = turn.end(ctx, true)
	}
	if err != nil {
		return catalog.Synced{Unread: r.synced.Unread}, i.store.failed(ctx, "replacing assets", err)
	}
	return r.synced, ended
}

// replacing is one Replace under way.
type replacing struct {
	turn turn
	on   dialect
	root catalog.Ref
	now  moment

	batch  []catalog.Asset
	size   int // of the batch in bytes, about
	later  []coming
	seen   map[refDigest]bool
	spared map[catalog.Ref]bool
	synced catalog.Synced

	asked, any bool                          // whether anything of the connection was known before
	moved      map[catalog.Ref][]catalog.Ref // Was of what was written
}

// refDigest stands for a Ref that came, so that a million of them fit in memory.
type refDigest [16]byte

func digestOf(ref catalog.Ref) refDigest {
	sum := sha256.Sum256([]byte(ref))
	return refDigest(sum[:16])
}

// run returns how the stream ended apart from errors of its own.
func (r *replacing) run(ctx context.Context, assets iter.Seq2[catalog.Asset, error]) (ended, err error) {
	if ended, err = r.read(ctx, assets); err != nil {
		return nil, err
	}
	if err := r.flush(ctx); err != nil || ended != nil {
		return ended, err
	}
	if err := r.writeLater(ctx); err != nil {
		return nil, err
	}
	return nil, r.markGone(ctx)
}

func (r *replacing) read(ctx context.Context, assets iter.Seq2[catalog.Asset, error]) (ended, err error) {
	for a, problem := range catalog.Checked(r.root, assets) {
		var partial *catalog.PartialError
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.As(problem, &partial):
			r.spare(partial)
		case problem != nil:
			return problem, nil
		default:
			if err := r.take(ctx, a); err != nil {
				return nil, err
			}
		}
	}
	return nil, ctx.Err()
}

func (r *replacing) spare(partial *catalog.PartialError) {
	r.spared[partial.Ref] = true
	if len(r.synced.Unread) < catalog.MaxUnread {
		r.synced.Unread = append(r.synced.Unread, partial)
	}
}

// take adds an asset to the batch. One that comes again waits for the next, since
// the later one counts.
func (r *replacing) take(ctx context.Context, a catalog.Asset) error {
	digest := digestOf(a.Ref)
	again := r.seen[digest]
	r.seen[digest] = true
	if again || len(r.batch) == assetsAtOnce || r.size > bytesAtOnce {
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
	if again || len(r.later) > maxLater {
		if err := r.writeLater(ctx); err != nil {
			return err
		}
	}
	r.batch = append(r.batch, a)
	r.size += sizeOf(a)
	return r.turn.keep(ctx)
}

// sizeOf is about how many bytes an asset takes.
func sizeOf(a catalog.Asset) int {
	size := len(a.Ref) + len(a.Source.Comment)
	for _, c := range a.Columns {
		size += len(c.Name) + len(c.Type) + len(c.Comment)
	}
	for _, t := range a.Through {
		size += len(t.Ref) + len(t.Name)
	}
	return size
}

// knownRow says how an asset stands in the table.
type knownRow struct {
	Ref    string `db:"ref"`
	ID     string `db:"id"`
	Links  string `db:"links"`
	Gone   string `db:"gone"`
	Digest string `db:"digest"`
}

// flush writes what differs in the batch, but for objects in the place of others: where
// these have gone is looked up by their rows.
func (r *replacing) flush(ctx context.Context) error {
	known, err := r.knownRows(ctx)
	if err != nil {
		return err
	}
	var now []coming
	for _, a := range r.batch {
		digest, err := digestOfAsset(a)
		if err != nil {
			return err
		}
		c := coming{asset: a, digest: digest}
		if was, ok := known[string(a.Ref)]; ok {
			c.was = &was
		}
		switch {
		case c.was != nil && c.was.Gone == "" && c.was.Digest == digest:
			r.synced.Same++
		case c.was != nil && c.was.ID != a.ID:
			r.later = append(r.later, c)
		default:
			now = append(now, c)
		}
	}
	r.batch, r.size = r.batch[:0], 0
	if len(now) == 0 {
		return r.turn.keep(ctx)
	}
	if err := r.fillWas(ctx, now); err != nil {
		return err
	}
	return r.write(ctx, now)
}

// write writes assets that differ, with what they are found by.
func (r *replacing) write(ctx context.Context, all []coming) error {
	var rows, terms, old [][]string
	for _, c := range all {
		if c.was == nil {
			r.synced.Added++
		} else {
			r.synced.Changed++
			old = append(old, []string{string(c.asset.Ref)})
		}
		row, err := r.row(c.asset, c.digest)
		if err != nil {
			return err
		}
		rows = append(rows, row)
		for _, term := range termsOf(c.asset) {
			terms = append(terms, []string{term, string(c.asset.Ref)})
		}
	}
	return r.turn.write(ctx, func(tx *sqlx.Tx) error {
		return errors.Join(r.exec(ctx, tx, dropTerms, old), r.exec(ctx, tx, insertTerms, terms), r.exec(ctx, tx, upsertAssets, rows))
	})
}

func (r *replacing) knownRows(ctx context.Context) (map[string]knownRow, error) {
	refs := make([][]string, len(r.batch))
	for i, a := range r.batch {
		refs[i] = []string{string(a.Ref)}
	}
	known := make(map[string]knownRow, len(refs))
	from, to := below(catalog.Ref(r.root.Connection()))
	err := knownAssets.each(r.on, refs, []any{from, to}, func(query string, args []any) error {
		var rows []knownRow
		err := sqlx.SelectContext(ctx, r.turn.reader(), &rows, query, args...)
		for _, row := range rows {
			known[row.Ref] = row
		}
		return err
	})
	if _, some := known[""]; !r.asked {
		r.asked, r.any = true, some
	}
	return known, err
}

// digestOfAsset stands for what the platform says of an asset.
func digestOfAsset(a catalog.Asset) (string, error) {
	a.Gone, a.Definition, a.Was, a.Had = time.Time{}, "", nil, nil
	said, err := json.Marshal(a)
	if err != nil {
		return "", fmt.Errorf("%s: %w", a.Ref, err)
	}
	sum := sha256.Sum256(said)
	return hex.EncodeToString(sum[:]), nil
}

// row is an asset as upsertAssets takes it.
func (r *replacing) row(a catalog.Asset, digest string) ([]string, error) {
	columns, err := json.Marshal(a.Columns)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Ref, err)
	}
	tags, err := json.Marshal(a.Source.Tags)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Ref, err)
	}
	links, err := a.Links().Text()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Ref, err)
	}
	return []string{string(a.Ref), a.Ref.Connection(), catalog.FormatPath(a.Ref.Path()), a.Ref.Name(), string(a.Ref.Parent()),
		string(a.Kind), a.Technology, a.Host, a.ID, a.Source.Owner, a.Source.Comment, string(columns), string(tags), r.now.String(), digest, links}, nil
}

var (
	standing = both(`select ref from grantwright.assets where ref = $1 and gone = ''`)

	countStanding = both(`select count(*) from grantwright.assets where (ref = $1 or ref > $2 and ref < $3) and gone = ''`)

	standingBelow = both(`select ref from grantwright.assets
		where ref > $1 and ref < $2 and gone = '' order by ref limit $3`)
)

// markGone looks through what stands at and below the root for what did not come. All
// that came stands now: where no more does, nothing is gone.
func (r *replacing) markGone(ctx context.Context) error {
	after, to := below(r.root)
	var stand int
	if err := sqlx.GetContext(ctx, r.turn.reader(), &stand, countStanding[r.on], string(r.root), after, to); err != nil || stand == len(r.seen) {
		return err
	}
	var refs []string
	if err := sqlx.SelectContext(ctx, r.turn.reader(), &refs, standing[r.on], string(r.root)); err != nil {
		return err
	}
	if err := r.mark(ctx, refs); err != nil {
		return err
	}
	for ; ; after = refs[len(refs)-1] {
		refs = nil
		if err := sqlx.SelectContext(ctx, r.turn.reader(), &refs, standingBelow[r.on], after, to, refsAtOnce); err != nil {
			return err
		}
		if err := r.mark(ctx, refs); err != nil || len(refs) < refsAtOnce {
			return err
		}
	}
}

func (r *replacing) mark(ctx context.Context, refs []string) error {
	var rows [][]string
	for _, ref := range refs {
		if ref := catalog.Ref(ref); !r.seen[digestOf(ref)] && !r.isSpared(ref) {
			rows = append(rows, []string{string(ref)})
		}
	}
	r.synced.Gone += len(rows)
	if len(rows) == 0 {
		return r.turn.keep(ctx)
	}
	return r.turn.write(ctx, func(tx *sqlx.Tx) error { return r.exec(ctx, tx, markAssets, rows, r.now) })
}

func (r *replacing) isSpared(ref catalog.Ref) bool {
	return len(r.spared) > 0 && slices.ContainsFunc(ref.Lineage(), func(above catalog.Ref) bool { return r.spared[above] })
}

func (r *replacing) exec(ctx context.Context, tx *sqlx.Tx, s setStatement, rows [][]string, once ...any) error {
	return s.each(r.on, rows, once, func(query string, args []any) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	})
}

// The statements of a Replace. The terms of an asset are distinct, and those that it had
// are dropped before.
var (
	// The first row, without a Ref, says that anything of the connection is known.
	knownAssets = ofSets(anyKnown+`select ref, id, links, gone, digest from grantwright.assets where ref = any($3::text[])`,
		anyKnown+`select ref, id, links, gone, digest from grantwright.assets where ref in (`, `?`, `)`)

	upsertAssets = ofSets(insertAssets+`
			select r.*, '' from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
				$9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[]) r`+overwrite,
		insertAssets+` values `, `(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')`, overwrite)

	dropTerms = ofSets(`delete from grantwright.asset_terms where ref = any($1::text[])`,
		`delete from grantwright.asset_terms where ref in (`, `?`, `)`)

	insertTerms = ofSets(`insert into grantwright.asset_terms (term, ref) select r.* from unnest($1::text[], $2::text[]) r`,
		`insert into grantwright.asset_terms (term, ref) values `, `(?, ?)`, ` on conflict (term, ref) do nothing`)

	markAssets = ofSets(`update grantwright.assets set gone = $1, changed = $1 where ref = any($2::text[])`,
		`update grantwright.assets set gone = $1, changed = $1 where ref in (`, `?`, `)`)
)

const (
	anyKnown = `select '' as ref, '' as id, '' as links, '' as gone, '' as digest
			where (select ref from grantwright.assets where ref > $1 and ref < $2 order by ref limit 1) is not null
		union all `
	insertAssets = `insert into grantwright.assets
			(ref, connection, path, name, parent, kind, technology, host, id, owner, comment, columns, tags, changed, digest, links, gone)`
	overwrite = ` on conflict (ref) do update set parent = excluded.parent, kind = excluded.kind, technology = excluded.technology, host = excluded.host, id = excluded.id,
			owner = excluded.owner, comment = excluded.comment, columns = excluded.columns, tags = excluded.tags,
			changed = excluded.changed, digest = excluded.digest, links = excluded.links, gone = excluded.gone`
)
