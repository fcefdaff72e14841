package pgserver_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
)

// program makes a folder with an initdb that says which version it is.
func program(t *testing.T, version string, path ...string) string {
	t.Helper()
	bin := filepath.Join(path...)
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\necho 'initdb (PostgreSQL) " + version + " (of a test)'\n"
	if err := os.WriteFile(filepath.Join(bin, "initdb"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return bin
}

func TestFindsWhatIsNamed(t *testing.T) {
	checkout, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	onPath := program(t, "97.2", checkout, "path")
	fetched := program(t, "98.1", checkout, ".postgres", "98", "bin")
	deep := filepath.Join(checkout, "provision", "deep")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(deep)
	t.Setenv("PATH", onPath+":"+os.Getenv("PATH"))
	for _, tt := range []struct{ named, want string }{
		{"", onPath},
		{"97", onPath},
		{"98", fetched},
		{"/somewhere/bin", "/somewhere/bin"},
	} {
		if bin, err := pgserver.Find(tt.named); err != nil || bin != tt.want {
			t.Errorf("Find(%q) is %q, %v, want %q", tt.named, bin, err, tt.want)
		}
	}
	if bin, err := pgserver.Find("99"); err == nil || !strings.Contains(err.Error(), "install.sh 99") {
		t.Errorf("a version that is nowhere is in %q, %v; want the way to install it", bin, err)
	}
}
