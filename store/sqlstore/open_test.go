package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/pgstore"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// raw opens the file past the store, and makes it for its owner alone.
func raw(t testing.TB, path string) *sql.DB {
	t.Helper()
	if f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err == nil {
		_ = f.Close()
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// What is confirmed must be on the disk: FULL is 2.
func TestSQLiteSettings(t *testing.T) {
	t.Parallel()
	read, write := openSQLite(t, newFile(t)).Pools()
	for _, tt := range []struct {
		db           *sql.DB
		pragma, want string
	}{
		{write, "journal_mode", "wal"},
		{write, "synchronous", "2"},
		{write, "fullfsync", "1"},
		{write, "query_only", "0"},
		{write, "busy_timeout", "5000"},
		{read, "query_only", "1"},
		{read, "busy_timeout", "5000"},
	} {
		if diff := cmp.Diff([]string{tt.want}, texts(t, tt.db, `pragma `+tt.pragma)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.pragma, diff)
		}
	}
	if n := write.Stats().MaxOpenConnections; n != 1 {
		t.Errorf("%d connections write, want 1", n)
	}
}

func TestSQLiteFileNames(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	names := []string{"plain", "with space.db", "100%.db", "%41.db", "a#b.db", "a&b=c;d.db", "ü😀.db", "a'b.db"}
	if runtime.GOOS != "windows" {
		names = append(names, "a?mode=memory", `quo"te.db`)
	}
	for _, name := range names {
		path := filepath.Join(folder, name)
		s := openSQLite(t, path)
		if err := s.Write(t.Context(), store.Commit{Writes: []store.Write{{Kind: "k", ID: name, Body: []byte("1")}}}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Error(err)
		} else if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v: others may read it", name, info.Mode())
		}
		if got := all(t, openSQLite(t, path), store.Query{Kind: "k"}); !cmp.Equal([]string{name}, got) {
			t.Errorf("%s holds %v", name, got)
		}
	}
}

// Two databases in memory are two, and each outlives every connection of its pool.
func TestSQLiteInMemory(t *testing.T) {
	t.Parallel()
	one, other := openSQLite(t, ":memory:"), openSQLite(t, "")
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = one.Inventory().Replace(ctx, "warehouse", assets(1000), monday) // canceled, or just done
		}()
		cancel()
		<-done
		read, _ := one.Pools()
		read.SetMaxIdleConns(0) // drops the connection
	}
	if err := one.Write(t.Context(), store.Commit{Writes: []store.Write{{Kind: "k", ID: "a", Body: []byte("1")}}}); err != nil {
		t.Error(err)
	}
	if got := all(t, one, store.Query{Kind: "k"}); !cmp.Equal([]string{"a"}, got) {
		t.Errorf("one holds %v", got)
	}
	if got := all(t, other, store.Query{Kind: "k"}); len(got) > 0 {
		t.Errorf("the other holds %v", got)
	}
}

// busy holds the lock that every writer needs, as another process does.
func busy(t *testing.T, path string) *sql.DB {
	t.Helper()
	db := raw(t, path)
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`begin immediate`); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestSQLiteWaitsForOthers(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	s := openSQLite(t, path)
	other := busy(t, path)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.Write(ctx, update(0)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want DeadlineExceeded", err)
	}
	done := make(chan error)
	go func() { done <- s.Write(t.Context(), store.Commit{Writes: pair("a")}) }()
	if got := all(t, s, store.Query{Kind: "left"}); len(got) > 0 {
		t.Errorf("%v was written while another process had the lock", got)
	}
	if _, err := other.Exec(`commit`); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestSQLiteBusyIsConflict(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	openSQLite(t, path)
	busy(t, path)
	impatient := raw(t, path+"?_txlock=immediate&_busy_timeout=1")
	if err := sqlstore.NewSQLite(impatient, impatient).Write(t.Context(), store.Commit{Writes: pair("a")}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("got %v, want ErrConflict", err)
	}
}

func TestWrongDatabase(t *testing.T) {
	t.Parallel()
	lite, post := raw(t, newFile(t)), open(t, emptyDatabase(t), nil)
	for _, tt := range []struct {
		s    *sqlstore.Store
		want string
	}{
		{sqlstore.New(lite, lite), "use NewSQLite"},
		{sqlstore.NewSQLite(post, post), "use New"},
	} {
		_, err := tt.s.Get(t.Context(), store.Key{Kind: "k", ID: "a"})
		for _, err := range []error{err, tt.s.Migrate(t.Context())} {
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error that says %q", err, tt.want)
			}
		}
	}
}

func TestOpenPostgres(t *testing.T) {
	t.Parallel()
	s, err := pgstore.Open(server.SuperURL(emptyDatabase(t)))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(t.Context(), store.Commit{Writes: pair("a")}); err != nil {
		t.Error(err)
	}
	read, _ := s.Pools()
	if diff := cmp.Diff([]string{"1min"}, texts(t, read, `show lock_timeout`)); diff != "" {
		t.Errorf("locks are waited for (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"1min"}, texts(t, read, `show idle_in_transaction_session_timeout`)); diff != "" {
		t.Errorf("locks are kept by who is silent (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"off"}, texts(t, read, `show jit`)); diff != "" {
		t.Errorf("statements are compiled (-want +got)\n%s", diff)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Write(t.Context(), store.Commit{Writes: pair("b")}); err == nil {
		t.Error("a store that was closed still writes")
	}
}

// A machine that is gone in the middle of a transaction keeps its connection, as
// far as the server knows, and must not keep its locks.
func TestWhoIsGoneKeepsNoLocks(t *testing.T) {
	t.Parallel()
	_, migrated := fresh(t, nil) // without the setting: a migration is a transaction of many statements
	address, err := url.Parse(server.SuperURL(database(t, migrated)))
	if err != nil {
		t.Fatal(err)
	}
	q := address.Query()
	q.Set("idle_in_transaction_session_timeout", "100ms")
	address.RawQuery = q.Encode()
	s, err := pgstore.Open(address.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Write(t.Context(), store.Commit{Writes: pair("a")}); err != nil {
		t.Fatal(err)
	}
	_, pool := s.Pools()
	gone, err := pool.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = gone.Rollback() }()
	if _, err := gone.Exec(`select 1 from grantwright.records for update`); err != nil {
		t.Fatal(err)
	}
	again := pair("a")
	for i, w := range again {
		read, err := s.Get(t.Context(), w.Key())
		if err != nil || len(read) != 1 {
			t.Fatal(read, err)
		}
		again[i].Version = read[0].Version
	}
	if err := s.Write(t.Context(), store.Commit{Writes: again}); err != nil {
		t.Errorf("a record that was locked by who is gone: %v", err)
	}
}

// The pools of a host stay open.
func TestCloseLeavesPools(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	openSQLite(t, path)
	db := raw(t, path)
	if err := sqlstore.NewSQLite(db, db).Close(); err != nil {
		t.Error(err)
	}
	if err := db.Ping(); err != nil {
		t.Error(err)
	}
}
