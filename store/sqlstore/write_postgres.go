package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/grantwright/grantwright/store"
)

// commitPostgres does some commits in one statement.
func (s *Store) commitPostgres(ctx context.Context, group []*pending) ([]error, error) {
	if !s.isolated.Load() {
		outcomes, err := commitOn(ctx, s.write, group)
		if !otherIsolation(err) {
			return outcomes, err
		}
		s.isolated.Store(true)
	}
	tx, err := s.write.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	outcomes, err := commitOn(ctx, tx, group)
	if err != nil {
		return nil, err
	}
	return outcomes, tx.Commit()
}

// otherIsolation reports whether a session sees its commits as of their begin: it has
// not seen what others did while it waited for its turn.
func otherIsolation(err error) bool {
	var failed interface{ SQLState() string }
	return errors.As(err, &failed) && failed.SQLState() == invalidTransactionState
}

// refusal is a row that the function returns: a commit that it has not done.
type refusal struct {
	Change int            `db:"change"`
	Kind   string         `db:"kind"`
	Name   sql.NullString `db:"name"`
	Value  sql.NullString `db:"value"`
	ID     string         `db:"id"`
}

func (r refusal) error() error {
	if r.Name.Valid {
		return &store.TakenError{Kind: r.Kind, Name: r.Name.String, Value: r.Value.String, ID: r.ID}
	}
	return fmt.Errorf("%w: %s %q", store.ErrConflict, r.Kind, r.ID)
}

// commitText fails where another release has migrated the tables since this process has
// looked: the first list cannot be read then, before anything is written.
const commitText = `select change, kind, name, value, id
	from grantwright.commit_7((select case when version = $16 then $1::int[] else ('migration ' || version)::int[] end
		from (select coalesce(max(version), 0) as version from grantwright.migrations) m),
		$2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`

func commitOn(ctx context.Context, on sqlx.QueryerContext, group []*pending) ([]error, error) {
	var refused []refusal
	if err := sqlx.SelectContext(ctx, on, &refused, commitText, append(arguments(group), len(migrations[onPostgres]))...); err != nil {
		return nil, err
	}
	outcomes := make([]error, len(group))
	for _, r := range refused {
		outcomes[r.Change-1] = r.error()
	}
	return outcomes, nil
}

// arguments spreads some commits over the lists that the function takes.
func arguments(group []*pending) []any {
	var writes, entries, uniques struct {
		of                           []int64
		act, kind, id, name, val, or []string
		version, digest              []int64
	}
	add := func(change int64, act string, k store.Key, version, digest int64) {
		writes.of, writes.act, writes.kind, writes.id = append(writes.of, change), append(writes.act, act), append(writes.kind, k.Kind), append(writes.id, k.ID)
		writes.version, writes.digest = append(writes.version, version), append(writes.digest, digest)
	}
	var bodies []sql.NullString
	var numbered []string // kinds
	for i, p := range group {
		change := int64(i + 1)
		for _, w := range p.c.Writes {
			w.Entries, w.Unique = distinct(w.Entries), distinct(w.Unique)
			add(change, actOf(w), w.Key(), w.Version, entriesDigest(w))
			bodies = append(bodies, sql.NullString{String: string(w.Body), Valid: w.Body != nil})
			if w.ID == "" && !slices.Contains(numbered, w.Kind) {
				numbered = append(numbered, w.Kind)
			}
			place := int64(len(writes.of))
			for _, e := range w.Entries {
				entries.of, entries.name, entries.val, entries.or = append(entries.of, place), append(entries.name, e.Index), append(entries.val, keyValue(e.Value)), append(entries.or, e.Order)
			}
			for _, u := range w.Unique {
				uniques.of, uniques.name, uniques.val = append(uniques.of, place), append(uniques.name, u.Name), append(uniques.val, u.Value)
			}
		}
		for _, h := range p.c.Holds {
			add(change, "h", h.Key, h.Version, 0)
			bodies = append(bodies, sql.NullString{})
		}
	}
	return []any{numbersOf(writes.of), textsOf(writes.act), textsOf(writes.kind), textsOf(writes.id), numbersOf(writes.version), nullableTexts(bodies), numbersOf(writes.digest),
		numbersOf(entries.of), textsOf(entries.name), textsOf(entries.val), textsOf(entries.or),
		numbersOf(uniques.of), textsOf(uniques.name), textsOf(uniques.val), textsOf(numbered)}
}

// actOf is how the function calls a kind of write.
func actOf(w store.Write) string {
	switch {
	case w.Body == nil:
		return "d"
	case w.Version == 0:
		return "i"
	}
	return "u"
}

// entriesDigest is equal for two writes with the same entries and unique values, whatever their
// order. Others have another one: two lists meet in eight bytes of SHA-256 once in 2^64.
func entriesDigest(w store.Write) int64 {
	texts := make([]string, 0, len(w.Entries)+len(w.Unique))
	for _, e := range w.Entries {
		texts = append(texts, e.Index+"\x00"+e.Value+"\x00"+e.Order)
	}
	for _, u := range w.Unique {
		texts = append(texts, u.Name+"\x00"+u.Value)
	}
	slices.Sort(texts)
	sum := sha256.Sum256([]byte(strings.Join(texts, "\xff")))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}
