package grantwright_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Somebody has two grants on a table, and is another principal by now: nothing
// more is given to the old one, and what ends is taken all the same.
func TestRevokesFromAPrincipalThatIsNoLongerTheirs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	whole := w.approved(t, eve, "30 DAYS")
	column := asking("30 DAYS")
	column.Columns = []string{"id"}
	part, err := w.Submit(t.Context(), eve, column)
	must(t, err)
	part = w.determine(t, twice, part, "APPROVE")
	w.settle(t, part)

	must(t, w.Connections().Register(t.Context(), admin, catalog.Connection{Name: "warehouse", Technology: "fake", Host: "dwh.example.com",
		Principals: catalog.Principals{Expression: `person.attributes.login[0] + "_new"`}}))
	_, err = w.Revoke(t.Context(), gov, whole.ID, "")
	must(t, err)
	if g := w.settle(t, whole); g.State != provision.Revoked {
		t.Errorf("the grant that ends is %s: %s", g.State, g.Error)
	}
	w.platform.mu.Lock()
	left := w.platform.access["eve "+string(orders)]
	w.platform.mu.Unlock()
	if diff := cmp.Diff([]provision.Access{{Privilege: request.Read, Columns: []string{"id"}}}, left); diff != "" {
		t.Errorf("the old principal has (-want +got):\n%s", diff)
	}
}
