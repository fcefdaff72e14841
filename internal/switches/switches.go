// Package switches sets and lifts stop switches, and does what follows from them.
package switches

import (
	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/rulebook"
)

// Switches are the stop switches.
type Switches struct {
	*journal.Journal
	People       *people.People
	Rules        *rulebook.Rulebook
	Provisioning *provisioning.Provisioning
	Decisions    *decisions.Decisions
}
