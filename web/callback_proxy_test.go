package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web"
)

// Behind a proxy that ends TLS and asks us under another name, services answer at the address
// that they were told, and whoever guesses tokens is told apart from them by their addresses.
func TestServicesAnswerBehindAProxy(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, "", web.Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, URL: "https://access.example.com",
		Authenticate: nobodySignsIn}, nil)
	_, token := w.hooked(t)
	to, err := url.Parse(w.URL)
	must(t, err)
	proxy := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Header.Set("X-Forwarded-For", r.In.Header.Get("Test-Address")) // as if it came from there
		r.Out.Header.Set("X-Forwarded-Proto", "https")
	}})
	t.Cleanup(proxy.Close)
	says := func(from, token string) answer {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, proxy.URL+"/provisioning/answers", strings.NewReader(`{"outcome":"DONE"}`))
		must(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Test-Address", from)
		return do(t, proxy.Client(), r)
	}
	for range 20 {
		if a := says("198.51.100.1", "guess.guess"); a.status != http.StatusUnauthorized {
			t.Fatalf("a guess: %d %s", a.status, a.body)
		}
	}
	if a := says("198.51.100.1", "guess.guess"); a.status != http.StatusTooManyRequests {
		t.Errorf("after twenty guesses: %d %s", a.status, a.body)
	}
	if a := says("198.51.100.2", "guess.guess"); a.status != http.StatusUnauthorized {
		t.Errorf("somebody else's first guess: %d %s", a.status, a.body)
	}
	if a := says("198.51.100.2", token); a.status != http.StatusOK || a.header.Get("Strict-Transport-Security") == "" {
		t.Errorf("the service: %d %s", a.status, a.body)
	}
}

func nobodySignsIn(*http.Request) (request.Identity, error) {
	return request.Identity{}, web.ErrSignIn
}
