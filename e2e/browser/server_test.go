package browser

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/e2e/process"
)

// startServer runs the reference server, and returns its address.
func startServer(t *testing.T, binary string, env []string, args ...string) string {
	t.Helper()
	c := exec.Command(binary, append(args, "-listen", "127.0.0.1:0")...)
	log := new(process.Output)
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
