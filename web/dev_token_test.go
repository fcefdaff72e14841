package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/web"
)

const token = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// TestDevTokenKeepsOthersOut comes with and without the token, in every way.
func TestDevTokenKeepsOthersOut(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, "", web.Options{Dev: &web.Dev{People: everybody, Token: token}}, nil)
	out := w.browser(t)
	for _, path := range []string{"/requests", "/sign-in", "/api/v1/people/me", "/openapi.json", "/requests?token=x", "/api/v1/people/me?token="} {
		a := out.open(path)
		if a.status != http.StatusUnauthorized || !strings.Contains(a.body, "the address that it printed at the start") || strings.Contains(a.body, eve.ID) {
			t.Errorf("%s without the token: %d %s", path, a.status, truncated(a.body))
		}
	}
	wantOn(t, out.send(form{"/sign-in?token=" + token, url.Values{"person": {eve.ID}}}), 401)
	for _, tt := range []struct {
		headers []string
		want    int
	}{
		{nil, 401},
		{[]string{"Authorization", "Bearer " + token}, 200},
		{[]string{"Authorization", "Bearer x" + token}, 401},
		{[]string{"Authorization", "Bearer "}, 401},
		{[]string{"Authorization", "Bearer gwt_x"}, 401},
		{[]string{"Authorization", token}, 401},
		{[]string{"Cookie", "grantwright_dev=" + token}, 401},
	} {
		if a := w.call(t, eve, "GET", "/people/me", "", tt.headers...); a.status != tt.want {
			t.Errorf("%v: %d, want %d", tt.headers, a.status, tt.want)
		}
	}

	in := w.browser(t)
	a := in.open("/sign-in?return=%2Frequests&token=" + token)
	wantOn(t, a, 200, "Who are you today?")
	if strings.Contains(a.url.String(), "token") || a.url.Query().Get("return") != "/requests" {
		t.Errorf("the browser is at %s", a.url)
	}
	in.signIn(a, eve.ID)
	wantOn(t, in.open("/requests"), 200, "Eve")
	wantOn(t, in.send(form{"/sign-out", nil}), 200, "Who are you today?")
	if a := out.open("/healthz"); a.status != 200 {
		t.Errorf("/healthz: %d", a.status)
	}
}

// TestDevTokenStaysOnThisHost is the way on from an address with the token.
func TestDevTokenStaysOnThisHost(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, "", web.Options{Dev: &web.Dev{People: everybody, Token: token}}, nil)
	b := w.browser(t)
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, path := range []string{"//evil.example.com/", "/%5Cevil.example.com", "/%2Fevil.example.com"} {
		a := b.open(path + "?token=" + token)
		if to := a.header.Get("Location"); strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`) {
			t.Errorf("%s leads to %q", path, to)
		}
	}
	if _, err := web.Handler(w.engine, web.Options{Dev: &web.Dev{People: everybody, Token: "short"}}); err == nil {
		t.Error("a short token: no error")
	}
}

// TestNothingThatWasSentIsLost posts a form when nobody is signed in any more.
func TestNothingThatWasSentIsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	b.signIn(b.open("/"), eve.ID)
	page := b.open(ordersLink)
	wantOn(t, page, 200)
	b.send(form{"/sign-out", nil})

	sent := url.Values{"answers.purpose": {"<the> \"report\"\nof two lines"}, "answers.agree": {"a", "b"}, "secret": {"whsec_typed"}, "key": {"k1"}}
	a := b.send(form{"/requests/none?x=a%26b", sent})
	wantOn(t, a, 401, "Nobody is signed in.", `target="_blank" rel="noopener"`, "return=%2Fsigned-in", `action="/requests/none?x=a%26b"`,
		`name="answers.purpose" value="&lt;the&gt; &#34;report&#34;`, `name="answers.agree" value="a"`, `name="answers.agree" value="b"`, `name="key" value="k1"`, "The secret that you entered is not repeated")
	if strings.Contains(a.body, "whsec_typed") || strings.Contains(a.body, "<the>") {
		t.Errorf("the page repeats what it must not: %s", a.body)
	}
	other := b.open("/sign-in?return=%2Fsigned-in")
	done := b.signIn(other, eve.ID)
	wantOn(t, done, 200, "You are signed in")
	wantOn(t, b.send(form{"/requests/none?x=a%26b", sent}), 404) // it arrives, where it was sent
}
