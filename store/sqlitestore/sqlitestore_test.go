package sqlitestore_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/store/sqlitestore"
)

func TestCannotOpen(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	noise := filepath.Join(folder, "noise")
	if err := os.WriteFile(noise, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(folder, "missing", "x.db"), folder, noise, "file:x.db", "postgres://127.0.0.1/x"} {
		s, err := sqlitestore.Open(path)
		if err == nil {
			_ = s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want an error that names it", path, err)
		}
	}
}
