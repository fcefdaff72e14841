package provisiontest

import (
	"errors"
	"testing"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// pinChecks hold a provision.Masker to the views by which governance masks assets: each is
// given as it was brought into force.
var pinChecks = []check{
	{name: "never shows a view that masks as it was replaced", run: pins, can: canPin},
}

func canPin(h Harness, p provision.Provisioner) bool {
	_, can := p.(provision.Masker)
	return can && h.MaskedBy != nil && h.Sees != nil
}

func pins(t testing.TB, h Harness) {
	p, who, other := h.Open(t), h.Person(t), h.Person(t)
	m, replace := h.MaskedBy(t)
	reads := provision.Access{Privilege: request.Read}
	mask := func() provision.Masked { return p.(provision.Masker).Mask(t.Context(), []provision.Masking{m})[0] }
	masked := mask()
	if masked.Err != nil || masked.Definition == "" {
		t.Fatalf("Mask answered %+v, must say what the view shows", masked)
	}
	m.Pinned = masked.Definition
	o := settle(t, p, through(m, who, reads))[0]
	lookAt(t, h, who, m.Asset, o.Query, true, false)
	replace()
	if again := mask(); !errors.Is(again.Err, provision.ErrRedefined) || again.Definition == m.Pinned {
		t.Errorf("the view shows something else, and Mask answered %+v", again)
	}
	for _, person := range []provision.Standing{given(through(m, who, reads), request.Read), through(m, other, reads)} {
		if err := apply(t, p, person)[0].Err; !errors.Is(err, provision.ErrRedefined) {
			t.Errorf("giving a view that was replaced ended in %v, must wrap ErrRedefined", err)
		}
		lookAt(t, h, person.Principal, m.Asset, o.Query, false, false)
	}
	m.Pinned = ""
	m.Pinned = mask().Definition
	settle(t, p, through(m, who, reads))
	lookAt(t, h, who, m.Asset, o.Query, true, true)
}
