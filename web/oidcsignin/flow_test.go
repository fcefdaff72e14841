package oidcsignin_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/oidcsignin"
)

// link has a query that every step has to leave alone.
const link = "/requests?role=STEWARD&status=PENDING&x=a%26b%3Dc%20d"

func TestStraightThroughAndBackToTheWholeLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	a := b.open(link)
	want(t, a, http.StatusOK, `action="/sign-in/out"`)
	if got := a.url.RequestURI(); got != link {
		t.Errorf("the browser comes back to %s, want %s", got, link)
	}
	if me := b.me(); !strings.Contains(me, `"person":"eve"`) || !strings.Contains(me, `"groups":["analysts"]`) {
		t.Errorf("who am I: %s", me)
	}
	q := w.corp.asked
	if q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) < 43 || q.Get("state") == "" || q.Get("nonce") == "" || q.Get("scope") != "openid profile email" || q.Has("max_age") {
		t.Errorf("the provider was asked %v", q)
	}
}

func TestCookies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	back := b.callback("/sign-in?return=/requests")
	a := b.stay().open(back)
	cookies := (&http.Response{Header: a.header}).Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteLaxMode || cookies[0].Path != "/" || cookies[0].Name != "grantwright" || cookies[0].MaxAge != 0 || !cookies[0].Expires.IsZero() {
		t.Errorf("the cookies are %v", cookies)
	}
	if a.header.Get("Cache-Control") == "" || a.header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("the headers are %v", a.header)
	}
}

// TestCookiesOverTLS looks at the names and flags that browsers go by.
func TestCookiesOverTLS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *world, o *oidcsignin.Options) { o.Address = "https://access.example.com" })
	a := w.browser(t).stay().open("/sign-in")
	cookies := (&http.Response{Header: a.header}).Cookies()
	if len(cookies) != 1 || !cookies[0].Secure || !strings.HasPrefix(cookies[0].Name, "__Host-") || cookies[0].Path != "/" || cookies[0].Domain != "" {
		t.Errorf("the cookies are %v", cookies)
	}
	if to, err := url.Parse(a.header.Get("Location")); err != nil || to.Query().Get("redirect_uri") != "https://access.example.com/sign-in/callback" {
		t.Errorf("the browser is sent to %s", a.header.Get("Location"))
	}
}

// TestReturnsToPathsOfOursOnly is the open redirects.
func TestReturnsToPathsOfOursOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, to := range []string{"//evil.example.com", "https://evil.example.com", `/\evil.example.com`, "/\t/evil.example.com", "javascript:alert(1)", "/sign-in/out", "/sign-in", "/sign-in?x=y", "/" + strings.Repeat("x", 40<<10)} {
		b := w.browser(t)
		a := b.stay().open(b.callback("/sign-in?return=" + url.QueryEscape(to)))
		if got := a.header.Get("Location"); got != "/" {
			t.Errorf("return %.40q leads to %q", to, got)
		}
	}
}

func TestACallbackCountsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	back := b.callback("/sign-in")
	want(t, b.stay().open(back), http.StatusSeeOther)
	want(t, b.stay().open(back), http.StatusBadRequest, "was used already", "Sign in again")

	stolen := b.callback("/sign-in") // by somebody who has another browser
	thief := w.browser(t)
	want(t, thief.stay().open(stolen), http.StatusBadRequest, "another browser")
	thief.holds("grantwright_signin", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	want(t, thief.stay().open(b.callback("/sign-in")), http.StatusBadRequest, "another browser")
	if thief.me() != "" {
		t.Error("the thief is signed in")
	}
	late := b.callback("/sign-in")
	w.engine.Clock.Move(16 * time.Minute)
	want(t, b.stay().open(late), http.StatusBadRequest, "took too long")
}

