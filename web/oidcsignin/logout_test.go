package oidcsignin_test

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/oidcsignin"
)

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// logout sends a logout token with some claims changed.
func (w *world) logout(t *testing.T, change map[string]any) int {
	t.Helper()
	now := w.engine.Clock.Now()
	claims := map[string]any{"iss": w.corp.URL, "aud": client, "iat": now.Unix(), "exp": now.Add(2 * time.Minute).Unix(), "jti": "1", "sid": "session-1",
		"events": map[string]any{logoutEvent: map[string]any{}}}
	maps.Copy(claims, change)
	raw, err := w.corp.sign(claims)
	must(t, err)
	return w.browser(t).post("/sign-in/back-channel", url.Values{"logout_token": {raw}}).status
}

func TestTheProviderEndsSessions(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change map[string]any
		status int
		ended  bool
	}{
		"by session":             {nil, 200, true},
		"by person":              {map[string]any{"sid": nil, "sub": "eve"}, 200, true},
		"by both":                {map[string]any{"sub": "eve"}, 200, true},
		"another session":        {map[string]any{"sid": "session-2"}, 200, false},
		"another person":         {map[string]any{"sid": nil, "sub": "frank"}, 200, false},
		"a session of another":   {map[string]any{"sub": "frank"}, 200, false},
		"nobody":                 {map[string]any{"sid": nil}, 400, false},
		"another issuer":         {map[string]any{"iss": "https://evil.example.com"}, 400, false},
		"another audience":       {map[string]any{"aud": "x"}, 400, false},
		"no event":               {map[string]any{"events": nil}, 400, false},
		"another event":          {map[string]any{"events": map[string]any{"x": map[string]any{}}}, 400, false},
		"an event of no object":  {map[string]any{"events": map[string]any{logoutEvent: "x"}}, 400, false},
		"a nonce":                {map[string]any{"nonce": "x"}, 400, false},
		"no id":                  {map[string]any{"jti": nil}, 400, false},
		"over":                   {map[string]any{"exp": 1}, 400, false},
		"made long ago":          {map[string]any{"iat": time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC).Unix()}, 400, false},
		"made in the future":     {map[string]any{"iat": time.Date(2026, 3, 1, 12, 5, 0, 0, time.UTC).Unix()}, 400, false},
		"made nobody knows when": {map[string]any{"iat": nil}, 400, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := w.browser(t)
			b.open("/requests")
			if status := w.logout(t, tt.change); status != tt.status {
				t.Errorf("the answer is %d, want %d", status, tt.status)
			}
			if ended := b.me() == ""; ended != tt.ended {
				t.Errorf("the session has ended: %v, want %v", ended, tt.ended)
			}
		})
	}
}

func TestALogoutTokenCountsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	b.open("/requests")
	if status := w.logout(t, nil); status != http.StatusOK {
		t.Fatalf("the answer is %d", status)
	}
	b.open("/requests")
	if status := w.logout(t, nil); status != http.StatusBadRequest || b.me() == "" {
		t.Errorf("it counts again: %d", status)
	}
	if status := w.browser(t).post("/sign-in/back-channel", url.Values{"logout_token": {"x.y.z"}}).status; status != http.StatusBadRequest {
		t.Errorf("no token at all: %d", status)
	}
	want(t, w.browser(t).post("/sign-in/back-channel/nobody", nil), http.StatusBadRequest)
}

// withBearer asks who somebody with a token is.
func (w *world) withBearer(t *testing.T, raw string, cookies ...*http.Cookie) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+"/api/v1/people/me", nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+raw)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	a, err := http.DefaultClient.Do(r)
	must(t, err)
	_ = a.Body.Close()
	return a.StatusCode
}

