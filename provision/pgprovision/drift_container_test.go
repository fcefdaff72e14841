package pgprovision_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

func TestTellsWhatTookTheNameOfASchema(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, heir := w.open(t), w.name("heir")
	w.run(t, "create role "+heir)
	for name, change := range map[string]string{
		"dropped and made anew": "drop schema {area} cascade; create schema {area} authorization {owner}",
		"renamed, another made": "alter schema {area} rename to {area}_old; create schema {area} authorization {owner}",
		"another owner's":       "alter schema {area} owner to " + heir,
		"renamed":               "alter schema {area} rename to {area}_old",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eve, area := w.person(t), w.schema(t)
			orders, schema := w.tableIn(t, area), w.container(t, area)
			standing := covering(want(eve, schema, request.Read), orders)
			mustApply(t, p, standing)
			w.run(t, w.names(eve, orders, "").Replace(strings.ReplaceAll(change, "{area}", area)))
			if name == "renamed" {
				mustRefuse(t, p, given(standing))
			} else {
				now := w.container(t, area).Object()
				mustReplace(t, p, given(standing), &now)
			}
			mustApply(t, p, want(eve, catalog.Asset{Ref: schema.Ref, ID: schema.ID}))
			if o := mustApply(t, p, want(eve, schema)); len(o.Ran) > 0 {
				t.Errorf("by its id alone it was not all taken; this was left: %q", o.Ran)
			}
		})
	}
}

func TestAccessToAContainerThatSomeoneTookAwayIsNotPutBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	for name, takeAway := range map[string]string{
		"the membership":      "revoke {role} from {eve} granted by {provisioner}",
		"USAGE on the schema": "set role {provisioner}; revoke usage on schema {area} from {role}; reset role",
		"CONNECT":             "set role {provisioner}; revoke connect on database {database} from {role}; reset role",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eve, area := w.person(t), w.schema(t)
			orders, schema := w.tableIn(t, area), w.container(t, area)
			standing := covering(want(eve, schema, request.Read), orders)
			mustWithdraw(t, p, standing)
			mustWithdraw(t, p, given(standing))
			w.run(t, w.names(eve, orders, w.groupRole(t, schema, request.Read)).Replace(strings.ReplaceAll(takeAway, "{area}", area)))
			mustWithdraw(t, p, given(standing), request.Read)
			w.mustAllow(t, eve, orders, false, false)
		})
	}
}

// What comes into a container later was given to nobody: it is not what someone
// took away.
func TestNewTableInAContainerIsGivenToWhoHasIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, area := w.open(t), w.person(t), w.schema(t)
	one, schema := w.tableIn(t, area), w.container(t, area)
	mustApply(t, p, covering(want(eve, schema, request.ReadWrite), one))
	two := w.tableIn(t, area)
	mustWithdraw(t, p, given(covering(want(eve, schema, request.ReadWrite), one, two)))
	w.mustAllow(t, eve, two, true, true)
}

func TestListsContainersAndTakesThemByIdAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, area := w.open(t), w.person(t), w.schema(t)
	one, schema, database := w.tableIn(t, area), w.container(t, area), w.container(t)
	for _, s := range []provision.Standing{want(eve, schema, request.Read), want(eve, database, request.ReadWrite)} {
		mustApply(t, p, covering(s, one))
	}
	mustApply(t, p, want(eve, one, request.Read))
	wanted := []provision.Standing{found(want(eve, one, request.Read)), found(want(eve, schema, request.Read)), found(want(eve, database, request.ReadWrite))}
	all := mustList(t, p, "wh")
	if diff := cmp.Diff(byName(wanted), all); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	if below := mustList(t, p, schema.Ref); len(below) != 2 {
		t.Errorf("at and below the schema stand %v", below)
	}
	w.mustAllow(t, eve, one, true, true)
	for _, s := range all {
		mustApply(t, p, want(s.Principal, s.Asset))
	}
	w.mustAllow(t, eve, one, false, false)
	if left := mustList(t, p, "wh"); len(left) > 0 {
		t.Errorf("after all was taken this is left: %v", left)
	}
}
