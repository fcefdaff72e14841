package provision_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

func TestStandings(t *testing.T) {
	t.Parallel()
	of := func(state provision.State, who string, asset catalog.Asset, a provision.Access) provision.Grant {
		g := in(state, provision.Auto)
		g.Principal, g.Asset, g.Access = request.Principal{Name: who}, asset, a
		return g
	}
	read, write := provision.Access{Privilege: request.Read}, provision.Access{Privilege: request.ReadWrite}
	id, total := provision.Access{Privilege: request.Read, Columns: []string{"id"}}, provision.Access{Privilege: request.Read, Columns: []string{"total"}}
	anew, other := orders, orders
	anew.ID, other.Source.Owner = "16999", "eve"
	standing := func(who string, asset catalog.Asset, want ...provision.Access) provision.Standing {
		return provision.Standing{Principal: request.Principal{Name: who}, Asset: asset, Want: want}
	}
	for _, tt := range []struct {
		name   string
		grants []provision.Grant
		want   []provision.Standing
	}{
		{"none", nil, nil},
		{"one", []provision.Grant{of(provision.Pending, "eve", orders, read)}, []provision.Standing{standing("eve", orders, read)}},
		{"the same twice", []provision.Grant{of(provision.Active, "eve", orders, read), of(provision.Pending, "eve", orders, read)}, []provision.Standing{standing("eve", orders, read)}},
		{"one of two ends", []provision.Grant{of(provision.Revoking, "eve", orders, read), of(provision.Active, "eve", orders, read)}, []provision.Standing{standing("eve", orders, read)}},
		{"both end", []provision.Grant{of(provision.Revoking, "eve", orders, read), of(provision.Revoking, "eve", orders, write)}, []provision.Standing{standing("eve", orders)}},
		{"read beside read and write", []provision.Grant{of(provision.Active, "eve", orders, write), of(provision.Failed, "eve", orders, read)}, []provision.Standing{standing("eve", orders, read, write)}},
		{"write ends, read stays", []provision.Grant{of(provision.Revoking, "eve", orders, write), of(provision.Active, "eve", orders, read)}, []provision.Standing{standing("eve", orders, read)}},
		{"columns, in one order", []provision.Grant{of(provision.Active, "eve", orders, total), of(provision.Active, "eve", orders, read), of(provision.Active, "eve", orders, id)}, []provision.Standing{standing("eve", orders, read, id, total)}},
		{"two people", []provision.Grant{of(provision.Active, "frank", orders, read), of(provision.Active, "eve", orders, read)}, []provision.Standing{standing("frank", orders, read), standing("eve", orders, read)}},
		{"two objects under one name", []provision.Grant{of(provision.Active, "eve", orders, read), of(provision.Pending, "eve", anew, read), of(provision.Pending, "eve", other, read)},
			[]provision.Standing{standing("eve", orders, read), standing("eve", anew, read), standing("eve", other, read)}},
		{"suspended", []provision.Grant{of(provision.Suspended, "eve", orders, read)}, []provision.Standing{standing("eve", orders)}},
		{"suspended beside active", []provision.Grant{of(provision.Suspended, "eve", orders, read), of(provision.Active, "eve", orders, write)}, []provision.Standing{standing("eve", orders, write)}},
		{"gone", []provision.Grant{of(provision.Revoked, "eve", orders, read)}, nil},
	} {
		got := provision.Standings(tt.grants)
		if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(provision.Standing{}, "Given", "Reached")); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
		for _, g := range tt.grants {
			if n := len(provision.Standings([]provision.Grant{g})); g.Live() != (n == 1) {
				t.Errorf("%s: %d standings of one grant", tt.name, n)
			}
		}
	}
	eve := of(provision.Active, "eve", orders, read)
	eve.Principal.ID = "11"
	if n := len(provision.Standings([]provision.Grant{eve, of(provision.Active, "eve", orders, read)})); n != 2 {
		t.Errorf("two principals of one name have %d standings", n)
	}
}

