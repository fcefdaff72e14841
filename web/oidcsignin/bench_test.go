//go:build unix

package oidcsignin_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store/pgstore"
	"github.com/grantwright/grantwright/web"
)

// BenchmarkWaysIn is what a small flow costs by the way in which somebody comes: they submit a
// request, read it and withdraw it; with PostgreSQL for the records, one flow after the other.
// "in process" makes the three calls of the engine, "of the host" comes over HTTP as whoever a
// host names, which is all that HTTP itself adds.
func BenchmarkWaysIn(b *testing.B) {
	server, err := pgserver.Start(b.Context())
	must(b, err)
	b.Cleanup(server.Stop)
	records, err := pgstore.Open(server.SuperURL("postgres"))
	must(b, err)
	b.Cleanup(func() { _ = records.Close() })
	must(b, records.Migrate(b.Context()))
	w := newWorldOn(b, func(c *grantwright.Config) { c.Store, c.Inventory = records, records.Inventory() })
	w.corp.with(func() { w.corp.claims["department"] = "eve" })
	w.engine.Platform.Add(catalog.Asset{Ref: "lake:orders", Kind: catalog.Table})
	admin := grantwrighttest.Admin()
	must(b, w.engine.Connections().Register(b.Context(), admin, catalog.Connection{Name: "lake", Technology: grantwrighttest.Technology, Principals: catalog.Principals{Expression: "person.attributes.department[0]"}}))
	_, err = w.engine.Sync(b.Context(), admin, "lake")
	must(b, err)
	signed := w.browser(b)
	want(b, signed.open("/requests"), http.StatusOK)
	eve := request.Identity{ID: "eve", Groups: []string{"analysts"}, Attributes: map[string][]string{"department": {"eve"}}}
	must(b, w.engine.People().Seen(b.Context(), eve))
	_, secret, err := w.engine.Tokens().Issue(b.Context(), eve, request.TokenSettings{Name: "bench", Days: 7, Scope: request.TokenScope{Operations: []string{request.ScopeRead, request.ScopeAsk}}})
	must(b, err)
	host, err := web.Handler(w.engine.Engine, web.Options{Authenticate: func(*http.Request) (request.Identity, error) { return eve, nil }})
	must(b, err)
	hosted := httptest.NewServer(host)
	b.Cleanup(hosted.Close)

	submission := request.Submission{Asset: "lake:orders", Answers: request.Answers{"purpose": {"the report"}, "duration": {"7 DAYS"}}}
	b.Run("in process", func(b *testing.B) {
		for b.Loop() {
			req, err := w.engine.Submit(b.Context(), eve, submission)
			must(b, err)
			_, err = w.engine.Request(b.Context(), eve, req.ID)
			must(b, err)
			_, err = w.engine.Cancel(b.Context(), eve, req.ID)
			must(b, err)
		}
	})
	for _, way := range []struct {
		name   string
		client *http.Client
		url    string
		bearer string
	}{
		{"of the host", http.DefaultClient, hosted.URL, ""},
		{"session", signed.Client, w.URL, ""},
		{"token", http.DefaultClient, w.URL, secret},
	} {
		call := func(b *testing.B, method, path, body string, into any) {
			r, err := http.NewRequestWithContext(b.Context(), method, way.url+"/api/v1"+path, bytes.NewReader([]byte(body)))
			must(b, err)
			if body != "" {
				r.Header.Set("Content-Type", "application/json")
			}
			if way.bearer != "" {
				r.Header.Set("Authorization", "Bearer "+way.bearer)
			}
			a, err := way.client.Do(r)
			must(b, err)
			defer func() { _ = a.Body.Close() }()
			if a.StatusCode >= 300 {
				b.Fatalf("%s %s: %d", method, path, a.StatusCode)
			}
			must(b, json.NewDecoder(a.Body).Decode(into))
		}
		b.Run(way.name, func(b *testing.B) {
			for b.Loop() {
				var req, read struct{ ID string }
				call(b, http.MethodPost, "/requests", `{"asset":"lake:orders","answers":{"purpose":["the report"],"duration":["7 DAYS"]}}`, &req)
				call(b, http.MethodGet, "/requests/"+req.ID, "", &read)
				call(b, http.MethodPost, "/requests/"+req.ID+"/cancel", "", &read)
			}
		})
	}
}
