// Package mariadbsource reads the objects of a MariaDB server.
//
// A Source reads every database that is not the server's own, nor Grantwright's,
// through procedures that an administrator installs once: mariadbprovision's Setup
// lists them. Its login needs no right on any object. Tables of every engine and
// views are assets; sequences and temporary tables are not. A view's owner is the
// account with whose rights it reads; a table has none.
//
// MariaDB has no ids that outlive everything. That of a table is InnoDB's, which is
// another one after TRUNCATE and after an ALTER TABLE that copies; where another engine
// keeps the table it is the second in which it was made. That of a view is a digest of
// what it says. A database has its name alone.
package mariadbsource

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/mariadbwire"
)

// Technology is that of all assets which a Source reads.
const Technology = "mariadb"

// queryTime bounds the reading of the tables, or the columns, of one database.
const queryTime = 90 * time.Second

// errClosed ends the streams of a Source that was closed.
var errClosed = errors.New("mariadbsource: the source is closed")

// Source reads one server. It may be used by any number of goroutines; each stream
// has a connection of its own, and between streams none is open.
type Source struct {
	// Admit takes the server's own id, and returns the one with which the ids of assets
	// begin, or an error where no asset of that server is to be read. Nil is the server's
	// own. It is set before the first stream.
	Admit func(id string) (string, error)

	connection catalog.Connection
	address    mariadbwire.Address
	home       string
	closing    context.Context
	close      context.CancelCauseFunc
}

var _ catalog.Source = (*Source)(nil)

// Open returns a Source for a connection, after it has reached the server once. The
// installation is the one that the server was set up for.
func Open(ctx context.Context, connection catalog.Connection, password, installation string) (*Source, error) {
	address, err := mariadbwire.Parse(connection.URL, password)
	if err != nil {
		return nil, fmt.Errorf("connection %s: %w", connection.Name, err)
	}
	s := &Source{connection: connection, address: address, home: "`" + mariadbwire.Home(installation) + "`"}
	s.closing, s.close = context.WithCancelCause(context.Background())
	err = s.with(ctx, func(ctx context.Context, db *sql.DB) error {
		var folds int
		if err := db.QueryRowContext(ctx, "select @@lower_case_table_names").Scan(&folds); err != nil {
			return err
		}
		return address.CheckFolding(folds)
	})
	if err != nil {
		return nil, fmt.Errorf("connection %s: %w", connection.Name, err)
	}
	return s, nil
}

// Close ends the streams that are under way. Closing twice is fine.
func (s *Source) Close() error {
	s.close(errClosed)
	return nil
}

// with gives f one connection, which is closed afterwards.
func (s *Source) with(ctx context.Context, f func(context.Context, *sql.DB) error) error {
	db, err := s.address.Pool(1, time.Minute)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return f(ctx, db)
}

// Assets streams root and everything below it, one database after another. The id of an
// object is that of the server, which Setup gave it, a slash, and its own.
//
// A database that cannot be read is an asset and a *PartialError. An object whose name
// cannot be part of a Ref, because it is too long, is a *PartialError under the name
// "(table t17)" in its database, so that it spares nothing but itself.
func (s *Source) Assets(ctx context.Context, root catalog.Ref) iter.Seq2[catalog.Asset, error] {
	return func(yield func(catalog.Asset, error) bool) {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		defer context.AfterFunc(s.closing, func() { cancel(errClosed) })()

		r := &reading{Source: s, root: root, path: root.Path(), yield: yield}
		err := s.with(ctx, r.run)
		if cause := context.Cause(ctx); err != nil && cause != nil {
			err = cause
		}
		if err != nil && !errors.Is(err, errLeft) {
			yield(catalog.Asset{}, fmt.Errorf("connection %s: %w", s.connection.Name, mariadbwire.Explain(err)))
		}
	}
}
