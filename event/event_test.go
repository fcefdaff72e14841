package event_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/event"
)

// TestEveryEventIsListed finds the constants of events in the source, and wants each to
// be among Names.
func TestEveryEventIsListed(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "names.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared []event.Name
	ast.Inspect(file, func(n ast.Node) bool {
		spec, is := n.(*ast.ValueSpec)
		if !is || len(spec.Values) != 1 {
			return true
		}
		if value, is := spec.Values[0].(*ast.BasicLit); is {
			text, err := strconv.Unquote(value.Value)
			if err != nil {
				t.Fatal(err)
			}
			declared = append(declared, event.Name(text))
		}
		return true
	})
	slices.Sort(declared)
	if diff := cmp.Diff(declared, event.Names()); diff != "" {
		t.Errorf("the constants of names.go, and Names (-constants +Names):\n%s", diff)
	}
}

// TestPayloads reads a stored payload of each event into its type, and wants the same
// bytes when it is stored again. The tests of the engine write testdata.
func TestPayloads(t *testing.T) {
	t.Parallel()
	for _, name := range event.Names() {
		stored, err := os.ReadFile(filepath.Join("testdata", string(name)+".json"))
		if errors.Is(err, fs.ErrNotExist) && bare(t, name) {
			continue
		}
		if err != nil {
			t.Errorf("%v: let it happen in the engine's everythingHappens", err)
			continue
		}
		checkAgain(t, name, stored)
	}
}

// bare reports whether an event is told without a payload. A request is mostly canceled
// without a reason.
func bare(t *testing.T, name event.Name) bool {
	t.Helper()
	payload, err := event.Decode(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, nothing := payload.(event.Nothing)
	return nothing || name == event.RequestCanceled.Name()
}

// TestPayloadsOfTwoShapes are those that testdata shows in one shape only.
func TestPayloadsOfTwoShapes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   event.Name
		stored string
	}{
		{event.RequestRevoked.Name(), `{}`},
		{event.RequestRevoked.Name(), `{"reason":"has left"}`},
		{event.RequestLapsed.Name(), `{"reason":"nobody has decided"}`},
		{event.RequestCanceled.Name(), `{"reason":"disabled"}`},
		{event.RequestTakenBack.Name(), `{}`},
		{event.GrantContested.Name(), `{"kind":"ORPHAN","asset":"warehouse:sales.public.orders","principal":"eve","grant":"g1","access":[{"privilege":"READ","columns":["id"]}],"mended":true,"statements":["revoke"]}`},
		{event.GrantContested.Name(), `{"state":"ACTIVE","object":"3","remaining":["member of the role reporting"]}`},
		{event.ConnectionReconciled.Name(), `{"compared":1,"standing":2,"removals":3,"doubt":"others","findings":{"ORPHAN":1},"more":4}`},
		{event.GrantActive.Name(), `{"state":"ACTIVE","error":"e","attempts":1,"withheld":"w","ends":"2026-03-01T12:00:00Z","object":"3","remaining":["a"],"waits":"2026-03-01T12:00:00Z","due":"2026-03-01T12:00:00Z","note":"n","query":"q","outlived":"g","reason":"r"}`},
	} {
		checkAgain(t, tt.name, []byte(tt.stored))
	}
}

func checkAgain(t *testing.T, name event.Name, stored []byte) {
	t.Helper()
	payload, err := event.Decode(name, stored)
	if err != nil {
		t.Error(err)
		return
	}
	again, err := json.Marshal(payload)
	if err != nil {
		t.Error(err)
		return
	}
	var want bytes.Buffer
	if err := json.Compact(&want, stored); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(want.String(), string(again)); diff != "" {
		t.Errorf("%s as %T (-stored +again):\n%s", name, payload, diff)
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	if _, err := event.Decode("trial.done", nil); !errors.Is(err, event.ErrUnknown) {
		t.Errorf("an unknown name: %v", err)
	}
	if _, err := event.Decode(event.GrantActive.Name(), []byte(`{"attempts":"one"}`)); err == nil || !strings.Contains(err.Error(), "grant.active") {
		t.Errorf("a payload of another shape: %v", err)
	}
	for _, name := range event.Names() {
		if _, err := event.Decode(name, nil); err != nil {
			t.Errorf("without a payload: %v", err)
		}
	}
}

func TestEncode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		what event.Event
		want string
	}{
		{event.RequestCanceled.Bare(), ""},
		{event.RequestCanceled.With(event.Withdrawn{}), "{}"},
		{event.GrantContested.With(event.Contested{Finding: &event.Finding{Kind: "ORPHAN"}}), `{"kind":"ORPHAN","asset":"","mended":false}`},
	} {
		if got, err := tt.what.Encode(); string(got) != tt.want || err != nil {
			t.Errorf("%s: %s, %v, want %s", tt.what.Name(), got, err, tt.want)
		}
	}
}

func TestLeft(t *testing.T) {
	t.Parallel()
	active := event.Grant{State: "ACTIVE"}
	for _, tt := range []struct {
		payload any
		says    bool
	}{
		{active, true},
		{event.LateAnswer{State: "ACTIVE"}, true},
		{event.Contested{Grant: &active}, true},
		{event.Contested{Finding: &event.Finding{}}, false},
		{event.Grant{Reason: "has left"}, false},
		{event.Claim{}, false},
		{nil, false},
	} {
		if g, says := event.Left(tt.payload); says != tt.says || says && g.State != "ACTIVE" {
			t.Errorf("Left of %T: %v, %v", tt.payload, g, says)
		}
	}
}
