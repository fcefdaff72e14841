// Package pgstore opens a store in a PostgreSQL database on a pool of its own, which
// is set as it should be. It is the driver lib/pq and package sqlstore, which holds
// everything else; who uses it links no SQLite. A host that has a pool already, of
// whichever driver, hands it to sqlstore.New.
package pgstore

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/internal/pgwire"
	"github.com/grantwright/grantwright/store/sqlstore"
)

const (
	openTimeout   = 10 * time.Second
	answerTimeout = 30 * time.Second // of the server to one statement, where nothing else says how long
	atOnce        = 16               // connections
	idle          = 5 * time.Minute
	prepared      = 100   // statements that a connection keeps
	lockTimeout   = "60s" // that a lock is waited for
	silence       = "60s" // in a transaction, after which its locks are taken from a client that is gone
)

// Open returns a Store on a pool of its own of at most 16 connections,
// which are opened when they are needed. A server that does not answer to a
// statement within 30 seconds is given up, unless a context says how long. Address is a URL such as
// postgres://user:password@host/database?sslmode=verify-full; a part that it
// leaves out is taken from the environment, as by psql: PGHOSTADDR, PGPASSWORD, .pgpass,
// a service file and the others. The connections to platforms take nothing from there.
// No error shows the address. A lock
// is waited for a minute at most, unless the URL sets another lock_timeout; as
// long does a transaction keep its locks whose client is silent, as when its
// machine is gone, unless it sets another idle_in_transaction_session_timeout.
// The server compiles no statements (jit=off), unless the URL says so: a page takes it
// longer to compile than to read.
//
// Statements are prepared, and the sessions have these settings. A pooler such as pgbouncer
// that gives each transaction another connection to the server is noticed by the first
// connection: then no statement is prepared, and each transaction makes the settings for
// itself. What is one statement has none, so that the role should have them: alter role
// grantwright set lock_timeout = '60s'. A URL that sets binary_parameters=yes prepares
// nothing in any case.
func Open(address string) (*sqlstore.Store, error) {
	if u, err := url.Parse(address); err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, errors.New("pgstore: the address of a PostgreSQL database must be a URL that begins with postgres://")
	}
	config, err := pq.NewConfig(address)
	if err != nil {
		return nil, errors.New("pgstore: the address of the PostgreSQL database cannot be used: " + strings.ReplaceAll(err.Error(), address, "it"))
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = openTimeout
	}
	if config.Runtime == nil {
		config.Runtime = map[string]string{}
	}
	for name, value := range map[string]string{"lock_timeout": lockTimeout, "idle_in_transaction_session_timeout": silence, "jit": "off"} {
		if config.Runtime[name] == "" {
			config.Runtime[name] = value
		}
	}
	connector, err := pgwire.Adaptive(config, answerTimeout, keptStatements(config))
	if err != nil {
		return nil, fmt.Errorf("pgstore: the address of the PostgreSQL database cannot be used: %w", err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(atOnce)
	db.SetMaxIdleConns(atOnce)
	db.SetConnMaxIdleTime(idle)
	return sqlstore.New(db, db).Own(db), nil
}

// keptStatements is how many prepared statements a connection keeps. Who sets
// binary_parameters does so for a pooler, perhaps for one that we would not notice.
func keptStatements(c pq.Config) int {
	if c.BinaryParameters {
		return 0
	}
	return prepared
}
