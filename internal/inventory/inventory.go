// Package inventory registers connections, syncs their assets, keeps the reports of
// assets that are not there, and publishes links in catalogs.
package inventory

import (
	"sync"

	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/internal/drift"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/masking"
	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/platforms"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/store"
)

// Inventory registers connections and syncs their assets.
type Inventory struct {
	*journal.Journal
	People     *people.People
	Platforms  *platforms.Platforms
	Rules      *rulebook.Rulebook
	Decisions  *decisions.Decisions
	Masking    *masking.Masking
	Drift      *drift.Drift
	Governance *governance.Governance

	Placed store.Placed // the store, if it can be in a database that a connection reads

	runs sync.Map // the syncs of this process that are under way, by connection
}
