package request_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/request"
)

func TestGroupIDs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		who  request.Identity
		want []request.PersonID
	}{
		{"nobody", request.Identity{}, nil},
		{"in no group", request.Identity{Issuer: "https://id.example.com", ID: "4711"}, nil},
		{"without an issuer", request.Identity{ID: "eve@example.com", Groups: []string{"b", "a"}}, []request.PersonID{"a", "b"}},
		{"with an issuer", request.Identity{Issuer: "https://id.example.com", ID: "4711", Groups: []string{"analysts"}}, []request.PersonID{"https://id.example.com|analysts"}},
		{"twice in one", request.Identity{ID: "eve@example.com", Groups: []string{"a", "b", "a"}}, []request.PersonID{"a", "b"}},
	} {
		if diff := cmp.Diff(tt.want, tt.who.GroupIDs()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
