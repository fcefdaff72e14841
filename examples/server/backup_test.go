package main_test

import (
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// inStore runs a statement on the SQLite file of a server.
func inStore(t *testing.T, path, statement string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_busy_timeout=10000")
	must(t, err)
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(t.Context(), statement, args...)
	must(t, err)
}

// TestBackupAndRestore goes the way of docs/operating.md: a backup of a store that is in use,
// and a server on it that knows what the other knew then.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := []string{"-listen", "127.0.0.1:0", "-store", "mine.db"}
	s := start(t, dir, nil, args...)
	ask := func(asset string) {
		t.Helper()
		s.as(t, "eve", http.MethodPost, "/requests", `{"asset": "shop:sales.public.`+asset+`", "answers": {"purpose": ["a report"], "duration": ["30 DAYS"]}}`, nil)
	}
	ask("orders")
	inStore(t, filepath.Join(dir, "mine.db"), "vacuum into ?", filepath.Join(dir, "backup.db"))
	ask("revenue")
	s.stop(t, os.Interrupt)
	for _, name := range []string{"mine.db-wal", "mine.db-shm"} {
		_ = os.Remove(filepath.Join(dir, name))
	}
	must(t, os.Chmod(filepath.Join(dir, "backup.db"), 0o600))
	must(t, os.Rename(filepath.Join(dir, "backup.db"), filepath.Join(dir, "mine.db")))
	if text, code := says(t, dir, nil, "doctor", "-store", "mine.db"); code != 0 || !strings.Contains(text, "OK    store: it answers") {
		t.Errorf("the doctor ends with %d:\n%s", code, text)
	}
	s = start(t, dir, nil, args...)
	var all struct{ Items []struct{ ID string } }
	if s.as(t, "eve", http.MethodGet, "/requests", "", &all); len(all.Items) != 1 {
		t.Errorf("after the restore eve has %d requests, want the one of before the backup", len(all.Items))
	}
}

// A server of an older release does not start on the store of a newer one. One that runs
// meanwhile lives, and is not ready.
func TestAnOlderServerStopsAtANewerStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, dir, nil, "-listen", "127.0.0.1:0", "-store", "mine.db")
	inStore(t, filepath.Join(dir, "mine.db"), `insert into grantwright_migrations values (1000, '1000_of_tomorrow.sql', '')`)
	s.get(t, "/healthz", http.StatusOK)
	s.get(t, "/readyz", http.StatusServiceUnavailable)
	s.stop(t, os.Interrupt)
	if says := refuse(t, "-listen", "127.0.0.1:0", "-store", filepath.Join(dir, "mine.db")); !strings.Contains(says, "belongs to a newer release") {
		t.Errorf("a start says %s", says)
	}
	if text, code := says(t, dir, nil, "doctor", "-store", "mine.db"); code != 1 || !strings.Contains(text, "its version is 1000") {
		t.Errorf("the doctor ends with %d:\n%s", code, text)
	}
}
