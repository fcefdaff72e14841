package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"github.com/grantwright/grantwright/store"
)

// Write does all of the writes or none, in one transaction.
func (s *Store) Write(ctx context.Context, writes []store.Write) error {
	if err := store.CheckWrites(writes); err != nil {
		return err
	}
	if err := s.ready(ctx); err != nil || len(writes) == 0 {
		return err
	}
	tx, err := s.write.BeginTxx(ctx, nil)
	if err != nil {
		return s.failed(ctx, "writing", err)
	}
	defer func() { _ = tx.Rollback() }()
	w := writing{tx: tx, on: s.on}
	w.sort(writes)
	err = w.run(ctx)
	if err == nil {
		err = tx.Commit()
	}
	var taken *store.TakenError
	if err == nil || errors.As(err, &taken) {
		return err
	}
	return s.failed(ctx, "writing", err)
}

// writing is one transaction. The rows of each statement are in one order for
// all writers, so that they seldom wait for each other in a circle.
type writing struct {
	tx *sqlx.Tx
	on dialect

	inserts, updates, deletes [][]any // of records
	old                       [][]any // records whose keys and unique values go first
	keys, unique              [][]any
}

func (w *writing) sort(writes []store.Write) {
	writes = slices.Clone(writes)
	slices.SortFunc(writes, func(a, b store.Write) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	for _, r := range writes {
		switch {
		case r.Body == nil:
			w.deletes = append(w.deletes, []any{r.Kind, r.ID, r.Version})
		case r.Version == 0:
			w.inserts = append(w.inserts, []any{r.Kind, r.ID, string(r.Body)})
		default:
			w.updates = append(w.updates, []any{r.Kind, r.ID, r.Version, string(r.Body)})
		}
		if r.Version > 0 {
			w.old = append(w.old, []any{r.Kind, r.ID})
		}
		w.sortKeys(r)
	}
	byText := func(a, b []any) int {
		return slices.CompareFunc(a, b, func(a, b any) int { return cmp.Compare(a.(string), b.(string)) })
	}
	slices.SortFunc(w.unique, byText)
	slices.SortFunc(w.keys, byText)
}

func (w *writing) sortKeys(r store.Write) {
	for _, k := range distinct(r.Keys) {
		w.keys = append(w.keys, []any{r.Kind, k.Index, keyValue(k.Value), k.Order, r.ID})
	}
	for _, u := range distinct(r.Unique) {
		w.unique = append(w.unique, []any{r.Kind, u.Name, u.Value, r.ID})
	}
}

// distinct leaves out what stands twice.
func distinct[T comparable](all []T) []T {
	var kept []T
	seen := make(map[T]bool, len(all))
	for _, v := range all {
		if !seen[v] {
			seen[v] = true
			kept = append(kept, v)
		}
	}
	return kept
}

func (w *writing) run(ctx context.Context) error {
	for _, step := range []struct {
		statement batches
		rows      [][]any
		all       bool // each row must count, or another came first
	}{
		{insertRecords, w.inserts, true},
		{updateRecords, w.updates, true},
		{deleteRecords, w.deletes, true},
		{deleteKeys, w.old, false},
		{deleteUnique, w.old, false},
		{insertKeys, w.keys, true},
	} {
		n, err := w.exec(ctx, step.statement, step.rows)
		if err != nil {
			return err
		}
		if step.all && n != len(step.rows) {
			return fmt.Errorf("%w: %d of %d records or keys were as they were read", store.ErrConflict, n, len(step.rows))
		}
	}
	return w.claim(ctx)
}

// claim inserts the unique values. If one is another record's, it says whose.
func (w *writing) claim(ctx context.Context) error {
	n, err := w.exec(ctx, insertUnique, w.unique)
	if err != nil || n == len(w.unique) {
		return err
	}
	err = holders[w.on].each(w.unique, nil, func(query string, args []any) error {
		var held []takenRow
		if err := w.tx.SelectContext(ctx, &held, query, args...); err != nil || len(held) == 0 {
			return err
		}
		taken := store.TakenError(held[0])
		return &taken
	})
	if err == nil {
		// Whoever held it has let go meanwhile.
		err = fmt.Errorf("%w: a unique value", store.ErrConflict)
	}
	return err
}

func (w *writing) exec(ctx context.Context, b batches, rows [][]any) (n int, err error) {
	err = b[w.on].each(rows, nil, func(query string, args []any) error {
		result, err := w.tx.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		affected, err := result.RowsAffected()
		n += int(affected)
		return err
	})
	return n, err
}

// takenRow has the fields of a TakenError.
type takenRow struct {
	Kind  string `db:"kind"`
	Name  string `db:"name"`
	Value string `db:"value"`
	ID    string `db:"id"`
}

// The statements of a Write.
var (
	insertRecords = bothBatch(batch{
		head:  `insert into grantwright.records (kind, id, version, body) values `,
		group: `(?, ?, 1, ?)`,
		tail:  ` on conflict do nothing`,
	})
	updateRecords = bothBatch(batch{
		head:  `with v (kind, id, version, body) as (values `,
		group: `(cast(? as text), cast(? as text), cast(? as bigint), cast(? as text))`,
		tail: `), locked as (
				select r.kind, r.id, v.version, v.body from grantwright.records r
				join v on r.kind = v.kind and r.id = v.id and r.version = v.version` + lockInOrder + `)
			update grantwright.records as r set version = locked.version + 1, body = locked.body
			from locked where r.kind = locked.kind and r.id = locked.id`,
	})
	deleteRecords = bothBatch(batch{
		head:  `with v (kind, id, version) as (values `,
		group: `(cast(? as text), cast(? as text), cast(? as bigint))`,
		tail: `), locked as (
				select r.kind, r.id from grantwright.records r
				join v on r.kind = v.kind and r.id = v.id and r.version = v.version` + lockInOrder + `)
			delete from grantwright.records where (kind, id) in (select kind, id from locked)`,
	})
	deleteKeys = bothBatch(batch{
		head:  `with v (kind, id) as (values `,
		group: `(cast(? as text), cast(? as text))`,
		tail:  `) delete from grantwright.keys where (kind, id) in (select kind, id from v)`,
	})
	deleteUnique = bothBatch(batch{
		head:  `with v (kind, id) as (values `,
		group: `(cast(? as text), cast(? as text))`,
		tail:  `) delete from grantwright.unique_values where (kind, id) in (select kind, id from v)`,
	})
	insertKeys = bothBatch(batch{
		head:  `insert into grantwright.keys (kind, name, value, ord, id) values `,
		group: `(?, ?, ?, ?, ?)`,
		tail:  ` on conflict do nothing`,
	})
	insertUnique = bothBatch(batch{
		head:  `insert into grantwright.unique_values (kind, name, value, id) values `,
		group: `(?, ?, ?, ?)`,
		tail:  ` on conflict do nothing`,
	})
	holders = bothBatch(batch{
		head:  `with v (kind, name, value, id) as (values `,
		group: `(cast(? as text), cast(? as text), cast(? as text), cast(? as text))`,
		tail: `) select u.kind, u.name, u.value, u.id from grantwright.unique_values u
			join v on v.kind = u.kind and v.name = u.name and v.value = u.value and v.id <> u.id order by 1, 2, 3 limit 1`,
	})
)
