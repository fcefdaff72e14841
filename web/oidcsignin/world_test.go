package oidcsignin_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web"
	"github.com/grantwright/grantwright/web/oidcsignin"
)

// world is an engine behind one or two providers.
type world struct {
	*httptest.Server
	engine *grantwrighttest.World
	corp   *fake
	other  *fake // nil without a second
	in     *oidcsignin.SignIn
	log    *enginetest.Log
}

// newWorld serves an engine whose people come from a provider.
func newWorld(t testing.TB, change ...func(*world, *oidcsignin.Options)) *world {
	t.Helper()
	return newWorldOn(t, nil, change...)
}

// newWorldOn has the engine changed before.
func newWorldOn(t testing.TB, config func(*grantwright.Config), change ...func(*world, *oidcsignin.Options)) *world {
	t.Helper()
	engine, err := grantwrighttest.New(func(c *grantwright.Config) {
		c.Directory = nil
		if config != nil {
			config(c)
		}
	})
	must(t, err)
	t.Cleanup(func() { _ = engine.Close() })
	w := &world{engine: engine, log: new(enginetest.Log)}
	w.corp = newFake(t, w.engine.Clock.Now)
	w.mount(t, change...)
	return w
}

// mount serves the engine of the world, as a process of its own does.
func (w *world) mount(t testing.TB, change ...func(*world, *oidcsignin.Options)) {
	t.Helper()
	mux := http.NewServeMux()
	w.Server = httptest.NewServer(mux)
	t.Cleanup(w.Close)
	o := oidcsignin.Options{Address: w.URL, Now: w.engine.Clock.Now, Logger: slog.New(slog.NewTextHandler(w.log, nil)), Issuers: []oidcsignin.Issuer{w.corp.issuer("")}}
	for _, f := range change {
		f(w, &o)
	}
	in, err := oidcsignin.New(w.engine.Engine, o)
	must(t, err)
	access, err := web.Handler(w.engine.Engine, web.Options{Authenticate: in.Authenticate, SignIn: in, SignInPath: in.SignInPath(), SignOutPath: in.SignOutPath(),
		SessionCookie: in.SessionCookie(), OpenID: in.OpenID(), URL: o.Address, Logger: o.Logger})
	must(t, err)
	w.in = in
	mux.Handle("/", access)
}

// issuer is how a fake is configured.
func (f *fake) issuer(name string) oidcsignin.Issuer {
	return oidcsignin.Issuer{Name: name, URL: f.URL, ClientID: client, Secret: func(context.Context) (string, error) { return clientSecret, nil },
		Claims:      oidcsignin.Claims{Attributes: map[string]string{"department": "department"}},
		Permissions: []oidcsignin.Rule{{Permission: request.Admin, Group: "platform"}, {Permission: request.Governance, Claim: "realm_access.roles", Value: "governance"}},
		Audiences:   []string{"https://access.example.com"},
		Services:    []oidcsignin.Service{{Client: "etl", Subject: "service-1", Owner: "eve", Permissions: []request.Permission{request.Asking}}}}
}

// browser is somebody's, with its cookies.
type browser struct {
	*http.Client
	t testing.TB
	w *world
}

func (w *world) browser(t testing.TB) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	return &browser{&http.Client{Jar: jar}, t, w}
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
	url    *url.URL
}

// open asks for a path of the world, or for a URL.
func (b *browser) open(at string) reply {
	b.t.Helper()
	return b.send(http.MethodGet, at, nil)
}

func (b *browser) post(at string, values url.Values) reply {
	b.t.Helper()
	return b.send(http.MethodPost, at, values)
}

func (b *browser) send(method, at string, values url.Values) reply {
	b.t.Helper()
	if strings.HasPrefix(at, "/") {
		at = b.w.URL + at
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, at, strings.NewReader(values.Encode()))
	must(b.t, err)
	if values != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := b.Do(r)
	must(b.t, err)
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	must(b.t, err)
	return reply{answer.StatusCode, answer.Header, string(body), answer.Request.URL}
}

// stay follows no redirect.
func (b *browser) stay() *browser {
	c := *b.Client
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{&c, b.t, b.w}
}

// cookie is one that the browser holds for the world.
func (b *browser) cookie(name string) string {
	at, err := url.Parse(b.w.URL)
	must(b.t, err)
	for _, c := range b.Jar.Cookies(at) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// holds puts a cookie into the browser.
func (b *browser) holds(name, value string) {
	at, err := url.Parse(b.w.URL)
	must(b.t, err)
	b.Jar.SetCookies(at, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// me asks the API who is signed in: the answer is empty for nobody.
func (b *browser) me() string {
	b.t.Helper()
	a := b.open("/api/v1/people/me")
	switch a.status {
	case http.StatusOK:
		return a.body
	case http.StatusUnauthorized:
		return ""
	}
	b.t.Fatalf("who am I: %d %s", a.status, a.body)
	return ""
}

func want(t testing.TB, a reply, status int, texts ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s: %d, want %d: %s", a.url, a.status, status, a.body)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("%s: %q is not in it: %s", a.url, text, a.body)
		}
	}
}

// callback walks to the provider and back, and returns the URL with which the browser
// comes back, which it has not opened yet.
func (b *browser) callback(path string) string {
	b.t.Helper()
	stay := b.stay()
	a := stay.open(path)
	a = stay.open(a.header.Get("Location"))
	if to := a.header.Get("Location"); strings.Contains(to, "/callback") {
		return to
	}
	b.t.Fatalf("the provider answers %d %s", a.status, a.body)
	return ""
}
