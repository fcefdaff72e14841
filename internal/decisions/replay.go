package decisions

import (
	"cmp"
	"context"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Replay runs a changed flow over past requests, and compares its outcomes with
// those of the flow that held.
func (ds *Decisions) Replay(ctx context.Context, by request.Identity, changed *review.Policy, q manifest.ReplayQuery) (manifest.Replay, error) {
	if len(q.Attached) > 0 {
		return ds.replayAttached(ctx, by, changed, q)
	}
	within, cancel := context.WithTimeout(ctx, ds.Timeout)
	defer cancel()
	limit := journal.PageLimit(q.Limit, manifest.DefaultReplay)
	result := manifest.Replay{Flow: changed.Of().Name, Facts: cmp.Or(q.Facts, manifest.FactsNow)}
	found, err := records.ReviewsUnder.Newest(within, ds.Store, result.Flow, q.After, limit)
	if err != nil {
		return result, err
	}
	past := ds.past(by)
	past.then = result.Facts == manifest.FactsThen
	for _, rev := range found {
		goOn, err := result.Took(ctx, within, past.again(within, rev.Value, changed, &result))
		if !goOn {
			return result, err
		}
		result.Next = rev.At
	}
	if len(found) < limit {
		result.Next = store.Position{}
	}
	return result, nil
}

func outcomeOf(r review.Review) manifest.ReplayOutcome {
	return manifest.ReplayOutcome{Rule: r.Rule, Status: r.Status, Says: r.Says()}
}
