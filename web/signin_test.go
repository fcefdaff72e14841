package web_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web"
	"github.com/grantwright/grantwright/web/internal/self"
)

// TestDevSignInServesThisMachineOnly asks for the same in every way that another
// machine, a proxy or a page of another site could.
func TestDevSignInServesThisMachineOnly(t *testing.T) {
	t.Parallel()
	engine := newEngine(t).engine
	h, err := web.Handler(engine, web.Options{Dev: &web.Dev{People: everybody}})
	must(t, err)
	tests := []struct {
		name, remote, local, host string
		header                    string // and its value, after a colon
		want                      int
	}{
		{"loopback", "127.0.0.1:50000", "127.0.0.1:8080", "localhost:8080", "", 200},
		{"another loopback", "127.9.9.9:50000", "127.0.0.2:8080", "127.0.0.2", "", 200},
		{"IPv6", "[::1]:50000", "[::1]:8080", "[::1]:8080", "", 200},
		{"IPv6 without a port", "[::1]:50000", "[::1]:8080", "[::1]", "", 200},
		{"IPv4 in IPv6", "[::ffff:127.0.0.1]:50000", "[::ffff:127.0.0.1]:8080", "LOCALHOST:8080", "", 200},
		{"another machine", "192.0.2.7:50000", "127.0.0.1:8080", "localhost:8080", "", 403},
		{"another machine, IPv6", "[2001:db8::7]:50000", "[::1]:8080", "localhost:8080", "", 403},
		{"no address", "@", "127.0.0.1:8080", "localhost:8080", "", 403},
		{"reached from outside", "127.0.0.1:50000", "192.0.2.1:8080", "localhost:8080", "", 403},
		{"reached at we do not know what", "127.0.0.1:50000", "", "localhost:8080", "", 403},
		{"rebound name", "127.0.0.1:50000", "127.0.0.1:8080", "evil.example.com:8080", "", 403},
		{"name that begins like loopback", "127.0.0.1:50000", "127.0.0.1:8080", "127.0.0.1.example.com", "", 403},
		{"name that ends like loopback", "127.0.0.1:50000", "127.0.0.1:8080", "evil.localhost.example.com", "", 403},
		{"name below localhost", "127.0.0.1:50000", "127.0.0.1:8080", "x.localhost", "", 403},
		{"other address", "127.0.0.1:50000", "127.0.0.1:8080", "0.0.0.0:8080", "", 403},
		{"no host", "127.0.0.1:50000", "127.0.0.1:8080", "", "", 403},
		{"Forwarded", "127.0.0.1:50000", "127.0.0.1:8080", "localhost", "Forwarded: for=192.0.2.7", 403},
		{"X-Forwarded-For", "127.0.0.1:50000", "127.0.0.1:8080", "localhost", "X-Forwarded-For: 127.0.0.1", 403},
		{"X-Forwarded-Host", "127.0.0.1:50000", "127.0.0.1:8080", "localhost", "x-forwarded-host: localhost", 403},
		{"X-Real-IP", "127.0.0.1:50000", "127.0.0.1:8080", "localhost", "X-Real-IP: 127.0.0.1", 403},
		{"Via", "127.0.0.1:50000", "127.0.0.1:8080", "localhost", "Via: 1.1 proxy", 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, path := range []string{"/api/v1/people/me", "/requests", "/sign-in"} {
				a := devRequest(t, h, path, tt.remote, tt.local, tt.host, tt.header)
				if a.Code != tt.want || tt.want == 403 && !strings.Contains(a.Body.String(), "serves this machine only: ") {
					t.Errorf("%s: status %d, want %d: %s", path, a.Code, tt.want, truncated(a.Body.String()))
				}
			}
			if a := devRequest(t, h, "/healthz", tt.remote, tt.local, tt.host, tt.header); a.Code != 200 {
				t.Errorf("/healthz: status %d, want 200", a.Code)
			}
		})
	}
}

