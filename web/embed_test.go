package web_test

import (
	"strings"
	"testing"

	"github.com/grantwright/grantwright/web"
)

// The form of an asset stands in a frame of the sites that the host names, without the
// navigation; no other page does, and no other site may.
func TestFormInAFrame(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, "", web.Options{Frames: []string{"https://catalog.example.com", "https://data.example.com"}}, nil)
	b := w.browser(t)
	at := "/embed" + ordersLink
	page := b.open(at)
	wantOn(t, page, 401, `target="_blank"`)
	b.signIn(b.open("/requests"), eve.ID)
	page = b.open(at)
	wantOn(t, page, 200, "What do you need the data for?", `<base target="_blank">`, `target="_self"`)
	for _, absent := range []string{"<header", "<nav", "<footer"} {
		if strings.Contains(page.body, absent) {
			t.Errorf("the frame holds %s", absent)
		}
	}
	if csp := page.header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors https://catalog.example.com https://data.example.com;") {
		t.Errorf("the policy of the frame is %s", csp)
	}
	for _, other := range []string{ordersLink, "/requests", "/assets"} {
		if csp := b.open(other).header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none';") {
			t.Errorf("%s may be shown in a frame: %s", other, csp)
		}
	}
	page = b.send(formWith(t, page, "answers.purpose").fill("answers.purpose", "x", "answers.duration.count", "30"))
	wantOn(t, page, 200, "Request sent", "See the request", `<base target="_blank">`)
	if !strings.HasPrefix(page.url.Path, "/embed/") {
		t.Errorf("the frame has gone on to %s", page.url)
	}
	wantOn(t, b.open("/embed/request?fullyQualifiedName=sales.public.orders"), 200, `href="/embed/request?fullyQualifiedName=sales.public.orders`)
	page = b.open("/embed/request?fullyQualifiedName=sales.public.oders")
	wantOn(t, page, 404, "Did you mean")
	wantOn(t, b.send(formWith(t, page, "report")), 200, "Governance was told")

	closed := newWorld(t)
	c := closed.browser(t)
	c.signIn(c.open("/requests"), eve.ID)
	if csp := c.open(at).header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none';") {
		t.Errorf("without Frames the form may be shown in a frame: %s", csp)
	}
}

func TestFramesAreOrigins(t *testing.T) {
	t.Parallel()
	w := newEngine(t)
	for _, origin := range []string{"", "*", "https://*.example.com", "catalog.example.com", "https://catalog.example.com/", "https://catalog.example.com/x", "https://a.example.com; script-src *", "https://a.example.com https://b.example.com", "javascript:alert(1)", "https://u@example.com"} {
		if _, err := web.Handler(w.engine, web.Options{Dev: &web.Dev{People: everybody}, Frames: []string{origin}}); err == nil || !strings.Contains(err.Error(), "Options.Frames[0]") {
			t.Errorf("the origin %q: %v", origin, err)
		}
	}
}
