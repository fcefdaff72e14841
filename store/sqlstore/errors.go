package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/grantwright/grantwright/store"
)

// ErrNotMigrated is wrapped when the tables are not there, or are those of an
// earlier release: call Migrate.
var ErrNotMigrated = errors.New("sqlstore: the database is not migrated, call Migrate first")

// ErrNewer is wrapped when the tables are those of a later release.
var ErrNewer = errors.New("sqlstore: the database belongs to a newer release")

var (
	errIsSQLite   = errors.New("sqlstore: this is a database of SQLite, use NewSQLite")
	errIsPostgres = errors.New("sqlstore: this is a database of PostgreSQL, use New")
)

// failed says what an error of the database means. A driver's error does not
// always unwrap to that of the context which caused it.
func (s *Store) failed(ctx context.Context, doing string, err error) error {
	if ended := ctx.Err(); ended != nil {
		return fmt.Errorf("sqlstore: %s: %w", doing, ended)
	}
	switch means := s.meaning(err); means {
	case nil:
		return fmt.Errorf("sqlstore: %s: %w", doing, err)
	case store.ErrConflict:
		return fmt.Errorf("sqlstore: %s: %w: %w", doing, means, err)
	default:
		return fmt.Errorf("%w: %w", means, err)
	}
}

// meaning finds the error of the driver, however it is wrapped.
func (s *Store) meaning(err error) error {
	var postgres interface{ SQLState() string }
	var sqlite interface{ Code() int }
	switch {
	case errors.As(err, &postgres):
		return s.ofPostgres(postgres.SQLState())
	case errors.As(err, &sqlite):
		return s.ofSQLite(sqlite.Code(), err.Error())
	}
	return nil
}

// The codes of PostgreSQL that mean something to us.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	lockNotAvailable     = "55P03"
	undefinedTable       = "42P01"
	undefinedFunction    = "42883"

	insufficientPrivilege = "42501"
	statementGone         = "26000" // somebody has discarded it, or a pooler gave the transaction another server

	invalidTransactionState = "25000"
	invalidSchemaName       = "3F000"
)

func (s *Store) ofPostgres(code string) error {
	if s.on != onPostgres {
		return errIsPostgres
	}
	switch code {
	case serializationFailure, deadlockDetected, lockNotAvailable, statementGone:
		return store.ErrConflict
	case undefinedTable, undefinedFunction, invalidSchemaName:
		return ErrNotMigrated
	}
	return nil
}

// The codes of SQLite that mean something to us. What stands above the lowest
// byte says more of the same.
const (
	sqliteError  = 1
	sqliteBusy   = 5
	sqliteLocked = 6
)

func (s *Store) ofSQLite(code int, text string) error {
	if s.on != onSQLite {
		return errIsSQLite
	}
	switch code & 0xff {
	case sqliteBusy, sqliteLocked:
		return store.ErrConflict
	case sqliteError:
		if strings.Contains(text, "no such table: grantwright_") {
			return ErrNotMigrated
		}
	}
	return nil
}
