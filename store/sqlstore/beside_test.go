package sqlstore_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// Assets are read with records as they are by themselves: those that are gone, with texts
// of every kind, and also where the records lie elsewhere.
func TestAssetsWithRecords(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *sqlstore.Store) {
		orders := catalog.Asset{Ref: "warehouse:sales.public.orders", Kind: catalog.Table, ID: `7/1"`, Technology: "postgres", Host: `db\`,
			Source:  catalog.Claims{Owner: "ana's", Comment: "größe\n𝄞", Tags: []string{"pii", `"`}},
			Columns: []catalog.Column{{Name: "id", Type: "bigint"}, {Name: "{a,b}", Type: "text", Comment: "null"}},
			Through: []catalog.Through{{Way: catalog.ByPartition, Ref: "warehouse:sales.public.old", Columns: []string{"id", `{"`}}}, PartOf: []catalog.Ref{"warehouse:sales.public.all"}}
		old := catalog.Asset{Ref: "warehouse:sales.public.old", Kind: catalog.View, Technology: "postgres", Host: "db"}
		for _, all := range [][]catalog.Asset{{orders, old}, {orders}} {
			_, err := s.Inventory().Replace(t.Context(), "warehouse", func(yield func(catalog.Asset, error) bool) {
				for _, a := range all {
					if !yield(a, nil) {
						return
					}
				}
			}, monday)
			check(t, err)
		}
		old.Gone = monday
		keys := []store.Key{{Kind: "b", ID: "2"}, {Kind: "a", ID: "none"}, {Kind: "a", ID: "1"}}
		elsewhere := new(store.Memory)
		for _, of := range []store.Store{s, elsewhere} {
			check(t, of.Write(t.Context(), store.Commit{Writes: []store.Write{{Kind: "a", ID: "1", Body: []byte(`{"n":1}`)}, {Kind: "b", ID: "2", Body: []byte(`{"n":2}`)}}}))
			for _, tt := range []struct {
				refs []catalog.Ref
				keys []store.Key
				want []catalog.Asset
			}{
				{[]catalog.Ref{orders.Ref, old.Ref}, keys, []catalog.Asset{orders, old}},
				{[]catalog.Ref{"warehouse:sales.public.none", orders.Ref, "warehouse:sales.public.\x00", "\xff"}, keys[:1], []catalog.Asset{orders}},
				{[]catalog.Ref{old.Ref}, nil, []catalog.Asset{old}},
				{nil, keys, nil},
			} {
				assets, got, err := s.Inventory().AssetsWith(t.Context(), of, tt.refs, tt.keys...)
				check(t, err)
				want, err := of.Get(t.Context(), tt.keys...)
				check(t, err)
				if diff := cmp.Diff(tt.want, assets) + cmp.Diff(want, got); diff != "" {
					t.Errorf("%q with %v (-want +got)\n%s", tt.refs, tt.keys, diff)
				}
			}
		}
	})
}