// TestAnswersThatDoNotCount changes one thing each in what comes back.
func TestAnswersThatDoNotCount(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(q url.Values)
		claims map[string]any
		path   string
		says   string
	}{
		"another issuer":           {change: func(q url.Values) { q.Set("iss", "https://evil.example.com") }, says: "Another provider"},
		"no issuer":                {change: func(q url.Values) { q.Del("iss") }, says: "Another provider"},
		"two issuers":              {change: func(q url.Values) { q.Add("iss", "https://evil.example.com") }, says: "Please sign in again"},
		"another state":            {change: func(q url.Values) { q.Set("state", "x") }, says: "was used already"},
		"no state":                 {change: func(q url.Values) { q.Del("state") }, says: "was used already"},
		"another code":             {change: func(q url.Values) { q.Set("code", "x") }, says: "does not accept its own answer"},
		"no code":                  {change: func(q url.Values) { q.Del("code") }, says: "has sent no code"},
		"denied":                   {change: func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") }, says: "you may not sign in here"},
		"an error of its own":      {change: func(q url.Values) { q.Set("error", "<script>"); q.Set("error_description", "<b>x</b>") }, says: "refuses the sign-in"},
		"another nonce":            {claims: map[string]any{"nonce": "x"}, says: "does not count here"},
		"no nonce":                 {claims: map[string]any{"nonce": nil}, says: "does not count here"},
		"another audience":         {claims: map[string]any{"aud": "somebody-else"}, says: "does not count here"},
		"another party":            {claims: map[string]any{"aud": []string{client, "x"}, "azp": "x"}, says: "does not count here"},
		"two audiences":            {claims: map[string]any{"aud": []string{client, "x"}}, says: "does not count here"},
		"made by another":          {claims: map[string]any{"iss": "https://evil.example.com"}, says: "does not count here"},
		"over":                     {claims: map[string]any{"exp": 1}, says: "the clocks of the provider and of this server"},
		"of the future":            {claims: map[string]any{"iat": time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC).Unix()}, says: "the clocks of the provider and of this server"},
		"nobody":                   {claims: map[string]any{"sub": ""}, says: "does not say who you are"},
		"a service":                {claims: map[string]any{"sub": "service-1"}, says: "does not say who you are"},
		"the engine itself":        {claims: map[string]any{"sub": "system"}, says: "does not say who you are"},
		"an id of another issuer":  {claims: map[string]any{"sub": "other|root"}, says: "does not say who you are"},
		"attributes in a shape":    {claims: map[string]any{"department": map[string]any{"a": 1}}, says: "does not say who you are"},
		"proved long ago":          {path: "/sign-in?fresh=1", claims: map[string]any{"auth_time": time.Date(2026, 3, 1, 11, 50, 0, 0, time.UTC).Unix()}, says: "to prove anew who you are"},
		"proved nobody knows when": {path: "/sign-in?fresh=1", claims: map[string]any{"auth_time": nil}, says: "to prove anew who you are"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.corp.change = tt.change
			for k, v := range tt.claims {
				w.corp.claims[k] = v
			}
			if tt.path == "" {
				tt.path = "/sign-in"
			}
			b := w.browser(t)
			a := b.open(tt.path)
			want(t, a, http.StatusBadRequest, tt.says)
			if b.me() != "" {
				t.Error("somebody is signed in")
			}
			if strings.Contains(a.body, "<script>") || strings.Contains(a.body, "<b>x") {
				t.Errorf("words of others reach the page: %s", a.body)
			}
			if strings.Contains(w.log.String(), clientSecret) {
				t.Error("the log holds the secret of the client")
			}
		})
	}
}

// TestClocksMayBeAMinuteApart is within the bound, in both directions.
func TestClocksMayBeAMinuteApart(t *testing.T) {
	t.Parallel()
	for _, apart := range []time.Duration{50 * time.Second, -50*time.Second - 5*time.Minute} {
		w := newWorld(t)
		now := w.engine.Clock.Now().Add(apart)
		w.corp.claims["iat"], w.corp.claims["exp"] = now.Unix(), now.Add(5*time.Minute).Unix()
		b := w.browser(t)
		b.open("/requests")
		if b.me() == "" {
			t.Errorf("%s apart: nobody is signed in", apart)
		}
	}
}

