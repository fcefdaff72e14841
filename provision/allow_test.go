package provision_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

func TestAllow(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	active := func(id provision.GrantID, p request.Privilege, ends time.Time, columns ...string) provision.Grant {
		return provision.Grant{ID: id, State: provision.Active, Access: provision.Access{Privilege: p, Columns: columns}, Ends: ends}
	}
	with := func(g provision.Grant, change func(*provision.Grant)) provision.Grant { change(&g); return g }
	later, latest := noon.Add(time.Hour), noon.Add(2*time.Hour)
	for _, tt := range []struct {
		name    string
		grants  []provision.Grant
		columns []string
		want    provision.Allowance
	}{
		{"nothing", nil, nil, provision.Allowance{}},
		{"the whole", []provision.Grant{active("a", request.Read, later)}, nil,
			provision.Allowance{Privilege: request.Read, Until: later, Grants: []provision.GrantID{"a"}}},
		{"a column of the whole", []provision.Grant{active("a", request.Read, time.Time{})}, []string{"id"},
			provision.Allowance{Privilege: request.Read, Grants: []provision.GrantID{"a"}}},
		{"the whole, of which columns are granted", []provision.Grant{active("a", request.Read, later, "id", "email")}, nil, provision.Allowance{}},
		{"a column more than is granted", []provision.Grant{active("a", request.Read, later, "id")}, []string{"id", "email"}, provision.Allowance{}},
		{"columns of two grants", []provision.Grant{active("a", request.Read, latest, "id"), active("b", request.ReadWrite, later, "email")}, []string{"id", "email"},
			provision.Allowance{Privilege: request.Read, Until: later, Grants: []provision.GrantID{"a", "b"}}},
		{"the one that lasts longer", []provision.Grant{active("a", request.Read, later), active("b", request.Read, latest)}, nil,
			provision.Allowance{Privilege: request.Read, Until: latest, Grants: []provision.GrantID{"b"}}},
		{"an endless one lasts longest", []provision.Grant{active("a", request.Read, time.Time{}), active("b", request.Read, latest)}, nil,
			provision.Allowance{Privilege: request.Read, Grants: []provision.GrantID{"a"}}},
		{"writing comes first, although reading lasts longer", []provision.Grant{active("a", request.Read, latest), active("b", request.ReadWrite, later)}, nil,
			provision.Allowance{Privilege: request.ReadWrite, Until: later, Grants: []provision.GrantID{"b"}}},
		{"over", []provision.Grant{active("a", request.Read, noon)}, nil, provision.Allowance{}},
		{"ending", []provision.Grant{with(active("a", request.Read, later), func(g *provision.Grant) { g.Ending = request.Revoked })}, nil, provision.Allowance{}},
		{"suspended", []provision.Grant{with(active("a", request.Read, later), func(g *provision.Grant) { g.State = provision.Suspended })}, nil, provision.Allowance{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, provision.Allow(tt.grants, tt.columns, noon)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAccessOn(t *testing.T) {
	t.Parallel()
	asset := catalog.Asset{Columns: []catalog.Column{{Name: "id", ID: "1"}, {Name: "mail", ID: "2"}, {Name: "email", ID: "5"}}}
	read := func(ids string, names ...string) provision.Access {
		return provision.Access{Privilege: request.Read, Columns: names, ColumnIDs: strings.Fields(ids)}
	}
	for _, tt := range []struct {
		name  string
		is    provision.Access
		asset catalog.Asset
		want  provision.Access
		any   bool
	}{
		{"the whole", provision.Access{Privilege: request.Read}, asset, provision.Access{Privilege: request.Read}, true},
		{"by id, under another name", read("2 1", "email", "id"), asset, read("", "id", "mail"), true},
		{"by id, gone", read("3 1", "email", "id"), asset, read("", "id"), true},
		{"by id, all gone", read("3 4", "email", "id"), asset, read(""), false},
		{"by name", read("", "email", "phone"), asset, read("", "email"), true},
		{"by name, all gone", read("", "phone"), asset, read(""), false},
		{"of what nobody has read", read("", "phone"), catalog.Asset{}, read("", "phone"), true},
	} {
		got, any := tt.is.On(tt.asset)
		if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" || any != tt.any {
			t.Errorf("%s: %v (-want +got):\n%s", tt.name, any, diff)
		}
	}
}

func TestAccessIncludesColumns(t *testing.T) {
	t.Parallel()
	whole := provision.Access{Privilege: request.Read}
	some := func(ids string, names ...string) provision.Access {
		return provision.Access{Privilege: request.Read, Columns: names, ColumnIDs: strings.Fields(ids)}
	}
	for _, tt := range []struct {
		all, part provision.Access
		want      bool
	}{
		{whole, some("1", "id"), true},
		{some("1", "id"), whole, false},
		{some("1 2", "id", "email"), some("2", "mail"), true},
		{some("1 2", "id", "email"), some("3", "email"), false},
		{some("", "id", "email"), some("", "email"), true},
		{some("", "id"), some("", "email"), false},
		{some("", "id", "email"), some("2", "email"), true},
	} {
		if got := tt.all.Includes(tt.part); got != tt.want {
			t.Errorf("%+v includes %+v: %v", tt.all, tt.part, got)
		}
	}
}
