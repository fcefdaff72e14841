package main_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// through sends a request through a socket, with headers in pairs.
func through(t *testing.T, socket, path string, headers ...string) (int, string) {
	t.Helper()
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	defer client.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://access.example.com"+path, nil)
	must(t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	a, err := client.Do(r)
	must(t, err)
	defer func() { _ = a.Body.Close() }()
	body, err := io.ReadAll(a.Body)
	must(t, err)
	return a.StatusCode, string(body)
}

// TestAProxyThroughASocket is a proxy that signs people in beside the server.
func TestAProxyThroughASocket(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "gw") // the name of a socket is short
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	args := []string{"-auth", "proxy", "-proxy-from", "unix", "-proxy-issuer", "corp", "-proxy-permissions", "AUDIT=audit;ADMIN=platform", "-listen", "unix:" + socket, "-address", "https://access.example.com"}
	for range 2 { // the second finds the socket that the first, killed, has left behind
		s := launch(t, dir, nil, args...)
		<-s.said
		status, me := through(t, socket, "/api/v1/people/me", "X-Forwarded-User", "eve", "X-Forwarded-Groups", "audit")
		if status != http.StatusOK || !strings.Contains(me, `"person":"corp|eve"`) || !strings.Contains(me, `"permissions":["AUDIT"]`) {
			t.Fatalf("who am I: %d %s\n%s", status, me, s.Log())
		}
		if status, body := through(t, socket, "/api/v1/people/me"); status != http.StatusUnauthorized {
			t.Errorf("nobody: %d %s", status, body)
		}
		if status, body := through(t, socket, "/requests"); status != http.StatusUnauthorized {
			t.Errorf("a page without anybody: %d %s", status, body)
		}
		if at, err := os.Stat(socket); err != nil || at.Mode().Perm() != 0o660 {
			t.Errorf("the socket is %v, %v", at.Mode(), err)
		}
		if says := refuse(t, args...); !strings.Contains(says, "somebody answers at") {
			t.Errorf("a second server at the socket says:\n%s", says)
		}
		s.kill()
	}
}

// TestHeadersFromNowhereAreRefused is a server behind a proxy that is reached past it.
func TestHeadersFromNowhereAreRefused(t *testing.T) {
	t.Parallel()
	s := launch(t, t.TempDir(), nil, "-auth", "proxy", "-proxy-from", "192.0.2.7/32", "-listen", "127.0.0.1:0")
	s.ready(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/api/v1/people/me", nil)
	must(t, err)
	r.Header.Set("X-Forwarded-User", "root")
	a, err := httpClient.Do(r)
	must(t, err)
	defer func() { _ = a.Body.Close() }()
	body, err := io.ReadAll(a.Body)
	must(t, err)
	if a.StatusCode != http.StatusUnauthorized || !strings.Contains(string(body), "not listed") {
		t.Errorf("the answer is %d %s", a.StatusCode, body)
	}
}

// TestTheTokenLiesBesideTheStore is how scripts of the same person come in.
func TestTheTokenLiesBesideTheStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := launch(t, dir, nil, "-auth", "dev", "-listen", "127.0.0.1:0")
	s.ready(t)
	path := filepath.Join(dir, "grantwright.db.token")
	token, err := os.ReadFile(path)
	must(t, err)
	if at, err := os.Stat(path); err != nil || at.Mode().Perm() != 0o600 || !strings.Contains(strings.Join(s.welcome, "\n"), "token="+strings.TrimSpace(string(token))) {
		t.Errorf("the token is in a file of mode %v; the server says:\n%s", at.Mode(), strings.Join(s.welcome, "\n"))
	}
	for bearer, want := range map[string]int{strings.TrimSpace(string(token)): http.StatusOK, devToken: http.StatusUnauthorized} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/api/v1/people/me", nil)
		must(t, err)
		r.Header.Set("Authorization", "Bearer "+bearer)
		r.Header.Set("Grantwright-User", "eve@example.com")
		a, err := httpClient.Do(r)
		must(t, err)
		_ = a.Body.Close()
		if a.StatusCode != want {
			t.Errorf("a token: %d, want %d", a.StatusCode, want)
		}
	}
	if strings.Contains(s.Log(), strings.TrimSpace(string(token))) {
		t.Error("the token is in the log")
	}
}
