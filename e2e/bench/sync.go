package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/store/pgstore"
)

// measureSync reads many tables into the inventory, and again where nothing has
// changed. The floor copies the same rows into tables of the same shape, with their
// indexes; beside it, one row for each table goes into a plain one.
func measureSync(ctx context.Context, b *bench) ([]row, error) {
	p, err := b.postgres(ctx)
	if err != nil {
		return nil, err
	}
	var first, plain, second []pair
	var peak uint64
	for range b.rounds {
		s, err := p.syncOnce(ctx, b.size.Tables)
		if err != nil {
			return nil, err
		}
		first, plain = append(first, pair{s.first.Seconds(), s.copied.Seconds()}), append(plain, pair{s.first.Seconds(), s.plain.Seconds()})
		second = append(second, pair{s.second.Seconds(), s.first.Seconds()})
		peak = max(peak, s.peak)
	}
	many := grouped(float64(b.size.Tables)) + " tables of ten columns"
	return []row{
		row{Figure: "sync", Case: many, Unit: "s", Target: atMost("ratio", 3), Note: "the floor is COPY of the same rows, into the same tables"}.fill(first),
		row{Figure: "sync", Case: "the same", Unit: "s", Note: "the floor is COPY of one row for each, into a plain table"}.fill(plain),
		row{Figure: "sync", Case: "unchanged, again", Unit: "s", Target: atMost("ratio", 1.0/3), Note: "the floor is the first sync"}.fill(second),
		{Figure: "sync", Case: "memory", Unit: "MB", Ours: float64(peak) / 1e6, Target: atMost("ours", 200)},
	}, nil
}

// synced is how long one sync took.
type synced struct {
	first, second, copied, plain time.Duration
	peak                         uint64
}

func (p *place) syncOnce(ctx context.Context, tables int) (synced, error) {
	name := p.name("sync")
	defer func() { _ = p.drop([]string{name}) }()
	if err := p.server.CreateDatabase(ctx, name); err != nil {
		return synced{}, err
	}
	records, err := pgstore.Open(p.server.SuperURL(name))
	if err != nil {
		return synced{}, err
	}
	defer func() { _ = records.Close() }()
	if err := records.Migrate(ctx); err != nil {
		return synced{}, err
	}
	var s synced
	if s.copied, s.plain, err = p.copyTables(ctx, name, tables); err != nil {
		return s, err
	}
	s.peak = peakOf(func() {
		for _, took := range []*time.Duration{&s.first, &s.second} {
			if err == nil {
				begin := time.Now()
				_, err = records.Inventory().Replace(ctx, "lake", manyTables(tables), time.Now())
				*took = time.Since(begin)
			}
		}
	})
	return s, err
}

// manyTables are a database and a schema with so many tables of ten columns.
func manyTables(count int) iter.Seq2[catalog.Asset, error] {
	return func(yield func(catalog.Asset, error) bool) {
		for n := -2; n < count; n++ {
			a := catalog.Asset{Ref: "lake:sales", Kind: catalog.Database, Technology: "postgres"}
			switch {
			case n == -1:
				a.Ref, a.Kind = "lake:sales.public", catalog.Schema
			case n >= 0:
				a.Ref, a.Kind = catalog.Ref(fmt.Sprintf("lake:sales.public.table%07d", n)), catalog.Table
				for c := range 10 {
					a.Columns = append(a.Columns, catalog.Column{Name: fmt.Sprint("column", c), Type: "integer"})
				}
			}
			a.ID = string(a.Ref)
			if !yield(a, nil) {
				return
			}
		}
	}
}

// copyTables copies the same into tables of the shape of the inventory's, and into a plain
// one.
func (p *place) copyTables(ctx context.Context, database string, count int) (same, plain time.Duration, err error) {
	db, err := p.server.Open(database)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = db.Close() }()
	err = runAll(ctx, db, `create table public.assets (like grantwright.assets including all)`, `create table public.asset_terms (like grantwright.asset_terms including all)`,
		`create table public.plain (ref text collate "C" primary key, kind text, id text, body jsonb)`)
	if err != nil {
		return 0, 0, err
	}
	if same, err = copied(ctx, db, count, assetCopy, termCopy); err != nil {
		return 0, 0, err
	}
	plain, err = copied(ctx, db, count, plainCopy)
	return same, plain, err
}

// copying is one COPY, and the rows of an asset for it.
type copying struct {
	statement string
	rows      func(catalog.Asset) [][]any
}

var (
	assetCopy = copying{
		`copy public.assets (ref, connection, path, name, parent, kind, technology, host, id, owner, comment, columns, tags, changed, digest, links, gone) from stdin`,
		func(a catalog.Asset) [][]any {
			columns, _ := json.Marshal(a.Columns) // of texts alone
			return [][]any{{string(a.Ref), a.Ref.Connection(), catalog.FormatPath(a.Ref.Path()), a.Ref.Name(), string(a.Ref.Parent()), string(a.Kind), a.Technology, a.Host, a.ID,
				a.Source.Owner, a.Source.Comment, string(columns), "null", "2026-01-01T00:00:00Z", strings.Repeat("0", 64), "", ""}}
		},
	}
	termCopy = copying{`copy public.asset_terms (term, ref) from stdin`, func(a catalog.Asset) (rows [][]any) {
		for _, word := range a.Words() {
			rows = append(rows, []any{"w" + word, string(a.Ref)})
		}
		return rows
	}}
	plainCopy = copying{`copy public.plain (ref, kind, id, body) from stdin`, func(a catalog.Asset) [][]any {
		body, _ := json.Marshal(a)
		return [][]any{{string(a.Ref), string(a.Kind), a.ID, string(body)}}
	}}
)

// copied is the time that one transaction of COPYs takes.
func copied(ctx context.Context, db *sql.DB, count int, all ...copying) (time.Duration, error) {
	begin := time.Now()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }()
	for _, c := range all {
		if err := c.run(ctx, tx, count); err != nil {
			return 0, err
		}
	}
	err = tx.Commit()
	return time.Since(begin), err
}

func (c copying) run(ctx context.Context, tx *sql.Tx, count int) error {
	in, err := tx.PrepareContext(ctx, c.statement)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	for a, err := range manyTables(count) {
		if err != nil {
			return err
		}
		for _, row := range c.rows(a) {
			if _, err := in.ExecContext(ctx, row...); err != nil {
				return err
			}
		}
	}
	_, err = in.ExecContext(ctx)
	return err
}
