// Package decisions carries requests from submission to determination: drafts, reviews
// and their refresh, stewards, fallback, explanation and replay.
package decisions

import (
	"github.com/grantwright/grantwright/internal/cache"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/platforms"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/review"
)

// Decisions carries requests from submission to determination.
type Decisions struct {
	*journal.Journal
	People       *people.People
	Platforms    *platforms.Platforms
	Rules        *rulebook.Rulebook
	Provisioning *provisioning.Provisioning

	questions cache.Cache[string, review.Condition] // by their condition
}
