package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/grantwright/grantwright/store"
)

// In returns a context under which the Store reads and writes in a transaction of the
// host's on the same database, and a function to call once the host has committed it:
//
//	within, committed := records.In(ctx, tx)
//	req, err := engine.Submit(within, by, submission)
//	...
//	if err := tx.Commit(); err == nil {
//		committed()
//	}
//
// The acts of within are committed with the rows of the host, or rolled back with them.
// They see what the transaction has written, and others do not. Work on a platform and
// notices begin when committed is called; if the process ends before, other processes,
// or the next one, find the work.
//
// A commit of ours is done to a savepoint of its own: what is refused, such as a record
// that another has changed (store.ErrConflict), leaves nothing behind, the act tries
// again, and the transaction of the host goes on. Where the database itself fails a
// statement, as in a deadlock, the error is the driver's, and the host rolls back.
//
// From the first commit of ours on, all others wait until the host's transaction ends:
// let acts come last in it, and let it end soon. On PostgreSQL it must be READ COMMITTED,
// on SQLite begun as immediate. Syncs, migrations and waiting for a grant are for other
// contexts, and work on a platform that an act would do at once is refused with an error
// that wraps store.ErrConflict, or left to the worker.
func (s *Store) In(ctx context.Context, tx *sql.Tx) (within context.Context, committed func()) {
	within, committed = store.Join(ctx)
	return context.WithValue(within, joinKey{s}, &joined{tx: &sqlx.Tx{Tx: tx, Mapper: s.write.Mapper}}), committed
}

type joinKey struct{ of *Store }

// joined is the transaction of a host. Statements take turns in it.
type joined struct {
	mu sync.Mutex
	tx *sqlx.Tx
}

func (s *Store) joined(ctx context.Context) *joined {
	j, _ := ctx.Value(joinKey{s}).(*joined)
	return j
}

// selectAll reads rows, in the transaction that the context belongs to.
func (s *Store) selectAll(ctx context.Context, rows any, query string, args ...any) error {
	j := s.joined(ctx)
	if j == nil {
		return s.read.SelectContext(ctx, rows, query, args...)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.tx.SelectContext(ctx, rows, query, args...)
}

// errIsolation says what a host has to change.
var errIsolation = errors.New("sqlstore: the transaction of the host must be READ COMMITTED")

// commitIn does one commit in the transaction of a host.
func (s *Store) commitIn(ctx context.Context, j *joined, c store.Commit) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := j.tx.ExecContext(ctx, `savepoint grantwright`); err != nil {
		return failedIn(ctx, err)
	}
	err := s.commitOne(ctx, j.tx, c)
	if err == nil {
		_, err = j.tx.ExecContext(ctx, `release savepoint grantwright`)
	} else {
		err = errors.Join(err, undo(ctx, j.tx))
	}
	return failedIn(ctx, err)
}

// failedIn says what an error means to a host. What the database has refused itself is no
// ErrConflict: another try in the same transaction would end in the same way.
func failedIn(ctx context.Context, err error) error {
	taken := (*store.TakenError)(nil)
	switch {
	case err == nil || errors.As(err, &taken) || errors.Is(err, store.ErrConflict):
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("sqlstore: writing in a transaction of the host: %w", ctx.Err())
	case otherIsolation(err):
		return fmt.Errorf("%w: %w", errIsolation, err)
	}
	return fmt.Errorf("sqlstore: writing in a transaction of the host: %w", err)
}

func (s *Store) commitOne(ctx context.Context, tx *sqlx.Tx, c store.Commit) error {
	if s.on == onSQLite {
		if err := s.checkMigrated(ctx, tx); err != nil {
			return err
		}
		return (&writing{tx: tx}).run(ctx, c)
	}
	outcomes, err := commitOn(ctx, tx, []*pending{{c: c}})
	if err != nil {
		return err
	}
	return outcomes[0]
}

// undo goes back to the savepoint, also when the context is over.
func undo(ctx context.Context, tx *sqlx.Tx) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
	defer cancel()
	for _, statement := range []string{`rollback to savepoint grantwright`, `release savepoint grantwright`} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

const undoTimeout = 5 * time.Second
