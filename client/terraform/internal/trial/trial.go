// Package trial runs the reference server for tests of the provider.
package trial

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

	"github.com/grantwright/grantwright/client"
)

// binary is the reference server, built once for all tests.
var binary string

// Main builds the server from its folder, as the folder of the test sees it, and runs the tests.
func Main(m *testing.M, folder string) int {
	dir, err := os.MkdirTemp("", "terraform-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "server.exe") // a name that every system runs
	build := exec.CommandContext(context.Background(), "go", "build", "-C", folder, "-o", binary, ".")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the server: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// world is what a server of the tests starts with. The second person who holds GOVERNANCE makes
// each change of governance take two.
const world = `
people:
  - {id: governance@example.com, permissions: [GOVERNANCE, ADMIN]}
  - {id: other@example.com%s}
connections:
  - {name: shop, technology: file, host: shop.example.com, principals: {expression: person.id}}
assets:
  - {ref: "shop:sales", kind: DATABASE}
  - {ref: "shop:sales.public", kind: SCHEMA}
  - {ref: "shop:sales.public.orders", kind: TABLE, columns: [{name: id, type: bigint}, {name: email, type: text}]}
`

// Server is a server as a process of its own, with records in a SQLite file. Its address, and
// the token of its start.
type Server struct{ URL, Token string }

var devToken = regexp.MustCompile(`[?&]token=([A-Za-z0-9_-]+)`)

// Start runs a server until the test ends. With four eyes, governance@example.com and
// other@example.com change things together only.
func Start(t *testing.T, fourEyes bool) Server {
	t.Helper()
	dir, more := t.TempDir(), ""
	if fourEyes {
		more = ", permissions: [GOVERNANCE, ADMIN]"
	}
	config := filepath.Join(dir, "world.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, world, more), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(context.WithoutCancel(t.Context()), binary, "-listen", "127.0.0.1:0", "-config", config, "-rate", "0", "-secrets", "env:HOOK_SECRET,env:HOOK_SECRET_2")
	c.Env = append(os.Environ(), "HOOK_SECRET=whsec_"+strings.Repeat("MfKQ", 8), "HOOK_SECRET_2=whsec_"+strings.Repeat("Kf9Q", 8))
	var log bytes.Buffer
	c.Dir, c.Stderr = dir, &log
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		if t.Failed() {
			t.Logf("the server says:\n%s", log.String())
		}
	})
	var s Server
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		if address, is := strings.CutPrefix(line, "Grantwright listens on "); is {
			s.URL, _, _ = strings.Cut(address, "?")
		}
		if m := devToken.FindStringSubmatch(line); m != nil {
			s.Token = m[1]
		}
		if strings.HasPrefix(line, "Interrupt") {
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	if s.URL == "" {
		t.Fatalf("the server does not say where it is:\n%s", log.String())
	}
	return s
}

// Client is the client of a person, who changes things past Terraform.
func (s Server) Client(t *testing.T, name string) *client.Client {
	t.Helper()
	c, err := client.New(s.URL, client.Token(s.Token), client.Header("Grantwright-User", name+"@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}
