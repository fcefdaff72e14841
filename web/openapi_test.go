package web_test

import (
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/openapi.json anew")

// TestOpenAPI holds the description of the API to the one that was reviewed.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	for _, tt := range mounts {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldAt(t, tt.base, tt.options, tt.mount)
			a := w.browser(t).open(tt.base + "/openapi.json")
			var document map[string]any
			if err := json.Unmarshal([]byte(a.body), &document); err != nil || a.status != 200 {
				t.Fatalf("status %d: %v", a.status, err)
			}
			var base any
			if servers, is := document["servers"].([]any); is {
				base = servers[0].(map[string]any)["url"]
				delete(document, "servers")
			}
			if tt.base == "" && base != nil || tt.base != "" && base != tt.base {
				t.Errorf("the server is %v, want %q", base, tt.base)
			}
			if *update && tt.base == "" {
				must(t, os.WriteFile("testdata/openapi.json", []byte(a.body), 0o644))
			}
			golden, err := os.ReadFile("testdata/openapi.json")
			must(t, err)
			var want map[string]any
			must(t, json.Unmarshal(golden, &want))
			if diff := cmp.Diff(want, document); diff != "" {
				t.Errorf("the document differs; if it should, run go test ./web -update (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOpenAPIListsEveryRoute calls what the document lists, and wants nothing
// else to be there.
func TestOpenAPIListsEveryRoute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var document struct {
		OpenAPI string
		Paths   map[string]map[string]struct{ OperationID string }
	}
	must(t, json.Unmarshal([]byte(w.browser(t).open("/openapi.json").body), &document))
	var got []string
	for path, methods := range document.Paths {
		for method, op := range methods {
			got = append(got, strings.ToUpper(method)+" "+path)
			a := w.call(t, nobody, strings.ToUpper(method), strings.NewReplacer("/api/v1", "", "{ref}", "x", "{id}", "x", "{name}", "x").Replace(path), "{}")
			if a.status == 405 || op.OperationID == "" || strings.Contains(a.body, "nothing at this address") {
				t.Errorf("%s %s is listed, and answers %d", method, path, a.status)
			}
		}
	}
	want := []string{
		"DELETE /api/v1/webhooks/{id}", "GET /api/v1/assets", "GET /api/v1/assets/{ref}", "GET /api/v1/assets/{ref}/form", "GET /api/v1/assets/{ref}/grants", "GET /api/v1/connections",
		"GET /api/v1/connections/{name}/setup", "GET /api/v1/events", "GET /api/v1/grants/todo", "GET /api/v1/inbox", "GET /api/v1/people/me", "GET /api/v1/preferences",
		"GET /api/v1/requests", "GET /api/v1/requests/{id}", "GET /api/v1/requests/{id}/events", "GET /api/v1/requests/{id}/plan", "GET /api/v1/resolve", "GET /api/v1/webhooks",
		"GET /api/v1/webhooks/{id}", "GET /api/v1/webhooks/{id}/deliveries", "POST /api/v1/connections/{name}/sync", "POST /api/v1/grants/{id}/attestations",
		"POST /api/v1/inbox/{id}/seen", "POST /api/v1/requests", "POST /api/v1/requests/{id}/cancel", "POST /api/v1/requests/{id}/determinations", "POST /api/v1/requests/{id}/revoke",
		"POST /api/v1/webhooks", "POST /api/v1/webhooks/{id}/agreement", "POST /api/v1/webhooks/{id}/redeliveries", "POST /api/v1/webhooks/{id}/resume",
		"POST /api/v1/webhooks/{id}/secrets", "POST /api/v1/webhooks/{id}/test", "PUT /api/v1/connections/{name}", "PUT /api/v1/preferences", "PUT /api/v1/webhooks/{id}",
	}
	if diff := cmp.Diff(want, slices.Sorted(slices.Values(got))); diff != "" || !strings.HasPrefix(document.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %s lists other routes (-want +got):\n%s", document.OpenAPI, diff)
	}
	for _, path := range []string{"/docs", "/schemas/Problem", "/openapi.yaml"} {
		if a := w.browser(t).open(path); a.status != 404 {
			t.Errorf("%s: status %d, want 404", path, a.status)
		}
	}
}
