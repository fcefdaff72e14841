package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/grantwright/grantwright/store"
)

// ErrNotMigrated is wrapped when the tables are not there, or are those of an
// earlier release: call Migrate.
var ErrNotMigrated = errors.New("sqlstore: the database is not migrated, call Migrate first")

// ErrNewer is wrapped when the tables are those of a later release, beside store.ErrAway:
// another process, of that release, can do what this one cannot.
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
	case store.ErrConflict, store.ErrAway:
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
	case unreachable(err):
		return store.ErrAway
	}
	return nil
}

// unreachable reports whether a connection could not be made, or broke.
func unreachable(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// The codes of PostgreSQL that mean something to us.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	lockNotAvailable     = "55P03"
	undefinedTable       = "42P01"
	undefinedFunction    = "42883"

	insufficientPrivilege = "42501"
	invalidText           = "22P02" // also of a commit to the tables of another release
	statementGone         = "26000" // somebody has discarded it, or a pooler gave the transaction another server

	invalidTransactionState = "25000"
	invalidSchemaName       = "3F000"
	readOnlyTransaction     = "25006" // of a server that is a standby by now
)

// The classes of codes of PostgreSQL that mean that it is not there for us at present
// (appendix A of its documentation).
const (
	connectionException   = "08"
	insufficientResources = "53" // such as a full disk, or too many connections
	operatorIntervention  = "57" // such as a shutdown
	systemError           = "58" // such as an error of the disk
)

// otherTables is the class of the codes that a statement meets whose tables, columns or
// functions are others.
const otherTables = "42"

func (s *Store) ofPostgres(code string) error {
	if s.on != onPostgres {
		return errIsPostgres
	}
	switch code {
	case serializationFailure, deadlockDetected, lockNotAvailable, statementGone:
		return store.ErrConflict
	case undefinedTable, undefinedFunction, invalidSchemaName:
		return ErrNotMigrated
	case readOnlyTransaction:
		return store.ErrAway
	}
	switch code[:min(2, len(code))] {
	case connectionException, insufficientResources, operatorIntervention, systemError:
		return store.ErrAway
	}
	return nil
}

// The codes of SQLite that mean something to us. What stands above the lowest
// byte says more of the same.
const (
	sqliteError  = 1
	sqliteBusy   = 5
	sqliteLocked = 6

	sqliteReadOnly = 8
	sqliteInOut    = 10
	sqliteFull     = 13
	sqliteCannot   = 14 // open the file
)

func (s *Store) ofSQLite(code int, text string) error {
	if s.on != onSQLite {
		return errIsSQLite
	}
	switch code & 0xff {
	case sqliteBusy, sqliteLocked:
		return store.ErrConflict
	case sqliteReadOnly, sqliteInOut, sqliteFull, sqliteCannot:
		return store.ErrAway
	case sqliteError:
		if strings.Contains(text, "no such table: grantwright_") {
			return ErrNotMigrated
		}
	}
	return nil
}
