package inventory

import (
	"github.com/grantwright/grantwright/internal/governance"
)

// OwnAlterations are those of connections.
func (i *Inventory) OwnAlterations() []governance.Alteration {
	return []governance.Alteration{&MappingPrincipals{Inventory: i}, &ReleasingPrincipal{Inventory: i}}
}
