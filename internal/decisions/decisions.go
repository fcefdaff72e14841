// Package decisions carries requests from submission to determination: drafts, reviews
// and their refresh, stewards, fallback, explanation and replay.
package decisions

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/cache"
	"github.com/grantwright/grantwright/internal/emergency"
	"github.com/grantwright/grantwright/internal/evidence"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/platforms"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Decisions carries requests from submission to determination.
type Decisions struct {
	*journal.Journal
	People       *people.People
	Platforms    *platforms.Platforms
	Rules        *rulebook.Rulebook
	Provisioning *provisioning.Provisioning
	Evidence     *evidence.Keeper
	Emergencies  *emergency.Emergencies

	// Risk is that of a request by review assist; empty where it is not known.
	Risk func(ctx context.Context, by request.Identity, req request.Request, f review.Facts) string

	MaxOpen    int // pending requests that one person has made
	MaxOpenFor int // and that others have made for one person

	questions cache.Cache[string, review.Condition] // by their condition
	subjects  cache.Cache[request.ID, subject]      // of requests that this process has made or determined
}

// subject is of a request what never changes: it tells what an act on it will read.
type subject struct {
	asset       catalog.Ref
	beneficiary request.PersonID
}

// remember keeps the subject of a request.
func (ds *Decisions) remember(req request.Request) {
	ds.subjects.Keep(req.ID, subject{req.Asset, req.Beneficiary})
}