// TestAFreshSignIn is the entry for acts that take one.
func TestAFreshSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.corp.claims["acr"], w.corp.claims["amr"] = "phr", []string{"hwk", "pin"}
	var seen atomic.Value
	b := w.browser(t)
	want(t, b.open("/sign-in?fresh=1&acr=phr&return=/requests"), http.StatusOK)
	q := w.corp.asked
	if q.Get("max_age") != "0" || q.Get("prompt") != "login" || q.Get("acr_values") != "phr" {
		t.Errorf("the provider was asked %v", q)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	must(t, err)
	r.AddCookie(&http.Cookie{Name: "grantwright", Value: b.cookie("grantwright")})
	who, err := w.in.Authenticate(r)
	must(t, err)
	seen.Store(who)
	if !who.SignedIn.At.Equal(w.engine.Clock.Now().Truncate(time.Second)) || who.SignedIn.ACR != "phr" || len(who.SignedIn.AMR) != 2 {
		t.Errorf("the sign-in is %+v", who.SignedIn)
	}
	if _, err := store.People.Get(t.Context(), w.engine.Config.Store, "eve"); err != nil {
		t.Errorf("the person is not kept: %v", err)
	}
}

// TestAStolenCookieEndsWithTheSession signs out, here and at the provider.
func TestAStolenCookieEndsWithTheSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	b.open("/requests")
	stolen := b.cookie("grantwright")
	thief := w.browser(t)
	thief.holds("grantwright", stolen)
	if thief.me() == "" {
		t.Fatal("the cookie does not work: the test shows nothing")
	}
	a := b.post("/sign-in/out", url.Values{})
	want(t, a, http.StatusOK, "You are signed out", w.corp.URL+"/logout?", "id_token_hint=", "post_logout_redirect_uri="+url.QueryEscape(w.URL+"/sign-in/ended"))
	if b.me() != "" || thief.me() != "" {
		t.Error("signing out has left somebody signed in")
	}
	want(t, b.open("/sign-in/ended"), http.StatusOK, "You are signed out")
	want(t, b.post("/sign-in/out", url.Values{}), http.StatusOK, "You are signed out") // again
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+"/sign-in/out", nil)
	must(t, err)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	refused, err := http.DefaultClient.Do(r)
	must(t, err)
	_ = refused.Body.Close()
	if refused.StatusCode != http.StatusForbidden {
		t.Errorf("another site signs out: %d", refused.StatusCode)
	}
}

// TestATokenIsNeverTakenOver is session fixation: whatever a browser holds before, it gets
// a token that nobody knew, and the one that it held opens nothing.
func TestATokenIsNeverTakenOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	b.holds("grantwright", "chosen-by-an-attacker")
	b.open("/requests")
	first := b.cookie("grantwright")
	attacker := w.browser(t)
	attacker.holds("grantwright", "chosen-by-an-attacker")
	if first == "chosen-by-an-attacker" || attacker.me() != "" {
		t.Error("the chosen token is a session")
	}
	b.open("/sign-in")
	attacker.holds("grantwright", first)
	if b.cookie("grantwright") == first || attacker.me() != "" {
		t.Error("the token stays the same over a sign-in")
	}
	if b.me() == "" {
		t.Error("nobody is signed in")
	}
}

func TestSessionsEndByTheirTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *world, o *oidcsignin.Options) { o.Idle, o.Lifetime = time.Hour, 3*time.Hour })
	b := w.browser(t)
	b.open("/requests")
	for range 5 { // used every half hour, it lives on
		w.engine.Clock.Move(30 * time.Minute)
		if b.me() == "" {
			t.Fatalf("it ended at %s", w.engine.Clock.Now())
		}
	}
	w.engine.Clock.Move(30 * time.Minute)
	if b.me() != "" {
		t.Error("it outlives its lifetime")
	}
	b.open("/requests")
	w.engine.Clock.Move(time.Hour)
	if b.me() != "" {
		t.Error("it outlives its idle time")
	}
	must(t, w.engine.Work(t.Context()))
	left, err := w.engine.Config.Store.Find(t.Context(), store.Query{Kind: "sessions"}, store.Query{Kind: "kept"})
	must(t, err)
	if len(left[0]) != 0 || len(left[1]) != 0 {
		t.Errorf("%d sessions and %d sign-ins are kept that are over", len(left[0]), len(left[1]))
	}
}

func TestADisabledPersonIsOutAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	b.open("/requests")
	must(t, w.engine.StopSwitches().Disable(t.Context(), grantwrighttest.Admin(), "eve", "left"))
	if b.me() != "" {
		t.Error("a disabled person is signed in")
	}
	want(t, b.open("/sign-in"), http.StatusForbidden, "your account is disabled")
	must(t, w.engine.StopSwitches().Enable(t.Context(), grantwrighttest.Admin(), "eve", "is back"))
	if b.me() != "" {
		t.Error("the session of before lives again")
	}
	b.open("/requests")
	if b.me() == "" {
		t.Error("an enabled person cannot sign in")
	}
}

