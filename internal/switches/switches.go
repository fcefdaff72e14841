// Package switches sets and lifts stop switches, and carries them out: it revokes
// grants, cancels requests and retires connections.
package switches

import (
	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/internal/sessions"
)

// Switches sets and lifts the stop switches, and carries them out.
type Switches struct {
	*journal.Journal
	People       *people.People
	Sessions     *sessions.Sessions
	Rules        *rulebook.Rulebook
	Provisioning *provisioning.Provisioning
	Decisions    *decisions.Decisions
}
