// Package rulebook finds what holds for an asset: form, flow, agreements, masks,
// guardrails, and what a container covers.
package rulebook

import (
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/cache"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/platforms"
	"github.com/grantwright/grantwright/review"
)

// Rulebook resolves the definitions that hold for an asset.
type Rulebook struct {
	*journal.Journal
	People    *people.People
	Platforms *platforms.Platforms
	Inventory catalog.Inventory

	policies cache.Cache[review.FlowVersion, *review.Policy]
	guards   cache.Cache[review.GuardrailVersion, *review.Guard]
}