// Given is what was read back before, unless people have decided on the same anew.
func TestStandingsGiven(t *testing.T) {
	t.Parallel()
	read, write := provision.Access{Privilege: request.Read}, provision.Access{Privilege: request.ReadWrite}
	of := func(state provision.State, a provision.Access) provision.Grant {
		g := in(state, provision.Auto)
		g.Access = a
		return g
	}
	for _, tt := range []struct {
		name   string
		grants []provision.Grant
		want   []provision.Access
	}{
		{"active", []provision.Grant{of(provision.Active, read)}, []provision.Access{read}},
		{"approved", []provision.Grant{of(provision.Pending, read)}, nil},
		{"interrupted", []provision.Grant{of(provision.Provisioning, read)}, nil},
		{"failed", []provision.Grant{of(provision.Failed, read)}, nil},
		{"suspended", []provision.Grant{of(provision.Suspended, read)}, nil},
		{"ending", []provision.Grant{of(provision.Revoking, read)}, nil},
		{"active, and approved anew", []provision.Grant{of(provision.Active, read), of(provision.Pending, read)}, nil},
		{"active, and one that ends", []provision.Grant{of(provision.Active, read), of(provision.Revoking, read)}, []provision.Access{read}},
		{"active, and another approved", []provision.Grant{of(provision.Active, read), of(provision.Pending, write)}, []provision.Access{read}},
		{"both active", []provision.Grant{of(provision.Active, write), of(provision.Active, read)}, []provision.Access{read, write}},
	} {
		all := provision.Standings(tt.grants)
		same(t, tt.name, 1, len(all))
		same(t, tt.name, tt.want, all[0].Given)
	}
}

// What was known of an asset bounds what is given of it anew, and of nothing else.
func TestStandingsReached(t *testing.T) {
	t.Parallel()
	of := func(state provision.State, reached string) provision.Grant {
		g := in(state, provision.Auto)
		g.Reached = reached
		return g
	}
	schema := of(provision.Pending, "aa")
	schema.Asset.Kind = catalog.Schema
	for _, tt := range []struct {
		name   string
		grants []provision.Grant
		want   []string
	}{
		{"nothing was opened", []provision.Grant{of(provision.Pending, "")}, []string{""}},
		{"approved twice", []provision.Grant{of(provision.Pending, "aa"), of(provision.Failed, "bb"), of(provision.Failed, "aa")}, []string{"aa", "bb"}},
		{"active", []provision.Grant{of(provision.Active, "aa")}, nil},
		{"ending", []provision.Grant{of(provision.Revoking, "aa")}, nil},
		{"suspended", []provision.Grant{of(provision.Suspended, "aa")}, nil},
		{"a container", []provision.Grant{schema}, nil},
	} {
		s := provision.Standings(tt.grants)[0]
		same(t, tt.name, tt.want, s.Reached)
		if more := (provision.Reach{{Way: catalog.ByChild, Ref: "warehouse:hr.pay"}}); (s.Known(more) == nil) != (tt.want == nil) {
			t.Errorf("%s: what is opened besides ends in %v", tt.name, s.Known(more))
		}
	}
}

func ExampleStandings() {
	orders := catalog.Asset{Ref: "warehouse:sales.public.orders", Kind: catalog.Table}
	eve := request.Principal{Name: "eve"}
	grants := []provision.Grant{
		{Principal: eve, Asset: orders, Access: provision.Access{Privilege: request.ReadWrite}, State: provision.Revoking, Ending: request.Revoked},
		{Principal: eve, Asset: orders, Access: provision.Access{Privilege: request.Read}, State: provision.Active},
	}
	for _, s := range provision.Standings(grants) {
		fmt.Println(s.Principal.Name, s.Asset.Ref, s.Want)
	}
	// Output: eve warehouse:sales.public.orders [READ]
}
