// Package pgsource reads the objects of a PostgreSQL server.
//
// A Source reads every database that its login may connect to and that is not a
// template, each in one read-only transaction, so that what it says of a
// database was true at one moment. It needs no right on any object: the system
// catalogs tell everybody what there is. Left out are the schemas of the system
// (information_schema and all that begin with pg_, temporary ones too). What an
// extension made is read like everything else, because data catalogs list it and
// link to it.
//
// A partition is an asset of its own, beside the partitioned table.
package pgsource

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
)

// Technology is that of all assets which a Source reads.
const Technology = "postgres"

// errClosed ends the streams of a Source that was closed.
var errClosed = errors.New("pgsource: the source is closed")

// Source reads one server. It may be used by any number of goroutines; each
// stream has a connection of its own, and between streams none is open.
type Source struct {
	connection catalog.Connection
	config     pq.Config
	closing    context.Context

	// Admit takes the server's own id, and returns the one with which the ids of assets
	// begin, or an error where no asset of that server is to be read. Nil is the server's
	// own. It is set before the first stream.
	Admit func(id string) (string, error)

	close context.CancelCauseFunc
}

var _ catalog.Source = (*Source)(nil)

// Open returns a Source for a connection, after it has reached the server once.
// The connection's URL names the server, the user, a database to begin with, and
// the sslmode; the password is what its Secret refers to, or empty.
func Open(ctx context.Context, connection catalog.Connection, password string) (*Source, error) {
	config, err := configure(connection, password)
	if err != nil {
		return nil, err
	}
	s := &Source{connection: connection, config: config}
	first, err := s.begin(ctx, config.Database)
	if err != nil {
		return nil, fmt.Errorf("connection %s: %w", connection.Name, err)
	}
	first.end()
	s.closing, s.close = context.WithCancelCause(context.Background())
	return s, nil
}

// Close ends the streams that are under way. Closing twice is fine.
func (s *Source) Close() error {
	s.close(errClosed)
	return nil
}

// Assets streams root and everything below it. The id of a database is the system
// identifier of its cluster, a slash, and its oid; that of all else is the id of its
// database, a slash, and its own oid: a schema's is that of pg_namespace.
//
// A database that cannot be connected to is an asset and a *PartialError. An
// object whose name cannot be part of a Ref, because it is not UTF-8 or too
// long, is a *PartialError under the name "(oid 12345)" in its container, so that
// it spares nothing but itself.
func (s *Source) Assets(ctx context.Context, root catalog.Ref) iter.Seq2[catalog.Asset, error] {
	return func(yield func(catalog.Asset, error) bool) {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		defer context.AfterFunc(s.closing, func() { cancel(errClosed) })()

		r := &reading{Source: s, ctx: ctx, root: root, yield: yield}
		if err := r.run(); err != nil && !r.left {
			yield(catalog.Asset{}, err)
		}
	}
}
