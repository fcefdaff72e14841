//go:build unix

package pgserver

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestProgramsThatOnlyWeMayRunAreCopied(t *testing.T) {
	t.Parallel()
	home, dir := t.TempDir(), t.TempDir()
	if err := os.Chmod(home, 0o700); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(home, "18", "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "postgres"), []byte("a server"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("postgres", filepath.Join(bin, "initdb")); err != nil {
		t.Fatal(err)
	}
	another := account{&syscall.Credential{Uid: 65534, Gid: 65534}}
	for _, tt := range []struct {
		name      string
		who       account
		bin, want string
	}{
		{"ourselves", account{}, bin, bin},
		{"another, in a folder of ours", another, bin, filepath.Join(dir, "server", "bin")},
		{"another, in a folder of all", another, "/usr", "/usr"},
	} {
		if got, err := tt.who.within(tt.bin, dir); err != nil || got != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
	about, err := os.Stat(filepath.Join(dir, "server", "bin", "initdb"))
	if err != nil || about.Mode().Perm()&0o005 != 0o005 {
		t.Errorf("the copy is %v, %v; want one that everybody may run", about, err)
	}
}
