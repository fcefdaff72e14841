package request_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

func TestIdentityCheck(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		who    request.Identity
		fields []string
	}{
		{"id alone", request.Identity{ID: "eve@example.com"}, nil},
		{"issuer", request.Identity{Issuer: "https://id.example.com", ID: "a|b|c"}, nil},
		{"a system of an issuer", request.Identity{Issuer: "corp", ID: "system"}, nil},
		{"the longest", request.Identity{Issuer: "i", ID: strings.Repeat("x", request.MaxPersonBytes-2)}, nil},
		{"nobody", request.Identity{}, []string{"id"}},
		{"nobody of an issuer", request.Identity{Issuer: "corp"}, []string{"id"}},
		{"a bar without an issuer", request.Identity{ID: "corp|eve"}, []string{"id"}},
		{"a bar in the issuer", request.Identity{Issuer: "a|b", ID: "c"}, []string{"issuer"}},
		{"the engine", request.Identity{ID: string(request.SystemID)}, []string{"id"}},
		{"too long", request.Identity{Issuer: "i", ID: strings.Repeat("x", request.MaxPersonBytes-1)}, []string{"id"}},
		{"NUL", request.Identity{Issuer: "a\x00", ID: "b\x00", Name: "\x00", Email: "\x00"}, []string{"id", "issuer", "name", "email"}},
		{"not UTF-8", request.Identity{ID: "b\xff"}, []string{"id"}},
		{"groups and claims", request.Identity{ID: "b", Groups: []string{"a", "\xff", "\xff"}, Attributes: map[string][]string{"k": {"\x00"}}}, []string{"groups", "attributes"}},
		{"a claim's name", request.Identity{ID: "b", Attributes: map[string][]string{"\xff": nil}}, []string{"attributes"}},
	} {
		var fields []string
		for _, f := range faults(t, tt.who.Check()) {
			fields = append(fields, f.Field)
		}
		if diff := cmp.Diff(tt.fields, fields); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
	}
}

// Of all identities that pass, no two have one PersonID, and a PersonID leads
// back to its identity only.
func TestPersonIsOne(t *testing.T) {
	t.Parallel()
	parts := []string{"", "a", "b", "|", "a|b", "|a", "a|", "||", "system", "system|", "a|b|c"}
	seen := map[request.PersonID]request.Identity{}
	for _, issuer := range parts {
		for _, id := range parts {
			who := request.Identity{Issuer: issuer, ID: id}
			if who.Check() != nil {
				continue
			}
			if other, taken := seen[who.Person()]; taken {
				t.Errorf("%v and %v are both %s", who, other, who.Person())
			}
			seen[who.Person()] = who
			if diff := cmp.Diff(who, who.Person().Identity()); diff != "" {
				t.Errorf("%s (-want +got)\n%s", who.Person(), diff)
			}
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d identities pass", len(seen))
	}
	for _, p := range parts {
		if back := request.PersonID(p).Identity().Person(); string(back) != p {
			t.Errorf("%q leads to %q", p, back)
		}
	}
}

func TestRoster(t *testing.T) {
	t.Parallel()
	roster := request.Roster{{ID: "eve@example.com", Name: "Eve"}, {Issuer: "corp", ID: "eve@example.com"}}
	for _, tt := range []struct {
		id   request.PersonID
		want request.Identity
		err  error
	}{
		{"eve@example.com", roster[0], nil},
		{"corp|eve@example.com", roster[1], nil},
		{"Eve", request.Identity{}, request.ErrUnknownPerson},
		{"", request.Identity{}, request.ErrUnknownPerson},
	} {
		got, err := roster.Lookup(t.Context(), tt.id)
		if diff := cmp.Diff(tt.want, got); diff != "" || !errors.Is(err, tt.err) {
			t.Errorf("%q: %v (-want +got)\n%s", tt.id, err, diff)
		}
	}
}

// No two different requests name the same thing, whatever ids and columns hold.
func TestRequestOpen(t *testing.T) {
	t.Parallel()
	base := request.Request{Beneficiary: "x", Asset: "w:a", Type: request.DataAccess, Privilege: request.Read, Columns: []string{"a", "b"}}
	for _, tt := range []struct {
		name   string
		change func(*request.Request)
		same   bool
	}{
		{"nothing", func(*request.Request) {}, true},
		{"order of columns", func(r *request.Request) { r.Columns = []string{"b", "a"} }, true},
		{"what is not asked", func(r *request.Request) {
			r.ID, r.Requester, r.Duration, r.Answers = "7", "y", request.Endless, request.Answers{"a": {"b"}}
		}, true},
		{"beneficiary", func(r *request.Request) { r.Beneficiary = "y" }, false},
		{"asset", func(r *request.Request) { r.Asset = "w:b" }, false},
		{"type", func(r *request.Request) { r.Type = request.MaskingException }, false},
		{"privilege", func(r *request.Request) { r.Privilege = request.ReadWrite }, false},
		{"columns", func(r *request.Request) { r.Columns = []string{"a"} }, false},
		{"the whole", func(r *request.Request) { r.Columns = nil }, false},
		{"joined columns", func(r *request.Request) { r.Columns = []string{"a.b"} }, false},
		{"quoted columns", func(r *request.Request) { r.Columns = []string{`a" "b`} }, false},
	} {
		r := base
		tt.change(&r)
		if same := r.Open() == base.Open(); same != tt.same {
			t.Errorf("%s: the same is %v, want %v: %s", tt.name, same, tt.same, r.Open())
		}
	}
	seen := map[string]request.Request{}
	for _, parts := range [][2]string{{"x", "w:a\nw:b"}, {"x\nw:a", "w:b"}, {`x" "w:a`, "w:b"}, {"x", `w:a" "w:b`}, {"x\xff", "w:b"}, {`x\xff`, "w:b"}, {"x\ufffd", "w:b"}} {
		r := request.Request{Beneficiary: request.PersonID(parts[0]), Asset: catalog.Ref(parts[1])}
		if other, taken := seen[r.Open()]; taken {
			t.Errorf("%+v and %+v are both %s", r, other, r.Open())
		}
		seen[r.Open()] = r
	}
	if base.Columns[0] != "a" {
		t.Error("the columns were sorted in place")
	}
}

func TestConcerns(t *testing.T) {
	t.Parallel()
	r := request.Request{Requester: "a", Beneficiary: "b"}
	for p, want := range map[request.PersonID]bool{"a": true, "b": true, "c": false, "": false} {
		if r.Concerns(p) != want {
			t.Errorf("%q: %v", p, !want)
		}
	}
}

func ExampleIdentity_Person() {
	fmt.Println(request.Identity{ID: "eve@example.com"}.Person())
	fmt.Println(request.Identity{Issuer: "https://id.example.com", ID: "4711"}.Person())
	// Output:
	// eve@example.com
	// https://id.example.com|4711
}
