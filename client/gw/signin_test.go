package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

const secret = "gwt_hunter2"

// provider is a server that gives tokens, by either way, and knows them until they are taken
// back.
type provider struct {
	*httptest.Server
	mu    sync.Mutex
	given int
	live  map[string]bool
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{live: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/tokens/exchange", p.give)
	mux.HandleFunc("POST /api/v1/device/token", p.give)
	mux.HandleFunc("POST /api/v1/device", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, `{"device_code": "D1", "user_code": "BCDF-GHJK", "verification_uri": "https://access.example.com/device", "expires_in": 600, "interval": 1}`)
	})
	mux.HandleFunc("DELETE /api/v1/tokens/current", func(w http.ResponseWriter, r *http.Request) {
		if p.signedIn(w, r) {
			p.mu.Lock()
			delete(p.live, r.Header.Get("Authorization"))
			p.mu.Unlock()
			w.WriteHeader(204)
		}
	})
	mux.HandleFunc("GET /api/v1/me", func(w http.ResponseWriter, r *http.Request) {
		if p.signedIn(w, r) {
			answer(w, 200, `{"person": "eve@example.com", "name": "Eve\u001b[2J", "kind": "PERSON", "permissions": ["AUDIT"], "groups": ["b", "a"], "groupsKnown": true,
				"token": {"name": "gw on laptop", "expires": "2027-01-02T15:04:05Z", "scope": {"operations": ["read", "ask"], "connections": ["shop"]}}}`)
		}
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", map[bool]string{true: "application/json", false: "application/problem+json"}[status < 400])
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func (p *provider) give(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.given++
	token := secret + string(rune('0'+p.given))
	p.live["Bearer "+token] = true
	answer(w, 200, `{"secret": "`+token+`", "token": {"id": "T1", "owner": "eve@example.com", "expires": "2027-01-02T15:04:05Z"}}`)
}

func (p *provider) signedIn(w http.ResponseWriter, r *http.Request) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.live[r.Header.Get("Authorization")] {
		answer(w, 401, `{"status": 401, "title": "Unauthorized", "code": "TOKEN", "detail": "The token is not known."}`)
		return false
	}
	return true
}

func (p *provider) alive() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.live)
}

// atHome is a gw with a file of its own and an empty environment.
func atHome(t *testing.T) *gw {
	t.Helper()
	return &gw{env: func(string) string { return "" }, now: time.Now, zone: time.UTC, file: filepath.Join(t.TempDir(), "grantwright", "login.json"),
		browse: func(address string) error { return allow(address, "code=the-code") }}
}

// allow is a browser in which somebody allows it at once.
func allow(address, says string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	q := u.Query()
	back, err := http.Get(q.Get("redirect_uri") + "?state=" + url.QueryEscape(q.Get("state")) + "&" + says)
	if err != nil {
		return err
	}
	return back.Body.Close()
}

func (r run) withoutSecret(t *testing.T) run {
	t.Helper()
	if strings.Contains(r.out+r.errs, secret) {
		t.Errorf("the token is printed:\n%s%s", r.out, r.errs)
	}
	return r
}

func TestSigningInAndOut(t *testing.T) {
	t.Parallel()
	p, g := newProvider(t), atHome(t)
	g.wants(t, exitUsage, words("me"), "gw login https://")
	g.wants(t, exitUsage, words("login"), "the address of the server is missing")
	g.wants(t, exitDone, words("login -days 7 "+p.URL), "signed in to "+p.URL+" as eve@example.com until 2027-01-02 15:04").withoutSecret(t)
	found, err := os.Stat(g.file)
	must(t, err)
	folder, err := os.Stat(filepath.Dir(g.file))
	must(t, err)
	if runtime.GOOS != "windows" && (found.Mode().Perm() != 0o600 || folder.Mode().Perm() != 0o700) {
		t.Errorf("the file has mode %s, its folder %s", found.Mode(), folder.Mode())
	}
	g.wants(t, exitDone, words("me"), "eve@example.com", `Eve\u001b[2J`, "a, b", "AUDIT", "gw on laptop, until 2027-01-02 15:04", "ask, read", "shop").withoutSecret(t)
	var all map[string]any
	must(t, json.Unmarshal([]byte(g.wants(t, exitDone, words("me -json")).out), &all))
	if all["person"] != "eve@example.com" {
		t.Errorf("gw me -json prints %v", all)
	}
	g.wants(t, exitDone, words("login -json"), `"person": "eve@example.com"`).withoutSecret(t)
	if p.given != 2 || p.alive() != 1 {
		t.Errorf("%d of %d tokens work: a new sign-in takes the one before back", p.alive(), p.given)
	}
	g.wants(t, exitDone, words("logout"), "does not work any more")
	if _, err := os.Stat(g.file); !errors.Is(err, os.ErrNotExist) || p.alive() != 0 {
		t.Errorf("after gw logout the file is there (%v), and %d tokens work", err, p.alive())
	}
	g.wants(t, exitDone, words("logout"), "Nobody was signed in.")
}

func TestSigningInWithACode(t *testing.T) {
	t.Parallel()
	p, g := newProvider(t), atHome(t)
	g.wants(t, exitDone, words("login -device "+p.URL), "https://access.example.com/device", "BCDF-GHJK", "as eve@example.com").withoutSecret(t)
	g.wants(t, exitDone, words("me"))
}

func TestSigningInThatFails(t *testing.T) {
	t.Parallel()
	p, g := newProvider(t), atHome(t)
	g.browse = func(address string) error { return allow(address, "error=access_denied") }
	g.wants(t, exitRefused, words("login "+p.URL), "not allowed on the page")
	g.browse = func(address string) error {
		return errors.Join(allow(address, "code=the-code"), errors.New("no browser")) // it was opened by hand
	}
	g.wants(t, exitDone, words("login "+p.URL), "Open this address", p.URL+"/cli?")
	g.wants(t, exitUsage, words("login http://access.example.com"), "https://", "GW_PLAIN_HTTP=1")
	g.wants(t, exitUsage, words("login ftp://x"), "must be one such as")
	g.wants(t, exitUsage, words("login -days 400 "+p.URL), "-days is 400")
	g.wants(t, exitUsage, words("login a b"), "one too many")
	full := atHome(t)
	full.file = filepath.Join(g.file, "no-folder", "login.json") // below a file
	full.wants(t, exitFault, words("login "+p.URL), "could not be kept").withoutSecret(t)
	if p.given != 2 || p.alive() != 1 {
		t.Errorf("%d of %d tokens work, want the one that was kept", p.alive(), p.given)
	}
}

func TestTheTokenGoesToItsServerAlone(t *testing.T) {
	t.Parallel()
	p, g := newProvider(t), atHome(t)
	g.wants(t, exitDone, words("login "+p.URL))
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h := r.Header.Get("Authorization"); h != "" {
			t.Errorf("the other server was sent %q", h)
		}
		answer(w, 401, `{"status": 401, "title": "Unauthorized", "code": "SIGN_IN", "detail": "Nobody is signed in."}`)
	}))
	t.Cleanup(other.Close)
	env := map[string]string{"GW_URL": other.URL}
	g.env = func(n string) string { return env[n] }
	g.wants(t, exitRefused, words("me"), "Sign in with gw login.")
	env["GW_URL"] = p.URL + "/"
	g.wants(t, exitDone, words("me"), "eve@example.com")
	env["GW_TOKEN"] = "gwt_another"
	g.wants(t, exitRefused, words("me"), "The sign-in is over").withoutSecret(t)
}
