package scopes_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/scopes"
)

// unsigned are the operations that nobody signs in for.
var unsigned = []string{"exchange-code", "begin-device", "device-token"}

// TestEveryOperationHasAScope holds the table against the document: no operation is left
// out, none is listed that is not there, and none that changes something counts as reading.
func TestEveryOperationHasAScope(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../testdata/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Scope       string `json:"x-token-scope"`
		}
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for path, methods := range document.Paths {
		for method, op := range methods {
			id, rule := op.OperationID, scopes.Of(op.OperationID)
			there[id] = true
			switch known := scopes.Known(id); {
			case known == slices.Contains(unsigned, id):
				t.Errorf("%s: it has a rule %t: give it one, or list it as one that nobody signs in for", id, known)
			case op.Scope != rule.Class:
				t.Errorf("%s: the document says %q, the table %q", id, op.Scope, rule.Class)
			case rule.Class == request.ScopeRead && method != "get" && id != "lint-flow" && id != "replay-flow":
				t.Errorf("%s: %s counts as reading", id, method)
			case rule.At == scopes.InPath && !strings.Contains(path, "{ref}") && !strings.Contains(path, "/connections/{name}") && !strings.Contains(path, "/requests/{id}") && !strings.Contains(path, "/grants/{id}"):
				t.Errorf("%s: %s names no connection, asset, request or grant", id, path)
			case rule.At == scopes.Nowhere && strings.Contains(path, "{ref}"):
				t.Errorf("%s: %s names an asset", id, path)
			}
		}
	}
	for _, id := range scopes.Operations() {
		if !there[id] {
			t.Errorf("%s has a rule, and is no operation", id)
		}
		if class := scopes.Of(id).Class; class != "" && class != scopes.Always && !slices.Contains(request.ScopeClasses(), class) {
			t.Errorf("%s is of class %q", id, class)
		}
		if slices.Contains(request.ScopeClasses(), id) {
			t.Errorf("%s is the name of a class too", id)
		}
	}
	if len(there) < 100 {
		t.Errorf("%d operations only", len(there))
	}
}