// TestTwoProcesses is a fleet: a sign-in that one process has begun, another ends, and a
// session of one is a session of all, also after a restart.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	first := w.URL
	back := b.callback("/sign-in?return=" + url.QueryEscape(link))
	w.Close() // killed in the middle
	must(t, w.engine.Restart())
	w.mount(t, func(w *world, o *oidcsignin.Options) { o.Address = first })
	moved := strings.Replace(back, first, w.URL, 1)
	was := b.cookieAt(first, "grantwright_signin")
	b.holds("grantwright_signin", was)
	a := b.stay().open(moved)
	if a.status != http.StatusSeeOther || a.header.Get("Location") != link {
		t.Fatalf("the other process answers %d %s", a.status, a.body)
	}
	if b.me() == "" {
		t.Fatal("nobody is signed in")
	}
	token := b.cookie("grantwright")
	must(t, w.engine.Restart())
	w.mount(t)
	again := w.browser(t)
	again.holds("grantwright", token)
	if again.me() == "" {
		t.Error("the session has not survived a restart")
	}
}

// cookieAt is a cookie of another address.
func (b *browser) cookieAt(address, name string) string {
	at, err := url.Parse(address)
	must(b.t, err)
	for _, c := range b.Jar.Cookies(at) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// away is a store that is away when the test says so.
type away struct {
	store.Store
	is *atomic.Bool
}

func (s away) Get(ctx context.Context, keys ...store.Key) ([]store.Record, error) {
	if s.is.Load() {
		return nil, store.ErrAway
	}
	return s.Store.Get(ctx, keys...)
}

func (s away) Write(ctx context.Context, c store.Commit) error {
	if s.is.Load() {
		return store.ErrAway
	}
	return s.Store.Write(ctx, c)
}

func TestWithoutTheStoreNobodyComesIn(t *testing.T) {
	t.Parallel()
	var gone atomic.Bool
	w := newWorldOn(t, func(c *grantwright.Config) { c.Store = away{c.Store, &gone} })
	b := w.browser(t)
	b.open("/requests")
	back := b.callback("/sign-in")
	gone.Store(true)
	want(t, b.open("/api/v1/people/me"), http.StatusServiceUnavailable)
	want(t, b.stay().open(back), http.StatusServiceUnavailable)
	want(t, b.stay().open("/sign-in"), http.StatusServiceUnavailable)
	want(t, b.post("/sign-in/out", url.Values{}), http.StatusServiceUnavailable)
	gone.Store(false)
	if b.me() == "" {
		t.Error("the session is lost")
	}
	want(t, b.stay().open(back), http.StatusSeeOther) // nothing was used up
}

// counted counts the calls of a store.
type counted struct {
	store.Store
	reads, writes *atomic.Int64
}

func (s counted) Get(ctx context.Context, keys ...store.Key) ([]store.Record, error) {
	s.reads.Add(1)
	return s.Store.Get(ctx, keys...)
}

func (s counted) Find(ctx context.Context, q ...store.Query) ([][]store.Record, error) {
	s.reads.Add(1)
	return s.Store.Find(ctx, q...)
}

func (s counted) Write(ctx context.Context, c store.Commit) error {
	s.writes.Add(1)
	return s.Store.Write(ctx, c)
}

// TestWhatASessionCosts counts what a request reads to know who sent it: the session, and
// then the person with the stop switch.
func TestWhatASessionCosts(t *testing.T) {
	t.Parallel()
	var reads, writes atomic.Int64
	w := newWorldOn(t, func(c *grantwright.Config) { c.Store = counted{c.Store, &reads, &writes} })
	b := w.browser(t)
	b.open("/requests")
	for range 3 {
		reads.Store(0)
		writes.Store(0)
		if b.me() == "" || reads.Load() != 2 || writes.Load() != 0 {
			t.Errorf("a request with a session reads %d times and writes %d times, want 2 and 0", reads.Load(), writes.Load())
		}
	}
	w.engine.Clock.Move(oidcsignin.DefaultIdle / 10)
	reads.Store(0)
	if b.me() == "" || reads.Load() != 2 || writes.Load() != 1 {
		t.Errorf("after a tenth of the idle time it reads %d times and writes %d times, want 2 and 1", reads.Load(), writes.Load())
	}
}

func TestAProviderThatIsDownOrSlow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world, o *oidcsignin.Options) {
		w.corp.with(func() { w.corp.down = true })
		o.Client = &http.Client{Timeout: 300 * time.Millisecond}
	})
	b := w.browser(t)
	a := b.open("/requests") // the handler is there, although the provider was away at its start
	want(t, a, http.StatusServiceUnavailable, "does not answer")
	if a.header.Get("Retry-After") == "" {
		t.Error("there is no Retry-After")
	}
	hang := make(chan struct{})
	w.corp.with(func() { w.corp.down, w.corp.hang = false, hang })
	want(t, b.open("/requests"), http.StatusServiceUnavailable, "does not answer")
	close(hang)
	w.corp.with(func() { w.corp.hang = nil })
	want(t, b.open("/requests"), http.StatusOK)
	w.corp.with(func() { w.corp.down = true })
	if b.me() == "" {
		t.Error("a session has ended with the provider")
	}
	w.corp.with(func() { w.corp.down = false })
	back := b.callback("/sign-in?return=/inbox")
	w.corp.with(func() { w.corp.down = true })
	want(t, b.stay().open(back), http.StatusServiceUnavailable, "does not answer")
}

