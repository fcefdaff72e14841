package web_test

import (
	"cmp"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
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
			if want := cmp.Or(tt.base, "/"); base != want {
				t.Errorf("the server is %v, want %q", base, want)
			}
			if *update && tt.base == "" {
				must(t, os.WriteFile("testdata/openapi.json", []byte(a.body), 0o644))
			}
			golden, err := os.ReadFile("testdata/openapi.json")
			must(t, err)
			var want map[string]any
			must(t, json.Unmarshal(golden, &want))
			delete(want, "servers")
			if diff := gocmp.Diff(want, document); diff != "" {
				t.Errorf("the document differs; if it should, run go test ./web -update (-want +got):\n%s", diff)
			}
		})
	}
}

// TestEveryRouteOfOpenAPIAnswers calls what the document lists, and wants nothing
// else to be documented.
func TestEveryRouteOfOpenAPIAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var document struct {
		OpenAPI string
		Paths   map[string]map[string]struct{ OperationID string }
	}
	must(t, json.Unmarshal([]byte(w.browser(t).open("/openapi.json").body), &document))
	for path, methods := range document.Paths {
		for method, op := range methods {
			a := w.call(t, nobody, strings.ToUpper(method), strings.NewReplacer("/api/v1", "", "{ref}", "x", "{id}", "x", "{name}", "x", "{version}", "1", "{type}", "DATA_ACCESS", "{person}", "x", "{channel}", "x").Replace(path), "{}")
			if a.status == 405 || op.OperationID == "" || strings.Contains(a.body, "nothing at this address") {
				t.Errorf("%s %s is listed, and answers %d", method, path, a.status)
			}
		}
	}
	if len(document.Paths) == 0 || !strings.HasPrefix(document.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %s lists %d paths", document.OpenAPI, len(document.Paths))
	}
	for _, path := range []string{"/docs", "/schemas/Problem", "/openapi.yaml"} {
		if a := w.browser(t).open(path); a.status != 404 {
			t.Errorf("%s: status %d, want 404", path, a.status)
		}
	}
}
