package web_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web"
	"github.com/grantwright/grantwright/web/internal/api"
)

// Every answer bears the id of its request: the client's own, if it is clean.
func TestRequestIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.call(t, eve, "GET", "/requests/none", "", "X-Request-Id", "mine-1")
	if p := read[web.Problem](t, a, 404); p.ID != "mine-1" || a.header.Get("X-Request-Id") != "mine-1" {
		t.Errorf("the id is %q in the problem, and %q in the header", p.ID, a.header.Get("X-Request-Id"))
	}
	unclean := w.call(t, eve, "GET", "/people/me", "", "X-Request-Id", `"; drop table`)
	if id := unclean.header.Get("X-Request-Id"); len(id) != 16 || unclean.status != 200 {
		t.Errorf("the id is %q", id)
	}
	invalid := w.call(t, eve, "GET", "/requests?limit=x", "", "X-Request-Id", "mine-2") // huma's own refusal
	if p := read[web.Problem](t, invalid, 422); p.ID != "mine-2" {
		t.Errorf("the id is %q", p.ID)
	}
	if page := w.browser(t).open("/healthz"); page.header.Get("X-Request-Id") == "" {
		t.Error("a page has no id")
	}
}

func TestWhoIsNotSignedInIsToldHow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.request(t, eve, "GET", "/people/me", "")
	r.Header.Del(web.DevHeader)
	if a := do(t, w.Client(), r); a.status != 401 || a.header.Get("WWW-Authenticate") != `Bearer realm="Grantwright"` {
		t.Errorf("%d %v", a.status, a.header)
	}
}

// What the client does not take is refused, before anything is done.
func TestNotAcceptable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct{ method, path, body, accept string }{
		{"GET", "/people/me", "", "text/html"},
		{"GET", "/people/me/access.csv", "", "application/json"},
		{"GET", "/connections/warehouse/links", "", "application/json"},
		{"GET", "/events", "", "text/csv"},
		{"GET", "/connections/warehouse/setup", "", "text/plain"},
		{"POST", "/requests", submission, "text/plain"},
	} {
		a := w.call(t, admin, tt.method, tt.path, tt.body, "Accept", tt.accept)
		if p := read[web.Problem](t, a, 406); p.Code != "NOT_ACCEPTABLE" || len(p.Errors) != 1 || p.Errors[0].Header != "Accept" {
			t.Errorf("%s: %+v", tt.path, p)
		}
	}
	all := read[api.List[request.Request]](t, w.call(t, auditor, "GET", "/requests?role=OVERSEER", ""), 200)
	if len(all.Items) != 0 {
		t.Errorf("a request that was refused was made: %v", all.Items)
	}
	if a := w.call(t, eve, "GET", "/people/me/access.csv", "", "Accept", "text/html, text/*;q=0.5"); a.status != 200 {
		t.Errorf("CSV: %d", a.status)
	}
	if a := w.call(t, eve, "POST", "/inbox/none/seen", "", "Accept", "text/html"); a.status != 404 {
		t.Errorf("an answer without a body: %d", a.status)
	}
}

// The document is asked for again and again, and sent once.
func TestOpenAPIIsCachedAndCompressed(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, "", web.Options{URL: "https://access.example.com/grants"}, nil)
	ask := func(headers ...string) (*http.Response, []byte) {
		r, err := http.NewRequestWithContext(t.Context(), "GET", w.URL+"/openapi.json", nil)
		must(t, err)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		resp, err := w.Client().Do(r)
		must(t, err)
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		must(t, err)
		return resp, body
	}
	first, zipped := ask("Accept-Encoding", "gzip")
	tag := first.Header.Get("ETag")
	if !strings.HasPrefix(tag, `W/"`) || first.Header.Get("Cache-Control") != "no-cache" || first.Header.Get("Content-Encoding") != "gzip" || len(zipped) > 100_000 {
		t.Fatalf("%d bytes, %v", len(zipped), first.Header)
	}
	plain, err := gzip.NewReader(strings.NewReader(string(zipped)))
	must(t, err)
	var document struct {
		Servers []struct{ URL string }
	}
	must(t, json.NewDecoder(plain).Decode(&document))
	if len(document.Servers) != 1 || document.Servers[0].URL != "https://access.example.com/grants" {
		t.Errorf("the servers are %v", document.Servers)
	}
	if again, body := ask("If-None-Match", tag); again.StatusCode != 304 || len(body) != 0 || again.Header.Get("ETag") != tag {
		t.Errorf("again: %d, %d bytes", again.StatusCode, len(body))
	}
	if other, body := ask("If-None-Match", `W/"other"`); other.StatusCode != 200 || len(body) < 100_000 {
		t.Errorf("with another tag: %d, %d bytes", other.StatusCode, len(body))
	}
	if a, _ := ask("Accept", "text/html"); a.StatusCode != 406 {
		t.Errorf("as HTML: %d", a.StatusCode)
	}
}

// Links of lists lead to the next page, absolute, with the same filter.
func TestListsLinkToTheNextPage(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, "", web.Options{URL: "https://access.example.com"}, nil)
	for range 3 {
		made := w.call(t, eve, "POST", "/requests", submission)
		req := read[request.Request](t, made, 201)
		if at := made.header.Get("Location"); at != "https://access.example.com/api/v1/requests/"+string(req.ID) {
			t.Errorf("it was made at %s", at)
		}
		wantStatus(t, w.call(t, eve, "POST", "/requests/"+string(req.ID)+"/cancel", ""), 200)
		w.clock.Move(time.Minute)
	}
	for _, tt := range []struct {
		by         request.Identity
		path, item string
	}{{eve, "/requests?limit=2&status=CANCELED", `"privilege":`}, {auditor, "/events?limit=2&type=request.created", `"number":`}} {
		by, path := tt.by, tt.path
		first := w.call(t, by, "GET", path, "")
		link, is := strings.CutPrefix(first.header.Get("Link"), "<https://access.example.com/api/v1")
		next, rel, _ := strings.Cut(link, ">")
		if !is || rel != `; rel="next"` || !strings.Contains(next, "limit=2") {
			t.Fatalf("%s links to %q", path, first.header.Get("Link"))
		}
		second := w.call(t, by, "GET", next, "")
		if n := strings.Count(second.body, tt.item); second.status != 200 || n != 1 || second.header.Get("Link") != "" {
			t.Errorf("%s: %d, %d items, %v", next, second.status, n, second.header)
		}
	}
}
