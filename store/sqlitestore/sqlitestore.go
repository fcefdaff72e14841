// Package sqlitestore opens a store in a file of SQLite, on pools that are set as
// they should be. It is the driver modernc.org/sqlite, which needs no C, and package
// sqlstore, which holds everything else; who uses it links no driver of PostgreSQL.
package sqlitestore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver

	"github.com/grantwright/grantwright/internal/privatefile"
	"github.com/grantwright/grantwright/store/sqlstore"
)

const (
	openTimeout = 10 * time.Second
	busyWait    = "5000"     // milliseconds that a writer of one process waits for those of others
	keepBytes   = "67108864" // of the log that stay on the disk after a large sync
)

// Open returns a Store in the file at path, with pools of its own. A file
// that is not there is made, for its owner alone to read, and one that others may read
// is refused; the folder must be there, on a disk of this machine. Any number of processes of the machine may
// open the file at once. What Write has confirmed is on the disk, and survives
// the end of the process and a power failure, as far as the disk keeps its word.
//
// The path ":memory:", or an empty one, is a database of its own that is gone
// when the Store is closed.
func Open(path string) (*sqlstore.Store, error) {
	var s *sqlstore.Store
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
		return nil, fmt.Errorf("sqlitestore: opening the SQLite database %q: %w", path, err)
	}
	return s, nil
}

// openFile opens one connection that writes, since SQLite has one writer at a
// time and a queue in the process is fair where the one between processes is not,
// and several that cannot write.
func openFile(path string) (*sqlstore.Store, error) {
	if err := create(path); err != nil {
		return nil, err
	}
	where, err := fileURL(path)
	if err != nil {
		return nil, err
	}
	write, err := sql.Open("sqlite", where+"?"+url.Values{
		"_txlock": {"immediate"}, "_busy_timeout": {busyWait}, "_error_rc": {"1"},
		"_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_pragma": {"fullfsync(1)", "journal_size_limit(" + keepBytes + ")"},
	}.Encode())
	if err != nil {
		return nil, err
	}
	read, err := sql.Open("sqlite", where+"?"+url.Values{
		"_query_only": {"1"}, "_busy_timeout": {busyWait}, "_error_rc": {"1"},
	}.Encode())
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	bound(write, 1)
	bound(read, max(4, runtime.GOMAXPROCS(0)))
	s := sqlstore.NewSQLite(read, write).Own(read, write)
	if err := checkJournal(write); err != nil {
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
		return privatefile.Check(path)
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
func checkJournal(db *sql.DB) error {
	ctx, cancel := context.WithTimeout(context.Background(), openTimeout)
	defer cancel()
	var mode string
	if err := db.QueryRowContext(ctx, `select journal_mode from pragma_journal_mode`).Scan(&mode); err != nil {
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
func openMemory() (*sqlstore.Store, error) {
	db, err := sql.Open("sqlite", "file:/grantwright-"+rand.Text()+"?"+url.Values{
		"vfs": {"memdb"}, "_txlock": {"immediate"}, "_busy_timeout": {busyWait}, "_journal_mode": {"MEMORY"}, "_error_rc": {"1"},
	}.Encode())
	if err != nil {
		return nil, err
	}
	bound(db, 1+1)
	anchor, err := db.Conn(context.Background())
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return sqlstore.NewSQLite(db, db).Own(anchor, db), nil
}
