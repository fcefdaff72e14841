package inventory

import (
	"github.com/grantwright/grantwright/internal/governance"
)

// Alterations are those of connections.
func (i *Inventory) Alterations() []governance.Alteration {
	return []governance.Alteration{&MappingChange{Inventory: i}, &PrincipalRelease{Inventory: i}}
}
