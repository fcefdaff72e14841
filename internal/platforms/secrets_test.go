package platforms_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/grantwright/grantwright/internal/platforms"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestOnlyAllowedSecretsAreRead tries references that lead out of the list by their spelling,
// by links and through /proc.
func TestOnlyAllowedSecretsAreRead(t *testing.T) {
	t.Setenv("GRANTWRIGHT_TEST_SECRET", "from the environment")
	t.Setenv("GRANTWRIGHT_TEST_OTHER", "another's")
	dir := t.TempDir()
	folder, other := filepath.Join(dir, "secrets"), filepath.Join(dir, "other")
	must(t, os.MkdirAll(filepath.Join(folder, "..data"), 0o700))
	must(t, os.WriteFile(other, []byte("another's\n"), 0o600))
	must(t, os.WriteFile(filepath.Join(folder, "..data", "password"), []byte("from the folder\n"), 0o600))
	must(t, os.WriteFile(filepath.Join(folder, "large"), make([]byte, 100<<10), 0o600))
	for name, to := range map[string]string{"password": "..data/password", "out": "../other", "far": other, "proc": "/proc/self/environ", "up": ".."} {
		must(t, os.Symlink(to, filepath.Join(folder, name)))
	}
	must(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	r := platforms.SecretReader{Allowed: []string{"env:GRANTWRIGHT_TEST_SECRET", "env:GRANTWRIGHT_TEST_UNSET", "file:" + folder + "/", "file:" + dir + "/alone", "file:" + dir + "/gone"}}
	must(t, r.Check())
	must(t, os.WriteFile(filepath.Join(dir, "alone"), []byte("alone"), 0o600))
	for _, tt := range []struct {
		name, reference, want string
		named                 bool // it may be named, and is not there
	}{
		{"a variable", "env:GRANTWRIGHT_TEST_SECRET", "from the environment", true},
		{"a variable that is not set", "env:GRANTWRIGHT_TEST_UNSET", "", true},
		{"another variable", "env:GRANTWRIGHT_TEST_OTHER", "", false},
		{"a link within the folder", "file:" + folder + "/password", "from the folder", true},
		{"a file of the list", "file:" + dir + "/alone", "alone", true},
		{"a file of the list that is gone", "file:" + dir + "/gone", "", true},
		{"another file", "file:" + other, "", false},
		{"dots out of the folder", "file:" + folder + "/../other", "", false},
		{"dots back into the folder", "file:/proc/self/environ/../../.." + folder + "/password", "", false},
		{"a link out of the folder", "file:" + folder + "/out", "", true},
		{"an absolute link", "file:" + folder + "/far", "", true},
		{"a link to a folder", "file:" + folder + "/up/other", "", true},
		{"a link to the environment", "file:" + folder + "/proc", "", true},
		{"the environment", "file:/proc/self/environ", "", false},
		{"the root of the process", "file:/proc/self/root" + folder + "/password", "", false},
		{"the folder itself", "file:" + folder + "/", "", false},
		{"a folder in it", "file:" + folder + "/..data", "", true},
		{"what is too large", "file:" + folder + "/large", "", true},
		{"the name of the folder continued", "file:" + folder + "-more/x", "", false},
		{"no reference", "hunter2", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := r.Read(t.Context(), tt.reference)
			if read := tt.want != ""; read != (err == nil) || read && got != tt.want {
				t.Errorf("it reads %q, %v, want %q", got, err, tt.want)
			}
			if refused := errors.Is(r.Allows(tt.reference), platforms.ErrSecretNotAllowed); refused == tt.named {
				t.Errorf("refused where it is named: %v", refused)
			}
		})
	}
	// A file that is none is not waited for.
	pipe := platforms.SecretReader{Allowed: []string{"file:" + dir + "/pipe"}}
	if got, err := pipe.Read(t.Context(), "file:"+dir+"/pipe"); err == nil {
		t.Errorf("a pipe says %q", got)
	}
}
