// Package drift compares the records with the platforms: reconciliation, orphans, dry
// runs, and access that others gave.
package drift

import (
	"time"

	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/platforms"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/rulebook"
)

// Drift finds the differences between records and platforms, mends them and reports
// them.
type Drift struct {
	*journal.Journal
	People       *people.People
	Platforms    *platforms.Platforms
	Rules        *rulebook.Rulebook
	Provisioning *provisioning.Provisioning
	Decisions    *decisions.Decisions

	Every    time.Duration // between two reconciliations of a connection
	Periodic chan struct{} // holds a token for each periodic job that runs
}
