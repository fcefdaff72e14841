package request_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

func TestPinnedAsset(t *testing.T) {
	t.Parallel()
	object := catalog.Object{ID: "16384", Kind: catalog.Table, Owner: "dba"}
	for _, tt := range []struct {
		name string
		req  request.Request
		want catalog.Asset
	}{
		{"nothing", request.Request{}, catalog.Asset{}},
		{"before it is pinned", request.Request{Asset: "w:d.s.orders", Columns: []string{"id"}}, catalog.Asset{Ref: "w:d.s.orders"}},
		{"pinned", request.Request{Asset: "w:d.s.orders", Columns: []string{"id"}, Object: object},
			catalog.Asset{Ref: "w:d.s.orders", ID: "16384", Kind: catalog.Table, Source: catalog.Claims{Owner: "dba"}}},
	} {
		got := tt.req.PinnedAsset()
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.req.Object, got.Object()); diff != "" {
			t.Errorf("%s: the object (-want +got):\n%s", tt.name, diff)
		}
	}
}
