package api_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/grantwright/grantwright/client/api"
)

// TestGeneratedCodeIsThatOfTheDocument makes the code anew, and compares: make client writes it.
func TestGeneratedCodeIsThatOfTheDocument(t *testing.T) {
	t.Parallel()
	anew := filepath.Join(t.TempDir(), "api.gen.go")
	c := exec.CommandContext(t.Context(), "go", "tool", "-modfile=../../tools/go.mod", "oapi-codegen", "-config", "oapi-codegen.yaml", "-o", anew, "../../web/testdata/openapi.json")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want, err := os.ReadFile(anew)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("api.gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(got) {
		t.Error("web/testdata/openapi.json has changed since api.gen.go was made: make client makes it anew")
	}
}

func TestLocation(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		path  string
		names []any
		want  string // empty for an error
	}{
		{"/api/v1/requests", nil, "/api/v1/requests"},
		{"/api/v1/requests/{id}/plan", []any{"A1"}, "/api/v1/requests/A1/plan"},
		{"/api/v1/flows/{name}/versions/{version}", []any{"a b", int64(3)}, "/api/v1/flows/a%20b/versions/3"},
		{"/api/v1/assets/{ref}", []any{`shop:a."b/../c?#%"`}, "/api/v1/assets/shop:a.%22b%2F..%2Fc%3F%23%25%22"},
		{"/api/v1/assets/{ref}", []any{"{id}"}, "/api/v1/assets/%7Bid%7D"},
		{"/api/v1/requests/{id}/plan", []any{""}, ""},
		{"/api/v1/requests/{id}/plan", []any{".."}, ""},
		{"/api/v1/requests/{id}/plan", []any{"."}, ""},
		{"/api/v1/requests", []any{"one too many"}, ""},
	} {
		got, err := api.Call{Path: tt.path, Names: tt.names}.Location()
		if (err != nil) != (tt.want == "") || err == nil && got != tt.want {
			t.Errorf("%s with %v: %q, %v, want %q", tt.path, tt.names, got, err, tt.want)
		}
	}
}

func TestFaultsNameTheirPlace(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fault api.Fault
		want  string
	}{
		{api.Fault{Pointer: "#/answers/purpose"}, "answers.purpose"},
		{api.Fault{Pointer: "#/answers/a~1b%20c"}, "answers.a/b c"},
		{api.Fault{Pointer: "#/columns/0"}, "columns.0"},
		{api.Fault{Pointer: "#"}, "body"},
		{api.Fault{Pointer: "#/%zz"}, "#/%zz"},
		{api.Fault{Parameter: "cursor"}, "cursor"},
		{api.Fault{Header: "Idempotency-Key"}, "Idempotency-Key"},
		{api.Fault{}, "body"},
	} {
		if got := tt.fault.Place(); got != tt.want {
			t.Errorf("%+v is at %q, want %q", tt.fault, got, tt.want)
		}
	}
}

func TestProblemsSayEachFaultOnce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		problem api.Problem
		want    string
	}{
		{api.Problem{Title: "Not Found", Status: 404}, "Not Found (404)"},
		{api.Problem{Detail: "No."}, "No."},
		{api.Problem{Detail: "Invalid request: answers.purpose is required.", Errors: []api.Fault{{Pointer: "#/answers/purpose", Detail: "is required"}}},
			"Invalid request: answers.purpose is required."},
		{api.Problem{Detail: "Invalid.", Errors: []api.Fault{{Pointer: "#/a", Detail: "is required"}, {Parameter: "b", Detail: "is wrong"}}},
			"Invalid.\n  a: is required\n  b: is wrong"},
	} {
		if got := tt.problem.Error(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
