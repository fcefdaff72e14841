package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/lib/pq"
	_ "modernc.org/sqlite" // the driver

	"github.com/grantwright/grantwright/internal/pgwire"
)

const (
	openTimeout      = 10 * time.Second
	answerTimeout    = 30 * time.Second // of PostgreSQL to one statement, where nothing else says how long
	postgresAtOnce   = 16               // connections of OpenPostgres
	postgresIdle     = 5 * time.Minute
	postgresPrepared = 100        // statements that a connection keeps
	postgresLock     = "60s"      // that a lock is waited for
	postgresSilence  = "60s"      // in a transaction, after which its locks are taken from a client that is gone
	sqliteBusyWait   = "5000"     // milliseconds that a writer of one process waits for those of others
	sqliteKeepBytes  = "67108864" // of the log that stay on the disk after a large sync
)

// OpenPostgres returns a Store on a pool of its own of at most 16 connections,
// which are opened when they are needed. A server that does not answer to a
// statement within 30 seconds is given up, unless a context says how long. Address is a URL such as
// postgres://user:password@host/database?sslmode=verify-full; a part that it
// leaves out is taken from the environment, as by psql. No error shows it. A lock
// is waited for a minute at most, unless the URL sets another lock_timeout; as
// long does a transaction keep its locks whose client is silent, as when its
// machine is gone, unless it sets another idle_in_transaction_session_timeout.
// Statements are prepared, unless the URL sets binary_parameters=yes, as it must
// behind a pooler that gives each transaction another connection.
func OpenPostgres(address string) (*Store, error) {
	if u, err := url.Parse(address); err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, errors.New("sqlstore: the address of a PostgreSQL database must be a URL that begins with postgres://")
	}
	config, err := pq.NewConfig(address)
	if err != nil {
		return nil, errors.New("sqlstore: the address of the PostgreSQL database cannot be used: " + strings.ReplaceAll(err.Error(), address, "it"))
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = openTimeout
	}
	if config.Runtime == nil {
		config.Runtime = map[string]string{}
	}
	for name, limit := range map[string]string{"lock_timeout": postgresLock, "idle_in_transaction_session_timeout": postgresSilence} {
		if config.Runtime[name] == "" {
			config.Runtime[name] = limit
		}
	}
	connector, err := pq.NewConnectorConfig(config)
	if err != nil {
		return nil, fmt.Errorf("sqlstore: the address of the PostgreSQL database cannot be used: %w", err)
	}
	connector.Dialer(pgwire.Dialer{})
	db := sql.OpenDB(pgwire.Connector(connector, answerTimeout, keptStatements(config)))
	db.SetMaxOpenConns(postgresAtOnce)
	db.SetMaxIdleConns(postgresAtOnce)
	db.SetConnMaxIdleTime(postgresIdle)
	s := New(db, db)
	s.opened = []io.Closer{db}
	return s, nil
}

// keptStatements is how many prepared statements a connection keeps. Who sets
// binary_parameters does so for a pooler that hands each statement to another
// connection of the server, where none is prepared.
func keptStatements(c pq.Config) int {
	if c.BinaryParameters {
		return 0
	}
	return postgresPrepared
}

// OpenSQLite returns a Store in the file at path, with pools of its own. A file
// that is not there is made, for its owner alone to read; the folder must be
// there, on a disk of this machine. Any number of processes of the machine may
// open the file at once. What Write has confirmed is on the disk, and survives
// the end of the process and a power failure, as far as the disk keeps its word.
//
// The path ":memory:", or an empty one, is a database of its own that is gone
// when the Store is closed.
func OpenSQLite(path string) (*Store, error) {
	var s *Store
	var err error
	switch {
	case path == "" || path == ":memory:":
		s, err = openMemory()
	case strings.HasPrefix(path, "file:") || strings.Contains(path, "://"):
		err = errors.New("must be the path of a file, not a URL")
	default:
		s, err = openFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("sqlstore: opening the SQLite database %q: %w", path, err)
	}
	return s, nil
}

// Close closes the pools of a Store that OpenPostgres or OpenSQLite returned. It
// leaves those alone that were given to New or NewSQLite.
func (s *Store) Close() error {
	var errs []error
	for _, c := range s.opened {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// openFile opens one connection that writes, since SQLite has one writer at a
// time and a queue in the process is fair where the one between processes is not,
// and several that cannot write.
func openFile(path string) (*Store, error) {
	if err := create(path); err != nil {
		return nil, err
	}
	where, err := fileURL(path)
	if err != nil {
		return nil, err
	}
	write, err := sql.Open("sqlite", where+"?"+url.Values{
		"_txlock": {"immediate"}, "_busy_timeout": {sqliteBusyWait}, "_error_rc": {"1"},
		"_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_pragma": {"fullfsync(1)", "journal_size_limit(" + sqliteKeepBytes + ")"},
	}.Encode())
	if err != nil {
		return nil, err
	}
	read, err := sql.Open("sqlite", where+"?"+url.Values{
		"_query_only": {"1"}, "_busy_timeout": {sqliteBusyWait}, "_error_rc": {"1"},
	}.Encode())
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	bound(write, 1)
	bound(read, max(4, runtime.GOMAXPROCS(0)))
	s := NewSQLite(read, write)
	s.opened = []io.Closer{read, write}
	if err := s.checkJournal(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// bound keeps connections: to open one costs more than most reads.
func bound(db *sql.DB, connections int) {
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
}

// create makes an empty file that is not there. One that is there is not opened:
// closing it again would take away the locks that this process has on it.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// fileURL is how SQLite is told of a file whose name may hold anything.
func fileURL(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // of a drive of Windows
	}
	return (&url.URL{Scheme: "file", Path: path}).String(), nil
}

// checkJournal connects. SQLite goes on in silence where it cannot keep the log
// that lets readers and a writer work at once.
func (s *Store) checkJournal() error {
	ctx, cancel := context.WithTimeout(context.Background(), openTimeout)
	defer cancel()
	var mode string
	if err := s.write.GetContext(ctx, &mode, `select journal_mode from pragma_journal_mode`); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("the journal mode is %s, must be wal: is the file on a disk of this machine?", mode)
	}
	return nil
}

// openMemory opens one connection for everything: in memory a reader and a writer
// would only wait for each other. The database lives as long as any connection
// does, and the pool may replace its own, so another one holds it.
func openMemory() (*Store, error) {
	db, err := sql.Open("sqlite", "file:/grantwright-"+rand.Text()+"?"+url.Values{
		"vfs": {"memdb"}, "_txlock": {"immediate"}, "_busy_timeout": {sqliteBusyWait}, "_journal_mode": {"MEMORY"}, "_error_rc": {"1"},
	}.Encode())
	if err != nil {
		return nil, err
	}
	bound(db, 1+1)
	anchor, err := db.Conn(context.Background())
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s := NewSQLite(db, db)
	s.opened = []io.Closer{anchor, db}
	return s, nil
}