func TestBearersOfServices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	b.open("/requests")
	cookie := &http.Cookie{Name: "grantwright", Value: b.cookie("grantwright")}
	now := w.engine.Clock.Now()
	for name, tt := range map[string]struct {
		change map[string]any
		want   int
	}{
		"its own":                      {nil, 200},
		"with its client":              {map[string]any{"azp": "etl", "client_id": "etl"}, 200},
		"one of several audiences":     {map[string]any{"aud": []string{"x", "https://access.example.com"}}, 200},
		"a little over":                {map[string]any{"exp": now.Add(-30 * time.Second).Unix()}, 200},
		"over":                         {map[string]any{"exp": now.Add(-2 * time.Minute).Unix()}, 401},
		"not yet":                      {map[string]any{"nbf": now.Add(10 * time.Minute).Unix()}, 401},
		"of the future":                {map[string]any{"iat": now.Add(10 * time.Minute).Unix()}, 401},
		"another audience":             {map[string]any{"aud": client}, 401},
		"another issuer":               {map[string]any{"iss": "https://evil.example.com"}, 401},
		"a person by the same client":  {map[string]any{"sub": "eve", "azp": "etl"}, 401},
		"another client":               {map[string]any{"azp": "x"}, 401},
		"another client, as OAuth has": {map[string]any{"client_id": "x"}, 401},
		"nobody we know":               {map[string]any{"sub": "service-2"}, 401},
		"an ID token of a browser":     {map[string]any{"nonce": "x"}, 401},
	} {
		claims := map[string]any{"iss": w.corp.URL, "aud": "https://access.example.com", "sub": "service-1", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
		maps.Copy(claims, tt.change)
		raw, err := w.corp.sign(claims)
		must(t, err)
		if got := w.withBearer(t, raw, cookie); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
	for _, raw := range []string{"", "x", "a.b.c", strings.Repeat("a", 20<<10) + ".b.c"} {
		if got := w.withBearer(t, raw, cookie); got != http.StatusUnauthorized {
			t.Errorf("%.20q: %d", raw, got)
		}
	}
	good, err := w.corp.sign(map[string]any{"iss": w.corp.URL, "aud": "https://access.example.com", "sub": "service-1", "exp": now.Add(time.Hour).Unix()})
	must(t, err)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+good)
	who, err := w.in.Authenticate(r)
	must(t, err)
	if who.Person() != "etl" || who.Owner != "eve" || who.Is("PERSON") || who.Acts() || !who.Asks() || who.Groups != nil {
		t.Errorf("the service is %+v", who)
	}
	r.Header.Add("Authorization", "Bearer "+good)
	if _, err := w.in.Authenticate(r); err == nil {
		t.Error("two bearers count")
	}
	w.corp.with(func() { w.corp.down = true })
	w.corp.rotate(t)
	fresh, err := w.corp.sign(map[string]any{"iss": w.corp.URL, "aud": "https://access.example.com", "sub": "service-1", "exp": now.Add(time.Hour).Unix()})
	must(t, err)
	if got := w.withBearer(t, fresh); got != http.StatusServiceUnavailable {
		t.Errorf("while the keys cannot be had: %d", got)
	}
}

func TestOptionsThatCannotWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, change := range map[string]func(*oidcsignin.Options){
		"http":               func(o *oidcsignin.Options) { o.Address = "http://access.example.com" },
		"no issuer":          func(o *oidcsignin.Options) { o.Issuers = nil },
		"http of an issuer":  func(o *oidcsignin.Options) { o.Issuers[0].URL = "http://id.example.com" },
		"a name with a bar":  func(o *oidcsignin.Options) { o.Issuers[0].Name = "a|b" },
		"two without names":  func(o *oidcsignin.Options) { o.Issuers = append(o.Issuers, o.Issuers[0]) },
		"no client":          func(o *oidcsignin.Options) { o.Issuers[0].ClientID = "" },
		"a path":             func(o *oidcsignin.Options) { o.Path = "sign-in" },
		"idle":               func(o *oidcsignin.Options) { o.Idle = time.Second },
		"longer idle":        func(o *oidcsignin.Options) { o.Idle = 48 * time.Hour },
		"acting as a rule":   func(o *oidcsignin.Options) { o.Issuers[0].Permissions[0].Permission = "ACTING" },
		"a rule of nothing":  func(o *oidcsignin.Options) { o.Issuers[0].Permissions[0].Group = "" },
		"services, no token": func(o *oidcsignin.Options) { o.Issuers[0].Audiences = nil },
		"a service decides": func(o *oidcsignin.Options) {
			o.Issuers[0].Services[0].Permissions = []request.Permission{request.Acting}
		},
		"a service governs": func(o *oidcsignin.Options) {
			o.Issuers[0].Services[0].Permissions = []request.Permission{request.Governance}
		},
		"a service of nobody": func(o *oidcsignin.Options) { o.Issuers[0].Services[0].Owner = "" },
	} {
		o := oidcsignin.Options{Address: w.URL, Issuers: []oidcsignin.Issuer{w.corp.issuer("")}}
		change(&o)
		if _, err := oidcsignin.New(w.engine.Engine, o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := oidcsignin.New(nil, oidcsignin.Options{}); err == nil {
		t.Error("without an engine: no error")
	}
}

// unfound is a store that finds nothing by an index when the test says so.
type unfound struct {
	store.Store
	is *atomic.Bool
}

func (s unfound) Find(ctx context.Context, q ...store.Query) ([][]store.Record, error) {
	if s.is.Load() {
		return nil, store.ErrAway
	}
	return s.Store.Find(ctx, q...)
}

// TestALogoutThatFailsIsSentAgain has the sessions not be found when a provider ends one: what
// it sends again ends it.
func TestALogoutThatFailsIsSentAgain(t *testing.T) {
	t.Parallel()
	var gone atomic.Bool
	w := newWorldOn(t, func(c *grantwright.Config) { c.Store = unfound{c.Store, &gone} })
	b := w.browser(t)
	b.open("/requests")
	gone.Store(true)
	if status := w.logout(t, nil); status != http.StatusServiceUnavailable {
		t.Errorf("the sessions cannot be found: %d", status)
	}
	gone.Store(false)
	if status := w.logout(t, nil); status != http.StatusOK || b.me() != "" {
		t.Errorf("sent again, it is answered with %d, and the session goes on: %t", status, b.me() != "")
	}
}
