// Package process helps tests with commands that run beside them.
package process

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Output is what a process says, for many goroutines. The zero value is empty.
type Output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *Output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// Server is the folder of the module of the reference server, as tests in a folder of e2e see it. The
// command is its root.
const Server = "../../examples/server"

// Build builds a command of a module, which is the path of its folder, and returns the file.
func Build(t testing.TB, module, pkg string, env ...string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "command.exe")
	c := exec.CommandContext(t.Context(), "go", "build", "-C", module, "-o", binary, pkg)
	c.Env = append(os.Environ(), env...)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", pkg, err, out)
	}
	return binary
}
