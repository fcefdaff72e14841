package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web"
)

// served is a handler over an engine of its own, for whoever the header Person names.
func served(t *testing.T, change func(*web.Options)) http.Handler {
	t.Helper()
	o := web.Options{Authenticate: func(r *http.Request) (request.Identity, error) {
		if id := r.Header.Get("Person"); id != "" {
			return request.Identity{ID: id, Groups: []string{}}, nil
		}
		return request.Identity{}, web.ErrSignIn
	}}
	change(&o)
	h, err := web.Handler(newWorld(t).engine, o)
	must(t, err)
	return h
}

func ask(t *testing.T, h http.Handler, person, from, path string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	r.RemoteAddr = "10.0.0.1:1"
	r.Header.Set("X-Forwarded-For", from)
	if person != "" {
		r.Header.Set("Person", person)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestClientsAreHeldToARate(t *testing.T) {
	t.Parallel()
	h := served(t, func(o *web.Options) {
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
		o.Limits = web.Limits{PerAddress: web.Rate{PerSecond: 0.01, AtOnce: 3}, PerPerson: web.Rate{PerSecond: 0.01, AtOnce: 4}}
	})
	for _, tt := range []struct {
		person, from, path string
		status             int
	}{
		{"eve", "198.51.100.1", "/api/v1/requests", 200},
		{"", "198.51.100.1", "/api/v1/requests", 401}, // counts for the address too
		{"eve", "198.51.100.1", "/requests", 200},
		{"eve", "198.51.100.1", "/api/v1/requests", 429},
		{"frank", "198.51.100.1", "/requests", 429},
		{"frank", "198.51.100.2", "/requests", 200},
		{"eve", "198.51.100.3", "/api/v1/requests", 200},
		{"eve", "198.51.100.4", "/api/v1/requests", 200},
		{"eve", "198.51.100.5", "/api/v1/requests", 429}, // wherever they come from
		{"frank", "198.51.100.5", "/api/v1/requests", 200},
		{"", "198.51.100.1", "/healthz", 200},
	} {
		a := ask(t, h, tt.person, tt.from, tt.path)
		if a.Code != tt.status || (a.Code == 429) != (a.Header().Get("Retry-After") == "100") {
			t.Errorf("%s from %s: %d, Retry-After %q\n%.200s", tt.person, tt.from, a.Code, a.Header().Get("Retry-After"), a.Body)
		}
		if wantsJSON := strings.HasPrefix(tt.path, "/api"); a.Code == 429 && wantsJSON != strings.Contains(a.Body.String(), `"RATE"`) {
			t.Errorf("%s is refused with %s", tt.path, a.Body)
		}
	}
}

func TestRequestsAtTheSameTimeAreBounded(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	h := served(t, func(o *web.Options) {
		o.Limits.AtOnce = 1
		authenticate := o.Authenticate
		o.Authenticate = func(r *http.Request) (request.Identity, error) {
			if r.Header.Get("Person") == "slow" {
				entered <- struct{}{}
				<-leave
			}
			return authenticate(r)
		}
	})
	done := make(chan int)
	go func() { done <- ask(t, h, "slow", "", "/requests").Code }()
	<-entered
	if a := ask(t, h, "eve", "", "/api/v1/requests"); a.Code != 503 || a.Header().Get("Retry-After") == "" || !strings.Contains(a.Body.String(), `"FULL"`) {
		t.Errorf("beside another: %d %s", a.Code, a.Body)
	}
	if a := ask(t, h, "", "", "/healthz"); a.Code != 200 {
		t.Errorf("the health: %d", a.Code)
	}
	close(leave)
	if code := <-done; code != 200 {
		t.Errorf("the one that was answered: %d", code)
	}
	if a := ask(t, h, "eve", "", "/api/v1/requests"); a.Code != 200 {
		t.Errorf("after it: %d %s", a.Code, a.Body)
	}
}

func TestTLSIsKeptTo(t *testing.T) {
	t.Parallel()
	h := served(t, func(o *web.Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	for proto, want := range map[string]string{"https": "max-age=31536000", "http": ""} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/requests", nil)
		r.RemoteAddr = "10.0.0.1:1"
		r.Header.Set("X-Forwarded-Proto", proto)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Strict-Transport-Security"); got != want {
			t.Errorf("%s: Strict-Transport-Security is %q", proto, got)
		}
	}
	for name, l := range map[string]web.Limits{
		"negative": {AtOnce: -1}, "no burst": {PerPerson: web.Rate{PerSecond: 1}}, "no rate": {PerAddress: web.Rate{AtOnce: 1}},
	} {
		if _, err := web.Handler(newWorld(t).engine, web.Options{Authenticate: func(*http.Request) (request.Identity, error) { return request.Identity{}, web.ErrSignIn }, Limits: l}); err == nil {
			t.Errorf("%s: Limits are taken", name)
		}
	}
}

// Behind a proxy that asks under a name of its own, forms come from the address that people know.
func TestFormsComeFromTheAddressOfThePages(t *testing.T) {
	t.Parallel()
	h := served(t, func(o *web.Options) { o.URL = "https://access.example.com/grants" })
	for origin, refused := range map[string]bool{"https://access.example.com": false, "https://evil.example.com": true, "http://access.example.com": true} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://backend:8080/api/v1/requests", strings.NewReader("{}"))
		r.Header.Set("Origin", origin)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Person", "eve")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := strings.Contains(w.Body.String(), "CROSS_ORIGIN"); got != refused {
			t.Errorf("from %s: %d %s", origin, w.Code, w.Body)
		}
	}
}
