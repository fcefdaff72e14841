package browser

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// output is what a process says, for many goroutines.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// built builds the reference server.
func built(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "server.exe")
	c := exec.CommandContext(t.Context(), "go", "build", "-C", "../..", "-o", binary, "./examples/server")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("building the server: %v\n%s", err, out)
	}
	return binary
}

// startServer runs the reference server, and returns its address.
func startServer(t *testing.T, binary string, env []string, args ...string) string {
	t.Helper()
	c := exec.Command(binary, append(args, "-listen", "127.0.0.1:0")...)
	log := new(output)
	c.Dir, c.Stderr, c.Env = t.TempDir(), log, append(os.Environ(), env...)
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		if t.Failed() {
			t.Logf("the server says:\n%s", shortened(log.String()))
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address, is := strings.CutPrefix(lines.Text(), "Grantwright listens on "); is {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			reachable(t, address+"/readyz")
			return address
		}
	}
	t.Fatalf("the server does not start:\n%s", log)
	return ""
}

// reachable returns when an address answers.
func reachable(t *testing.T, address string) {
	t.Helper()
	until(t, address+" answers", func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		must(t, err)
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			return err
		}
		_ = a.Body.Close()
		if a.StatusCode != http.StatusOK {
			return fmt.Errorf("it answers %d", a.StatusCode)
		}
		return nil
	})
}

// until waits until something does not err any more.
func until(t *testing.T, what string, try func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		err := try(ctx)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: %v", what, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
