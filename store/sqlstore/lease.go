package sqlstore

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/grantwright/grantwright/store"
)

const (
	leaseLasts  = 10 * time.Second // without a sign of life, then anyone may take over
	leaseKept   = leaseLasts / 4   // between two signs of life
	leaseAsked  = 50 * time.Millisecond
	leaseReturn = 5 * time.Second // for giving it back when ctx has ended
)

// leasedTurn is a row in the table of turns. SQLite has one writer at a time: a
// transaction that stayed open while a stream is read would hold up all others,
// so each batch has its own, in which the lease is looked at and made longer.
type leasedTurn struct {
	store      *Store
	connection string
	holder     string
	kept       time.Time // the last sign of life
	over       bool
}

var errTurnLost = fmt.Errorf("%w: another sync of the connection took over, because this one stood still", store.ErrConflict)

// takeLease asks until it has the turn: the holder may be another process, of
// which nobody hears when it is done.
func (s *Store) takeLease(ctx context.Context, connection string) (turn, error) {
	t := &leasedTurn{store: s, connection: connection, holder: rand.Text()}
	for wait := time.Millisecond; ; wait = min(2*wait, leaseAsked) {
		if taken, err := t.take(ctx); err != nil || taken {
			return t, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		case <-timer.C:
		}
	}
}

func (t *leasedTurn) take(ctx context.Context) (bool, error) {
	now := time.Now()
	result, err := t.store.write.ExecContext(ctx, `insert into grantwright_turns (connection, holder, until) values ($1, $2, $3)
		on conflict (connection) do update set holder = excluded.holder, until = excluded.until
		where grantwright_turns.until < $4`, t.connection, t.holder, moment(now.Add(leaseLasts)), moment(now))
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	t.kept = now
	return n == 1, err
}

func (t *leasedTurn) reader() sqlx.QueryerContext { return t.store.read }

func (t *leasedTurn) write(ctx context.Context, do func(tx *sqlx.Tx) error) error {
	tx, err := t.store.write.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	now := time.Now()
	if err := t.ours(tx.ExecContext(ctx, `update grantwright_turns set until = $3 where connection = $1 and holder = $2`,
		t.connection, t.holder, moment(now.Add(leaseLasts)))); err != nil {
		return err
	}
	if err := t.store.checkMigrated(ctx, tx); err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return err
	}
	t.kept = now
	return tx.Commit()
}

func (t *leasedTurn) keep(ctx context.Context) error {
	if time.Since(t.kept) < leaseKept {
		return nil
	}
	return t.write(ctx, func(*sqlx.Tx) error { return nil })
}

// end cannot take back what was written.
func (t *leasedTurn) end(ctx context.Context, keep bool) error {
	if t.over {
		return nil
	}
	if !keep {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseReturn)
		defer cancel()
		ctx = late
	}
	err := t.ours(t.store.write.ExecContext(ctx, `delete from grantwright_turns where connection = $1 and holder = $2`, t.connection, t.holder))
	t.over = err == nil
	return err
}

// ours says whether one row was changed, that of our lease.
func (t *leasedTurn) ours(result interface{ RowsAffected() (int64, error) }, err error) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return errTurnLost
}
