package records

import (
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// Stops are all switches that are set.
var Stops = store.Kind[provision.StopID, provision.Stop]{
	Name: "stops",
	Of:   func(s provision.Stop) provision.StopID { return s.ID },
}
