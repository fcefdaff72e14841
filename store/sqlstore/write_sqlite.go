package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"github.com/grantwright/grantwright/store"
)

// commitSQLite does some commits in one transaction, each up to a savepoint of its own.
func (s *Store) commitSQLite(ctx context.Context, group []*pending) (outcomes []error, err error) {
	tx, err := s.write.BeginTxx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	if err := s.checkMigrated(ctx, tx); err != nil {
		return nil, err
	}
	outcomes = make([]error, len(group))
	for i, p := range group {
		if outcomes[i], err = commitWithin(ctx, tx, p.c, len(group) > 1); err != nil {
			return nil, err
		}
		if outcomes[i] != nil && len(group) == 1 {
			return outcomes, nil
		}
	}
	return outcomes, tx.Commit()
}

// commitWithin does one commit in a transaction. One that is refused leaves nothing
// behind, if others are in it too.
func commitWithin(ctx context.Context, tx *sqlx.Tx, c store.Commit, others bool) (refused, err error) {
	if others {
		if _, err := tx.ExecContext(ctx, `savepoint one`); err != nil {
			return nil, err
		}
	}
	w := writing{tx: tx}
	err = w.run(ctx, c)
	if taken := (*store.TakenError)(nil); errors.As(err, &taken) || errors.Is(err, store.ErrConflict) {
		refused, err = err, nil
	}
	if err == nil && refused != nil && others {
		_, err = tx.ExecContext(ctx, `rollback to one`)
	}
	if err == nil && others {
		_, err = tx.ExecContext(ctx, `release one`)
	}
	return refused, err
}

// writing is one commit in a transaction.
type writing struct {
	tx *sqlx.Tx

	inserts, updates, deletes [][]any // of records
	old                       [][]any // records whose entries and unique values go first
	entries, unique           [][]any
}

func (w *writing) run(ctx context.Context, c store.Commit) error {
	if err := w.checkHolds(ctx, c.Holds); err != nil {
		return err
	}
	writes, err := w.number(ctx, c.Writes)
	if err != nil {
		return err
	}
	w.sort(writes)
	return w.write(ctx)
}

// checkHolds finds a record that is not as it was read.
func (w *writing) checkHolds(ctx context.Context, holds []store.Hold) error {
	if len(holds) == 0 {
		return nil
	}
	rows := make([][]any, len(holds))
	for i, h := range holds {
		rows[i] = []any{h.Kind, h.ID, h.Version}
	}
	return changedHolds.each(rows, nil, func(query string, args []any) error {
		var changed []string
		if err := w.tx.SelectContext(ctx, &changed, query, args...); err != nil || len(changed) == 0 {
			return err
		}
		return fmt.Errorf("%w: %s", store.ErrConflict, changed[0])
	})
}

var changedHolds = batch{
	head:  `with v (kind, id, version) as (values `,
	group: `(?, ?, ?)`,
	tail: `) select v.kind || ' ' || v.id from v left join grantwright_records r on r.kind = v.kind and r.id = v.id
		where coalesce(r.version, 0) <> v.version`,
	unnumbered: true,
}

// number gives inserts without an id the next number of their kind.
func (w *writing) number(ctx context.Context, writes []store.Write) ([]store.Write, error) {
	wanted := map[string]int64{}
	for _, r := range writes {
		if r.ID == "" {
			wanted[r.Kind]++
		}
	}
	if len(wanted) == 0 {
		return writes, nil
	}
	next := map[string]int64{}
	for kind, n := range wanted {
		var last int64
		if err := w.tx.GetContext(ctx, &last, `insert into grantwright_numbers (kind, last) values ($1, $2)
			on conflict (kind) do update set last = last + excluded.last returning last`, kind, n); err != nil {
			return nil, err
		}
		next[kind] = last - n + 1
	}
	writes = slices.Clone(writes)
	for i, r := range writes {
		if r.ID == "" {
			writes[i].ID = store.OrderNumber(next[r.Kind])
			next[r.Kind]++
		}
	}
	return writes, nil
}

