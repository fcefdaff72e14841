package provisiontest

import (
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// definitionChecks hold a provisioner to what was approved of a view.
var definitionChecks = []check{
	{name: "gives a view as it was approved, and not what it shows later", run: redefines, can: canRedefine},
}

func canRedefine(h Harness, _ provision.Provisioner) bool { return h.View != nil }

func redefines(t testing.TB, h Harness) {
	p, who := h.Open(t), h.Person(t)
	a, redefine := h.View(t)
	approved := settle(t, p, Want(who, a, request.Read))[0].Definition
	look(t, h, who, a, true, false)
	if approved == "" {
		t.Errorf("nothing is said of what %s shows", a.Ref)
	}
	s := Want(who, a, request.Read)
	s.Definitions = []string{approved}
	if o := settle(t, h.Open(t), given(s, request.Read))[0]; !catalog.SameDefinition(approved, o.Definition) {
		t.Errorf("the view is what it was, and is said to be %q after %q", o.Definition, approved)
	}
	settle(t, p, Want(who, a))
	redefine()
	o := apply(t, p, s)[0]
	if catalog.SameDefinition(approved, o.Definition) {
		t.Errorf("the view shows something else, and is said to be %q after %q", o.Definition, approved)
	}
	look(t, h, who, a, false, false)
}
