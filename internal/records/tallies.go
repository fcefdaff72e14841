package records

import (
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/store"
)

// Tallies count what happened, a record for each day.
var Tallies = store.Kind[string, event.Tally]{
	Name:  "tallies",
	Of:    func(t event.Tally) string { return t.Day },
	Quiet: true,
}
