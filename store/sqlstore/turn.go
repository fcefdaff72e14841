package sqlstore

import (
	"context"
	"hash/fnv"

	"github.com/jmoiron/sqlx"
)

// turn is the right to write the assets of one connection, which one Replace has
// at a time. What it holds up meanwhile depends on the database.
type turn interface {
	// reader is what the assets are read from.
	reader() sqlx.QueryerContext

	// write runs do in a transaction.
	write(ctx context.Context, do func(tx *sqlx.Tx) error) error

	// keep is called again and again while nothing is written.
	keep(ctx context.Context) error

	// end keeps what was written, or as little of it as can be, and lets the next
	// one have its turn. After an end that succeeded, another does nothing.
	end(ctx context.Context, keep bool) error
}

// takeTurn waits until nobody else has the turn.
func (s *Store) takeTurn(ctx context.Context, connection string) (turn, error) {
	if s.on == onSQLite {
		return s.takeLease(ctx, connection)
	}
	return s.takeLock(ctx, connection)
}

// lockedTurn is one transaction from beginning to end: readers see all of it or
// nothing, and nobody else is held up.
type lockedTurn struct{ tx *sqlx.Tx }

func (s *Store) takeLock(ctx context.Context, connection string) (turn, error) {
	tx, err := s.write.BeginTxx(ctx, nil)
	if err != nil {
		return nil, err
	}
	ctx, cancel := unhurried(ctx)
	defer cancel()
	// The stream that is read meanwhile may be slow to come.
	if _, err := tx.ExecContext(ctx, `set local idle_in_transaction_session_timeout to '15min'`); err != nil {
		_ = tx.Rollback()
		return nil, err
	}
	hash := fnv.New64a()
	hash.Write([]byte("grantwright.assets/" + connection))
	if _, err := tx.ExecContext(ctx, `select pg_advisory_xact_lock($1)`, int64(hash.Sum64())); err != nil {
		_ = tx.Rollback()
		return nil, err
	}
	if err := s.checkMigrated(ctx, tx); err != nil { // since it has waited for its turn
		_ = tx.Rollback()
		return nil, err
	}
	return lockedTurn{tx}, nil
}

func (t lockedTurn) reader() sqlx.QueryerContext { return t.tx }

func (t lockedTurn) write(_ context.Context, do func(tx *sqlx.Tx) error) error { return do(t.tx) }

func (t lockedTurn) keep(context.Context) error { return nil }

func (t lockedTurn) end(_ context.Context, keep bool) error {
	if keep {
		return t.tx.Commit()
	}
	return t.tx.Rollback()
}