func TestKeysAreRotated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 3 {
		b := w.browser(t)
		b.open("/requests")
		if b.me() == "" {
			t.Fatal("nobody is signed in")
		}
		w.corp.rotate(t)
	}
	if w.corp.reads != 3 {
		t.Errorf("the keys were read %d times, want 3", w.corp.reads)
	}
	forger := newFake(t, w.engine.Clock.Now)
	w.corp.with(func() { forger.kid = w.corp.kid })
	raw, err := forger.sign(map[string]any{"iss": w.corp.URL, "aud": "https://access.example.com", "sub": "service-1", "exp": w.engine.Clock.Now().Add(time.Hour).Unix()})
	must(t, err)
	if status := w.withBearer(t, raw); status != http.StatusUnauthorized {
		t.Errorf("a forged token: %d", status)
	}
}

// TestSeveralIssuers has people choose, and tells one from the other.
func TestSeveralIssuers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world, o *oidcsignin.Options) {
		w.other = newFake(t, w.engine.Clock.Now)
		o.Issuers = []oidcsignin.Issuer{w.corp.issuer("corp"), w.other.issuer("partner")}
		o.Issuers[0].Title, o.Issuers[0].Services, o.Issuers[0].Audiences = "Example <Corp>", nil, nil
	})
	b := w.browser(t)
	a := b.open(link)
	want(t, a, http.StatusOK, "Who vouches for you?", "Example &lt;Corp&gt;", ">partner<", "issuer=partner&amp;return=")
	a = b.open("/sign-in?issuer=partner&return=" + url.QueryEscape(link))
	if a.url.RequestURI() != link || !strings.Contains(b.me(), `"person":"partner|eve"`) {
		t.Errorf("the browser is at %s, as %s", a.url, b.me())
	}
	// The answer of one at the callback of the other.
	mixed := strings.Replace(b.callback("/sign-in?issuer=corp"), "/callback/corp", "/callback/partner", 1)
	want(t, b.stay().open(mixed), http.StatusBadRequest, "Another provider")
	want(t, b.stay().open("/sign-in/callback?state=x&code=y"), http.StatusBadRequest, "no such provider")
	want(t, b.open("/sign-in?issuer=nobody"), http.StatusOK, "Who vouches for you?")

	c := request.Criterion{Group: "corp|analysts"}
	found, _, err := store.Directory{Store: w.engine.Config.Store}.People(t.Context(), c, "", 10)
	must(t, err)
	if len(found) != 0 {
		t.Errorf("%v are in the group of another issuer", found)
	}
	found, _, err = store.Directory{Store: w.engine.Config.Store}.People(t.Context(), request.Criterion{Group: "partner|analysts"}, "", 10)
	must(t, err)
	if len(found) != 1 {
		t.Errorf("%v are in the group", found)
	}
}
