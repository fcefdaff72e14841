package pgprovision_test

import (
	"strings"
	"testing"

	"github.com/grantwright/grantwright/provision"
)

// PostgreSQL asks the owner of a view for USAGE on the schemas beneath it once, when the view
// is made. So a masked view works on where its table's schema is closed to us, and is given
// and taken; only another table of the name cannot be masked, and is shown to nobody.
func TestMaskedViewOverASchemaThatIsClosedToUs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, m, name := w.masked(t)
	bob := w.person(t)
	w.run(t, "revoke usage on schema public from public, "+w.provisioner+" cascade")
	if again := mustMask(t, p, m); len(again.Ran) > 0 {
		t.Errorf("the masked view stands, and this ran: %q", again.Ran)
	}
	if o := mustApply(t, p, given(wantMasked(eve, m, read))); len(o.Withdrawn) > 0 {
		t.Errorf("nobody took anything, and withdrawn are %v", o.Withdrawn)
	}
	mustApply(t, p, wantMasked(bob, m, read))
	for _, who := range []string{eve.Name, bob.Name} {
		if got := w.sees(t, who, "name, email", name); got != "Grace" {
			t.Errorf("%s sees %q", who, got)
		}
	}
	mustApply(t, p, wantMasked(bob, m))
	w.mustSee(t, bob, "name", name, "denied")

	m.Asset = w.swap(t, m.Asset)
	masked := p.Mask(t.Context(), []provision.Masking{m})[0]
	mustSay(t, masked.Err, true, "schema public", "Setup")
	if got := w.sees(t, eve.Name, "name", name); !strings.Contains(got, "does not exist") {
		t.Errorf("with the view gone %s sees %q", eve.Name, got)
	}
	w.setup(t)
	mustMask(t, p, m)
	mustApply(t, p, wantMasked(eve, m, read))
	w.mustSee(t, eve, "name, email", name, "Grace")
}

// The owner of a masked table can drop it with CASCADE, or while masks are suspended: else
// PostgreSQL refuses, with the name of our view. The view is all that goes.
func TestMaskedTableIsDroppedByItsOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, m, name := w.masked(t)
	table := m.Asset.Ref.Name()
	if err := w.as(t.Context(), w.owner, "drop table "+table); err == nil || !strings.Contains(err.Error(), "other objects depend on it") {
		t.Errorf("dropped alone: %v", err)
	}
	w.asOwner(t, "drop table "+table+" cascade")
	w.asOwner(t, customersAs(table))
	m.Asset = w.asset(t, "public", table)
	mustMask(t, p, m)
	mustApply(t, p, wantMasked(eve, m, read))
	w.mustSee(t, eve, "name, email", name, "Grace")

	off := m
	off.Off = true
	mustMask(t, p, off)
	w.asOwner(t, "alter table "+table+" alter column email type text; drop table "+table)
}
