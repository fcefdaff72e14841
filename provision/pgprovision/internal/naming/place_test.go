package naming

import "testing"

func TestNamesOfRolesFitAndDiffer(t *testing.T) {
	t.Parallel()
	base := Place{Ref: "wh:sales.public.orders", System: "7711394053284171306", DatabaseID: 4294967295, Installation: "sixteenletters16"}
	other := base
	other.System = "8"
	elsewhere := base
	elsewhere.DatabaseID = 1
	named := base
	named.Ref = `wh:sales."public.orders"`
	seen := make(map[string]bool)
	for _, p := range []Place{base, other, elsewhere, named} {
		for _, privilege := range Privileges {
			name := p.Role(privilege, 4294967295)
			if len(name) > MaxName || seen[name] {
				t.Errorf("role name %q has %d bytes, seen before: %v", name, len(name), seen[name])
			}
			seen[name] = true
		}
	}
}
