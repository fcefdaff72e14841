package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/client"
)

// binary is the reference server, built once for all tests from its own module: this one does
// not depend on it.
var binary string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "gw-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "server.exe") // a name that every system runs
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = filepath.Join("..", "..", "examples", "server")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the server: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// server is a server with the built-in example, as a process of its own.
type server struct{ url, token string }

var devToken = regexp.MustCompile(`[?&]token=([A-Za-z0-9_-]+)`)

// start runs a server until the test ends.
func start(t *testing.T, flags ...string) server {
	t.Helper()
	c := exec.Command(binary, append([]string{"-listen", "127.0.0.1:0"}, flags...)...)
	var log bytes.Buffer
	c.Dir, c.Stderr = t.TempDir(), &log
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		if t.Failed() {
			t.Logf("the server says:\n%s", log.String())
		}
	})
	var s server
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		if address, is := strings.CutPrefix(line, "Grantwright listens on "); is {
			s.url, _, _ = strings.Cut(address, "?")
		}
		if m := devToken.FindStringSubmatch(line); m != nil {
			s.token = m[1]
		}
		if strings.HasPrefix(line, "Interrupt") {
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	if s.url == "" {
		t.Fatal("the server does not say where it is")
	}
	return s
}

// as is a gw whose environment names a person of the example.
func (s server) as(name string) *gw {
	env := map[string]string{"GW_URL": s.url, "GW_TOKEN": s.token, "GW_USER": name + "@example.com"}
	return &gw{env: func(n string) string { return env[n] }, now: time.Now, zone: time.UTC}
}

// client is the client of a person, for what gw has no command for.
func (s server) client(t *testing.T, name string) *client.Client {
	t.Helper()
	c, err := s.as(name).client()
	must(t, err)
	return c
}

// run is what a run of gw ended with.
type run struct {
	code      int
	out, errs string
}

// once runs gw once, in a script unless somebody types.
func (g gw) once(ctx context.Context, typed string, args ...string) run {
	var out, errs bytes.Buffer
	g.in, g.out, g.errs, g.asks = strings.NewReader(typed), &out, &errs, typed != ""
	code := g.run(ctx, args)
	return run{code, out.String(), errs.String()}
}

// wants runs gw in a script, and wants an exit code and texts in what it prints.
func (g gw) wants(t *testing.T, code int, args []string, says ...string) run {
	t.Helper()
	r := g.once(t.Context(), "", args...)
	r.wants(t, code, args, says...)
	return r
}

func (r run) wants(t *testing.T, code int, args []string, says ...string) {
	t.Helper()
	if r.code != code {
		t.Fatalf("gw %s ends with %d, want %d\n%s%s", strings.Join(args, " "), r.code, code, r.out, r.errs)
	}
	for _, s := range says {
		if !strings.Contains(r.out+r.errs, s) {
			t.Errorf("gw %s does not say %q:\n%s%s", strings.Join(args, " "), s, r.out, r.errs)
		}
	}
}

func words(text string) []string { return strings.Fields(text) }

var requestID = regexp.MustCompile(`\b[A-Z2-7]{26}\b`)

// asked asks for access, and returns the id of the request.
func (g gw) asked(t *testing.T, args ...string) string {
	t.Helper()
	r := g.wants(t, exitDone, append([]string{"request"}, args...))
	id := requestID.FindString(r.out)
	if id == "" {
		t.Fatalf("no id in %q", r.out)
	}
	return id
}