func (w *writing) sort(writes []store.Write) {
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
		w.sortEntries(r)
	}
}

func (w *writing) sortEntries(r store.Write) {
	for _, e := range distinct(r.Entries) {
		w.entries = append(w.entries, []any{r.Kind, e.Index, keyValue(e.Value), e.Order, r.ID})
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

func (w *writing) write(ctx context.Context) error {
	for _, step := range []struct {
		statement batch
		rows      [][]any
		all       bool // each row must count, or another came first
	}{
		{insertRecords, w.inserts, true},
		{updateRecords, w.updates, true},
		{deleteRecords, w.deletes, true},
		{deleteEntries, w.old, false},
		{deleteUnique, w.old, false},
		{insertEntries, w.entries, true},
	} {
		n, err := w.exec(ctx, step.statement, step.rows)
		if err != nil {
			return err
		}
		if step.all && n != len(step.rows) {
			return fmt.Errorf("%w: %d of %d records or entries were as they were read", store.ErrConflict, n, len(step.rows))
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
	err = holders.each(w.unique, nil, func(query string, args []any) error {
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

func (w *writing) exec(ctx context.Context, b batch, rows [][]any) (n int, err error) {
	err = b.each(rows, nil, func(query string, args []any) error {
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

// The statements of a commit.
var (
	insertRecords = batch{
		head:       `insert into grantwright_records (kind, id, version, body) values `,
		group:      `(?, ?, 1, ?)`,
		tail:       ` on conflict do nothing`,
		unnumbered: true,
	}
	updateRecords = batch{
		head:  `with v (kind, id, version, body) as (values `,
		group: `(cast(? as text), cast(? as text), cast(? as bigint), cast(? as text))`,
		tail: `), locked as (
				select r.kind, r.id, v.version, v.body from grantwright_records r
				join v on r.kind = v.kind and r.id = v.id and r.version = v.version)
			update grantwright_records as r set version = locked.version + 1, body = locked.body
			from locked where r.kind = locked.kind and r.id = locked.id`,
		unnumbered: true,
	}
	deleteRecords = batch{
		head:  `with v (kind, id, version) as (values `,
		group: `(cast(? as text), cast(? as text), cast(? as bigint))`,
		tail: `), locked as (
				select r.kind, r.id from grantwright_records r
				join v on r.kind = v.kind and r.id = v.id and r.version = v.version)
			delete from grantwright_records where (kind, id) in (select kind, id from locked)`,
		unnumbered: true,
	}
	deleteEntries = batch{
		head:       `with v (kind, id) as (values `,
		group:      `(cast(? as text), cast(? as text))`,
		tail:       `) delete from grantwright_entries where (kind, id) in (select kind, id from v)`,
		unnumbered: true,
	}
	deleteUnique = batch{
		head:       `with v (kind, id) as (values `,
		group:      `(cast(? as text), cast(? as text))`,
		tail:       `) delete from grantwright_unique_values where (kind, id) in (select kind, id from v)`,
		unnumbered: true,
	}
	insertEntries = batch{
		head:       `insert into grantwright_entries (kind, name, value, ord, id) values `,
		group:      `(?, ?, ?, ?, ?)`,
		tail:       ` on conflict do nothing`,
		unnumbered: true,
	}
	insertUnique = batch{
		head:       `insert into grantwright_unique_values (kind, name, value, id) values `,
		group:      `(?, ?, ?, ?)`,
		tail:       ` on conflict do nothing`,
		unnumbered: true,
	}
	holders = batch{
		head:  `with v (kind, name, value, id) as (values `,
		group: `(cast(? as text), cast(? as text), cast(? as text), cast(? as text))`,
		tail: `) select u.kind, u.name, u.value, u.id from grantwright_unique_values u
			join v on v.kind = u.kind and v.name = u.name and v.value = u.value and v.id <> u.id order by 1, 2, 3 limit 1`,
		unnumbered: true,
	}
)
