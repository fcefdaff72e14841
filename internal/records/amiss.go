package records

import (
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// GrantsAmiss finds the grants that have failed or are suspended, and those whose end has
// failed, the first approved first. Those that wait for a person by hand are tasks.
var GrantsAmiss = store.Index[string, provision.Grant]{Kind: "grants", Name: "amiss",
	Values: func(g provision.Grant) []string { return store.Only("all", g.Amiss()) },
	Order:  approved}