func devRequest(t *testing.T, h http.Handler, path, remote, local, host, header string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	r.RemoteAddr, r.Host = remote, host
	if local != "" {
		addr, err := net.ResolveTCPAddr("tcp", local)
		must(t, err)
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, addr))
	}
	r.Header.Set(web.DevHeader, eve.ID)
	if name, value, is := strings.Cut(header, ": "); is {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestDevCookie(t *testing.T) {
	t.Parallel()
	for _, tt := range mounts {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldAt(t, tt.base, tt.options, tt.mount)
			b := w.browser(t)
			b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			a := b.send(form{tt.base + "/sign-in", url.Values{"person": {eve.ID}, "return": {tt.base + "/reviews"}}})
			cookie, err := http.ParseSetCookie(a.header.Get("Set-Cookie"))
			must(t, err)
			if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != tt.base+"/" || a.header.Get("Location") != tt.base+"/reviews" {
				t.Errorf("the cookie is %s, the way on %s", cookie, a.header.Get("Location"))
			}
			wantOn(t, b.open(tt.base+"/requests"), 200, "No requests yet", `action="`+tt.base+`/sign-out"`)

			_, signature, _ := strings.Cut(cookie.Value, ".")
			for _, forged := range []string{"." + signature, "", base64.RawURLEncoding.EncodeToString([]byte(admin.ID)), "."} {
				forger := w.browser(t)
				forger.client.CheckRedirect = b.client.CheckRedirect
				other := *cookie
				other.Value = base64.RawURLEncoding.EncodeToString([]byte(admin.ID)) + forged
				forger.client.Jar.SetCookies(a.url, []*http.Cookie{&other})
				if a := forger.open(tt.base + "/requests"); a.status != 303 {
					t.Errorf("a cookie forged with %q: status %d, want 303", forged, a.status)
				}
			}
			b.client.Jar.SetCookies(a.url, []*http.Cookie{cookie})
			a = b.send(form{tt.base + "/sign-out", nil})
			if a.status != 303 || b.open(tt.base+"/requests").status != 303 {
				t.Error("signing out left somebody signed in")
			}
		})
	}
}

func TestReturnPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for given, want := range map[string]string{
		"/request?a=b%26c&d": "/request?a=b%26c&d",
		"//evil.example.com": "/", "///evil.example.com": "/", "/\\evil.example.com": "/", "https://evil.example.com/": "/", "evil": "/", "": "/",
		"/\t/evil.example.com": "/", "javascript:alert(1)": "/", "/\n/evil.example.com": "/", "\\\\evil.example.com": "/",
	} {
		b := w.browser(t)
		b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		a := b.send(form{"/sign-in", url.Values{"person": {eve.ID}, "return": {given}}})
		if got := a.header.Get("Location"); got != want {
			t.Errorf("return %q leads to %q, want %q", given, got, want)
		}
	}
}

// TestHostsOwnSignIn is a host that knows its people by a header of its own.
func TestHostsOwnSignIn(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, "/grants", web.Options{
		Prefix:     "/grants",
		SignInPath: "/login?from=grants",
		Authenticate: func(r *http.Request) (request.Identity, error) {
			switch r.Header.Get("X-Test-User") {
			case "":
				return request.Identity{}, web.ErrSignIn
			case "two":
				return request.Identity{ID: "a|b"}, nil
			}
			return eve, nil
		},
	}, nil)
	b := w.browser(t)
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	a := b.open("/grants" + ordersLink)
	to, err := url.Parse(a.header.Get("Location"))
	must(t, err)
	if a.status != 303 || to.Path != "/login" || to.Query().Get("from") != "grants" || to.Query().Get("return") != "/grants"+ordersLink {
		t.Errorf("not signed in: status %d, to %s", a.status, to)
	}
	a = b.send(form{"/grants" + ordersLink, url.Values{}})
	wantOn(t, a, 401, "Nobody is signed in.", "/login?from=grants&amp;return=%2Fgrants%2Fsigned-in", `action="/grants/request?fullyQualifiedName=`)
	wantOn(t, b.send(form{"/grants" + ordersLink, url.Values{}}, "X-Test-User", "two"), 500)
	if a := b.open("/grants/sign-in"); a.status != 404 {
		t.Errorf("the dev sign-in is there: status %d", a.status)
	}
	a = w.call(t, nobody, "GET", "/people/me", "")
	if p := read[web.Problem](t, a, 401); p.Code != "SIGN_IN" {
		t.Errorf("the API says %+v", p)
	}
	me := read[self.Me](t, w.call(t, nobody, "GET", "/people/me", "", "X-Test-User", "eve"), 200)
	if me.Person != eve.Person() || me.Name != "Eve" {
		t.Errorf("I am %+v", me)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	engine := newEngine(t).engine
	who := func(*http.Request) (request.Identity, error) { return eve, nil }
	dev := &web.Dev{People: everybody}
	for name, tt := range map[string]struct {
		o    web.Options
		want string
	}{
		"nobody can sign in": {web.Options{}, "exactly one of"},
		"both":               {web.Options{Authenticate: who, Dev: dev}, "exactly one of"},
		"no people":          {web.Options{Dev: new(web.Dev)}, "People is empty"},
		"bad person":         {web.Options{Dev: &web.Dev{People: request.Roster{{}}}}, "id is missing"},
		"prefix":             {web.Options{Dev: dev, Prefix: "grants"}, "Options.Prefix"},
		"prefix with slash":  {web.Options{Dev: dev, Prefix: "/grants/"}, "Options.Prefix"},
		"prefix of a host":   {web.Options{Dev: dev, Prefix: "//evil"}, "Options.Prefix"},
		"sign-in elsewhere":  {web.Options{Authenticate: who, SignInPath: "https://evil.example.com"}, "Options.SignInPath"},
	} {
		if _, err := web.Handler(engine, tt.o); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: the error is %v, want %q in it", name, err, tt.want)
		}
	}
	if _, err := web.Handler(nil, web.Options{Dev: dev}); err == nil {
		t.Error("without an engine: no error")
	}
}

func TestCrossOriginIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.submitted(t, eve)
	b := w.browser(t)
	b.signIn(b.open("/"), eve.ID)
	its := form{"/requests/" + string(req.ID), url.Values{"act": {"cancel"}}}
	for name, headers := range map[string][]string{
		"another site":    {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example.com"},
		"another origin":  {"Sec-Fetch-Site", "same-site", "Origin", "http://127.0.0.1:1"},
		"an old browser":  {"Sec-Fetch-Site", "", "Origin", "https://evil.example.com"},
		"a hidden origin": {"Sec-Fetch-Site", "", "Origin", "null"},
	} {
		wantOn(t, b.send(its, headers...), 403, "Another site sent this request")
		a := w.call(t, eve, "POST", "/requests/"+string(req.ID)+"/cancel", "", headers...)
		if p := read[web.Problem](t, a, 403); p.Code != "CROSS_ORIGIN" {
			t.Errorf("%s: the API says %+v", name, p)
		}
	}
	// The header for scripts cannot be sent across origins without asking first,
	// and nobody says yes to that.
	a := w.call(t, eve, "OPTIONS", "/people/me", "", "Origin", "https://evil.example.com", "Access-Control-Request-Headers", web.DevHeader, "Access-Control-Request-Method", "GET")
	if a.status != 405 || a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("preflight: status %d, %v", a.status, a.header)
	}
	wantOn(t, b.send(its), 200, "Canceled")
}

// downStore is a store that does not answer.
type downStore struct {
	store.Store
	err error
}

func (s downStore) Get(context.Context, ...store.Key) ([]store.Record, error) { return nil, s.err }

// fullStore is a store that reads, and refuses writes.
type fullStore struct{ store.Store }

func (fullStore) Write(context.Context, store.Commit) error { return store.ErrAway }

// A process whose store takes no writes lives and is not ready, also before anybody has tried
// to write.
func TestReadyTakesWrites(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		store store.Store
		want  int
	}{{new(store.Memory), 200}, {fullStore{new(store.Memory)}, 503}, {downStore{new(store.Memory), store.ErrAway}, 503}} {
		engine, err := grantwright.New(grantwright.Config{Store: tt.store, Inventory: new(catalog.Memory)})
		must(t, err)
		h, err := web.Handler(engine, web.Options{Authenticate: func(*http.Request) (request.Identity, error) { return eve, nil }})
		must(t, err)
		for path, want := range map[string]int{"/healthz": 200, "/readyz": tt.want} {
			a := httptest.NewRecorder()
			h.ServeHTTP(a, httptest.NewRequest("GET", path, nil))
			if a.Code != want {
				t.Errorf("%T: %s: %d, want %d", tt.store, path, a.Code, want)
			}
		}
		must(t, engine.Close())
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	who := func(*http.Request) (request.Identity, error) { return eve, nil }
	o := web.Options{Prefix: "/grants", Authenticate: who}
	w := newWorldAt(t, "/grants", o, nil)
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ok\noverdue: 0\n", "/grants/healthz": "ok\n", "/grants/readyz": "ok\noverdue: 0\n"} {
		if a := w.browser(t).open(path); a.status != 200 || a.body != want {
			t.Errorf("%s: %d %q", path, a.status, a.body)
		}
	}

	for _, down := range []struct {
		err  error
		want int
	}{
		{errors.New("dial tcp 10.0.0.1: secret words"), 500},
		{fmt.Errorf("%w: secret words", store.ErrAway), 503},
	} {
		engine, err := grantwright.New(grantwright.Config{Store: downStore{new(store.Memory), down.err}, Inventory: new(catalog.Memory)})
		must(t, err)
		h, err := web.Handler(engine, o)
		must(t, err)
		for path, want := range map[string]int{"/healthz": 200, "/readyz": 503, "/grants/requests/x": down.want, "/grants/api/v1/requests/x": down.want} {
			a := httptest.NewRecorder()
			h.ServeHTTP(a, httptest.NewRequest("GET", path, nil))
			if a.Code != want || strings.Contains(a.Body.String(), "secret words") {
				t.Errorf("%s while the store says %v: %d %s, want %d", path, down.err, a.Code, truncated(a.Body.String()), want)
			}
			if again := a.Header().Get("Retry-After"); (again != "") != (want == 503) {
				t.Errorf("%s while the store says %v: Retry-After %q", path, down.err, again)
			}
		}
		must(t, engine.Close())
	}
}
