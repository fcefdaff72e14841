package pgprovision

import "testing"

func TestNamesOfRolesFitAndDiffer(t *testing.T) {
	t.Parallel()
	base := place{ref: "wh:sales.public.orders", system: "7711394053284171306", databaseID: 4294967295, installation: "sixteenletters16"}
	other := base
	other.system = "8"
	elsewhere := base
	elsewhere.databaseID = 1
	named := base
	named.ref = `wh:sales."public.orders"`
	seen := make(map[string]bool)
	for _, p := range []place{base, other, elsewhere, named} {
		for _, privilege := range privileges {
			name := p.role(privilege, 4294967295)
			if len(name) > maxName || seen[name] {
				t.Errorf("role name %q has %d bytes, seen before: %v", name, len(name), seen[name])
			}
			seen[name] = true
		}
	}
}
