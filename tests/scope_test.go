package tests

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
)

// assetsOf lists what stands on a connection, without the columns of each.
func assetsOf(t *testing.T, e *grantwright.Engine, in catalog.Inventory) []string {
	t.Helper()
	found, err := in.Search(t.Context(), catalog.Query{Below: "warehouse"})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, a := range found {
		all = append(all, strings.TrimPrefix(string(a.Ref), "warehouse:"))
	}
	return all
}

// A connection holds what it includes, without what it excludes. The records' own database
// and the schemas of ours are never assets.
func TestScopeOfAConnection(t *testing.T) {
	t.Parallel()
	p := newRealPlatform(t)
	var in catalog.Inventory
	e := p.engine(t, func(c *grantwright.Config) { in = c.Inventory })
	superuser(t, p.Database, "create schema tmp_1; create table tmp_1.scratch (id int); create schema gw_of_people; create table gw_of_people.mine (id int)")
	c := p.connection()
	c.Scope.Include = []string{p.Database, p.Records}
	sync := func() {
		t.Helper()
		if err := e.Connections().Register(t.Context(), admin, c); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Sync(t.Context(), admin, "warehouse"); err != nil {
			t.Fatal(err)
		}
	}
	of := func(names ...string) []string {
		all := []string{p.Database}
		for _, n := range names {
			all = append(all, p.Database+"."+n)
		}
		return all
	}
	sync()
	all := of("gw_of_people", "gw_of_people.mine", "public", "public.orders", "tmp_1", "tmp_1.scratch")
	if diff := cmp.Diff(all, assetsOf(t, e, in)); diff != "" {
		t.Errorf("what is included (-want +got):\n%s", diff)
	}
	c.Scope.Exclude = []string{"*.tmp_*"}
	sync()
	if diff := cmp.Diff(of("gw_of_people", "gw_of_people.mine", "public", "public.orders"), assetsOf(t, e, in)); diff != "" {
		t.Errorf("without what is excluded (-want +got):\n%s", diff)
	}
	c.Scope = catalog.Scope{Include: []string{p.Database + ".public"}}
	sync()
	if diff := cmp.Diff(of("public", "public.orders"), assetsOf(t, e, in)); diff != "" {
		t.Errorf("one schema (-want +got):\n%s", diff)
	}
	c.Scope = catalog.Scope{Include: []string{p.Database, p.Records}}
	sync()
	if diff := cmp.Diff(all, assetsOf(t, e, in)); diff != "" {
		t.Errorf("when it is back (-want +got):\n%s", diff)
	}
	p.mustPrepareOnly(t, p.Database+".public")
}

// mustPrepareOnly fails the test if Setup wants rights on anything but what is in scope.
func (p *realPlatform) mustPrepareOnly(t *testing.T, include string) {
	t.Helper()
	c := p.connection()
	c.Scope.Include = []string{include}
	platform, err := pgprovision.Open(t.Context(), provision.Target{Connection: c, Password: p.Password, Installation: p.Installation})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = platform.Close() }()
	steps, err := platform.SetupStatements(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(steps, func(s pgprovision.SetupStatement) bool {
		return strings.Contains(string(s.Statement), "on schema tmp_1") || strings.Contains(string(s.Statement), p.Records) || s.Database != "" && s.Database != p.Database
	}); i >= 0 {
		t.Errorf("Setup lists %+v", steps[i])
	}
}
