package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
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

// patience bounds everything that a test waits for.
const patience = 60 * time.Second

// binary is the server, built once for all tests.
var binary string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "grantwright-server-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "server.exe") // a name that every system runs
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the server: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// server is a server that runs as a process of its own.
type server struct {
	*exec.Cmd
	out     io.Reader
	url     string        // where it says that it listens
	welcome []string      // what it says at the start, line by line
	said    chan struct{} // closed when it has said that
	ended   chan struct{}
	err     error // of the process, once it has ended

	mu  sync.Mutex
	log bytes.Buffer
}

// Write takes what the server writes to its log.
func (s *server) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(b)
}

func (s *server) Log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// start runs a server in a folder, and returns when it answers.
func start(t *testing.T, dir string, env []string, args ...string) *server {
	t.Helper()
	s := launch(t, dir, env, args...)
	s.ready(t)
	return s
}

// launch runs a server, which is not ready yet.
func launch(t *testing.T, dir string, env []string, args ...string) *server {
	t.Helper()
	s := &server{Cmd: exec.Command(binary, args...), ended: make(chan struct{})}
	s.Dir, s.Env, s.Stderr = dir, append(os.Environ(), env...), s
	var err error
	s.out, err = s.StdoutPipe()
	must(t, err)
	must(t, s.Start())
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("server %s:\n%s", strings.Join(args, " "), s.Log())
		}
	})
	s.said = make(chan struct{})
	go s.listen()
	return s
}

// listen reads what the server says, until it has ended.
func (s *server) listen() {
	lines := bufio.NewScanner(s.out)
	for lines.Scan() {
		s.welcome = append(s.welcome, lines.Text())
		if strings.HasPrefix(lines.Text(), "Interrupt") {
			break
		}
	}
	close(s.said)
	_, _ = io.Copy(io.Discard, s.out)
	s.err = s.Wait()
	close(s.ended)
}

// ready returns when the server answers.
func (s *server) ready(t *testing.T) {
	t.Helper()
	s.told(t)
	s.get(t, "/readyz", http.StatusOK)
}

// told returns when the server has said where it listens.
func (s *server) told(t *testing.T) {
	t.Helper()
	select {
	case <-s.said:
	case <-time.After(patience):
		t.Fatal("the server says nothing")
	}
	if len(s.welcome) == 0 {
		<-s.ended
		t.Fatalf("the server did not start: %v\n%s", s.err, s.Log())
	}
	s.url = strings.TrimPrefix(s.welcome[0], "Grantwright listens on ")
}

// refuse runs a server that must not start, and returns what it says.
func refuse(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, binary, args...)
	c.Dir = t.TempDir()
	out, err := c.CombinedOutput()
	if err == nil || ctx.Err() != nil {
		t.Fatalf("the server started, or ended well: %v\n%s", err, out)
	}
	return string(out)
}

// kill ends the process as kill -9 does.
func (s *server) kill() {
	_ = s.Process.Kill()
	<-s.ended
}

// stop asks the process to end, and returns how long that took.
func (s *server) stop(t *testing.T, signal os.Signal) time.Duration {
	t.Helper()
	began := time.Now()
	must(t, s.Process.Signal(signal))
	select {
	case <-s.ended:
	case <-time.After(patience):
		t.Fatal("the server does not end")
	}
	return time.Since(began)
}

// get asks for a path and wants a status.
func (s *server) get(t *testing.T, path string, want int) string {
	t.Helper()
	status, body, err := call(t.Context(), http.MethodGet, s.url+path, "", "", "")
	if must(t, err); status != want {
		t.Fatalf("GET %s: %d, want %d\n%s", path, status, want, body)
	}
	return body
}

// as calls the API on behalf of somebody, and reads the answer into out.
func (s *server) as(t *testing.T, person, method, path, body string, out any) {
	t.Helper()
	status, answer, err := call(t.Context(), method, s.url+"/api/v1"+path, person, "", body)
	if must(t, err); status/100 != 2 {
		t.Fatalf("%s %s as %s: %d\n%s", method, path, person, status, answer)
	}
	if out != nil {
		must(t, json.Unmarshal([]byte(answer), out))
	}
}

var httpClient = &http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// call sends one request, as a person of example.com if one is named.
func call(ctx context.Context, method, url, person, key, body string) (int, string, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	if person != "" {
		r.Header.Set("Grantwright-User", person+"@example.com")
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := httpClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
