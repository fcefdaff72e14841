package login_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grantwright/grantwright/client"
	"github.com/grantwright/grantwright/client/internal/login"
)

const secret = "gwt_hunter2"

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func problem(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"title": "x", "status": %d, "code": %q, "detail": "as %s says"}`, status, code, code)
}

func granted(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"secret": %q, "token": {"id": "T1", "owner": "eve@example.com", "expires": "2027-01-02T15:04:05Z"}}`, secret)
}

// server keeps what the page was opened with, and exchanges its code once.
type server struct {
	*client.Client
	page url.Values
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{}
	mux := http.NewServeMux()
	used := false
	mux.HandleFunc("POST /api/v1/tokens/exchange", func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Code, Verifier string }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			problem(w, 400, "BODY")
			return
		}
		challenge := sha256.Sum256([]byte(body.Verifier))
		if used || body.Code != "the-code" || base64.RawURLEncoding.EncodeToString(challenge[:]) != s.page.Get("code_challenge") {
			problem(w, 400, "CODE")
			return
		}
		used = true
		granted(w)
	})
	h := httptest.NewServer(mux)
	t.Cleanup(h.Close)
	var err error
	s.Client, err = client.New(h.URL)
	must(t, err)
	return s
}

// redirect is the browser that comes back, with parameters that may be changed.
func (s *server) redirect(t *testing.T, change func(u *url.URL, q url.Values)) (int, string) {
	t.Helper()
	u, err := url.Parse(s.page.Get("redirect_uri"))
	must(t, err)
	q := url.Values{"code": {"the-code"}, "state": {s.page.Get("state")}}
	change(u, q)
	u.RawQuery = q.Encode()
	answer, err := http.Get(u.String())
	must(t, err)
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	must(t, err)
	return answer.StatusCode, string(text)
}

var asked = login.Asked{Name: "gw on laptop", Scope: "read ask", Days: 7}

func nothing(*url.URL, url.Values) {}

func TestTheBrowserBringsACode(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	g, err := login.Loopback(t.Context(), s.Client, asked, func(address string) {
		u, err := url.Parse(address)
		must(t, err)
		s.page = u.Query()
		if !strings.HasPrefix(address, s.Address()+"/cli?") || s.page.Get("name") != "gw on laptop" || s.page.Get("scope") != "read ask" || s.page.Get("days") != "7" || s.page.Get("code_challenge_method") != "S256" {
			t.Errorf("the page is %s", address)
		}
		if to := s.page.Get("redirect_uri"); !regexp.MustCompile(`^http://127\.0\.0\.1:\d+/callback$`).MatchString(to) {
			t.Errorf("it redirects to %s", to)
		}
		for name, change := range map[string]func(*url.URL, url.Values){
			"no state":       func(_ *url.URL, q url.Values) { q.Del("state") },
			"another state":  func(_ *url.URL, q url.Values) { q.Set("state", "guessed") },
			"another path":   func(u *url.URL, _ url.Values) { u.Path = "/" },
			"another name":   func(u *url.URL, _ url.Values) { u.Host = "localhost:" + u.Port() },
			"a refusal only": func(_ *url.URL, q url.Values) { q.Del("state"); q.Set("error", "access_denied") },
		} {
			if status, text := s.redirect(t, change); status != 400 {
				t.Errorf("%s: %d %s", name, status, text)
			}
		}
		if status, text := s.redirect(t, nothing); status != 200 || !strings.Contains(text, "You are signed in") {
			t.Errorf("the redirect: %d %s", status, text)
		}
		if _, text := s.redirect(t, nothing); !strings.Contains(text, "answered already") {
			t.Errorf("the redirect again: %s", text)
		}
	})
	must(t, err)
	if g.Secret != secret || g.Token.ID != "T1" || g.Token.Owner != "eve@example.com" || g.Token.Expires.Year() != 2027 {
		t.Errorf("granted is %+v", g)
	}
}

func TestTheBrowserBringsNone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*url.URL, url.Values)
		fails  func(error) bool
	}{
		{"it was not allowed", func(_ *url.URL, q url.Values) { q.Del("code"); q.Set("error", "access_denied") }, func(err error) bool { return errors.Is(err, login.ErrDenied) }},
		{"it has no code", func(_ *url.URL, q url.Values) { q.Del("code") }, func(err error) bool { return strings.Contains(err.Error(), "no code") }},
		{"it has a code of somebody's", func(_ *url.URL, q url.Values) { q.Set("code", "guessed") }, func(err error) bool { return client.Code(err) == "CODE" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			g, err := login.Loopback(t.Context(), s.Client, asked, func(address string) {
				u, err := url.Parse(address)
				must(t, err)
				s.page = u.Query()
				s.redirect(t, tt.change)
			})
			if err == nil || !tt.fails(err) || g.Secret != "" {
				t.Errorf("%+v, %v", g, err)
			}
		})
	}
}

func TestNobodyIsWaitedForWithoutEnd(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := login.Loopback(ctx, s.Client, asked, func(string) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// polled is a server that answers polls by a list of codes; empty is a token. It notes the times.
type polled struct {
	codes []string
	began time.Time
	at    []time.Duration
}

// RoundTrip answers a call.
func (p *polled) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	if r.URL.Path == "/api/v1/device" {
		p.began = time.Now()
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"device_code": "D1", "user_code": "BCDF-GHJK", "verification_uri": "https://access.example.com/device", "expires_in": 600, "interval": 5}`)
	} else {
		p.poll(w)
	}
	answer := w.Result()
	answer.Request = r
	return answer, nil
}

// poll answers a poll.
func (p *polled) poll(w http.ResponseWriter) {
	p.at = append(p.at, time.Since(p.began))
	switch code := p.codes[min(len(p.at), len(p.codes))-1]; code {
	case "":
		granted(w)
	case "away":
		problem(w, 500, "INTERNAL")
	default:
		problem(w, 400, code)
	}
}

func TestDevice(t *testing.T) {
	t.Parallel()
	const waits, slow = "AUTHORIZATION_PENDING", "SLOW_DOWN"
	for _, tt := range []struct {
		name  string
		codes []string
		takes time.Duration
		fails string // what the error says; empty for none
	}{
		{"at once", []string{""}, 5 * time.Second, ""},
		{"later", []string{waits, waits, ""}, 15 * time.Second, ""},
		{"slower from then on", []string{waits, slow, waits, ""}, 30 * time.Second, ""},
		{"twice as slow while the server is away", []string{"away", "away", ""}, 35 * time.Second, ""},
		{"refused", []string{waits, "ACCESS_DENIED"}, 10 * time.Second, login.ErrDenied.Error()},
		{"too late", []string{"EXPIRED_TOKEN"}, 5 * time.Second, "EXPIRED_TOKEN"},
		{"never", []string{waits}, 10 * time.Minute, "nobody has typed the code"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &polled{codes: tt.codes}
				c, err := client.New("https://access.example.com", client.Transport(p))
				must(t, err)
				var shown login.Code
				g, err := login.Device(t.Context(), c, asked, func(code login.Code) { shown = code })
				if took := time.Since(p.began); took != tt.takes {
					t.Errorf("it took %s, want %s: polls at %v", took, tt.takes, p.at)
				}
				if shown.User != "BCDF-GHJK" || shown.Page != "https://access.example.com/device" {
					t.Errorf("shown is %+v", shown)
				}
				if tt.fails == "" && (err != nil || g.Secret != secret) || tt.fails != "" && (err == nil || !strings.Contains(err.Error(), tt.fails)) {
					t.Errorf("%+v, %v, want %q", g, err, tt.fails)
				}
			})
		})
	}
}
