package sqlstore

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/store"
)

var _ store.Placed = (*Store)(nil)

const placeQuery = `select (select system_identifier::text from pg_control_system()) || '/' || oid from pg_database where datname = current_database()`

// Place is the id of the database that the Store is in, as the Source of a connection to
// the same server gives it: none for SQLite, and where the role may not know.
func (s *Store) Place(ctx context.Context) (string, error) {
	if s.on == onSQLite {
		return "", nil
	}
	var ids []string
	err := s.selectAll(ctx, &ids, placeQuery)
	var failed interface{ SQLState() string }
	if errors.As(err, &failed) && failed.SQLState() == insufficientPrivilege {
		return "", nil
	}
	if err != nil {
		return "", s.failed(ctx, "looking for the database", err)
	}
	return ids[0], nil
}
