package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/store"
)

// ErrNotMigrated is wrapped when the tables are not there, or are those of an
// earlier release: call Migrate.
var ErrNotMigrated = errors.New("sqlstore: the database is not migrated, call Migrate first")

// ErrNewer is wrapped when the tables are those of a later release.
var ErrNewer = errors.New("sqlstore: the database belongs to a newer release")

// The codes of SQL errors that mean something to us.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	lockNotAvailable     = "55P03"
	undefinedTable       = "42P01"
	invalidSchemaName    = "3F000"
)

// failed says what an error of the database means. A driver's error does not
// always unwrap to that of the context which caused it.
func failed(ctx context.Context, doing string, err error) error {
	if ended := ctx.Err(); ended != nil {
		return fmt.Errorf("sqlstore: %s: %w", doing, ended)
	}
	var coded interface{ SQLState() string }
	if errors.As(err, &coded) {
		switch coded.SQLState() {
		case serializationFailure, deadlockDetected, lockNotAvailable:
			return fmt.Errorf("sqlstore: %s: %w: %w", doing, store.ErrConflict, err)
		case undefinedTable, invalidSchemaName:
			return fmt.Errorf("%w: %w", ErrNotMigrated, err)
		}
	}
	return fmt.Errorf("sqlstore: %s: %w", doing, err)
}
