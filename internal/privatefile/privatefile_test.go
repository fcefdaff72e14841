package privatefile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/internal/privatefile"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	link := func(name, to string) string {
		path := filepath.Join(dir, name)
		if err := os.Symlink(to, path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, tt := range []struct{ path, says string }{
		{file("ours", 0o600), ""},
		{file("read only", 0o400), ""},
		{file("of the group", 0o640), "mode 0640"},
		{file("of everybody", 0o644), "chmod 600"},
		{file("written by all", 0o666), "mode 0666"},
		{link("a link", file("behind a link", 0o600)), ""},
		{link("a link to an open one", file("open", 0o644)), "mode 0644"},
		{link("dangling", filepath.Join(dir, "nowhere")), "symbolic link"},
		{filepath.Join(dir, "missing"), "no such file"},
		{dir, "no regular file"},
	} {
		err := privatefile.Check(tt.path)
		if tt.says == "" && err != nil || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
			t.Errorf("%s: %v, want %q", filepath.Base(tt.path), err, tt.says)
		}
	}
}
