package decisions

import (
	"cmp"
	"context"
	"slices"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// replayAttached runs the flows that would hold with some attachments of a flow over past
// requests, the newest first, and compares them with those that hold now.
func (ds *Decisions) replayAttached(ctx context.Context, by request.Identity, changed *review.Policy, q manifest.ReplayQuery) (manifest.Replay, error) {
	within, cancel := context.WithTimeout(ctx, ds.Timeout)
	defer cancel()
	limit := journal.PageLimit(q.Limit, manifest.DefaultReplay)
	result := manifest.Replay{Flow: changed.Of().Name, Facts: cmp.Or(q.Facts, manifest.FactsNow)}
	found, err := records.RequestsByStatus.Newest(within, ds.Store, records.AnyStatus, q.After, limit)
	if err != nil {
		return result, err
	}
	past := ds.past(by)
	past.then = result.Facts == manifest.FactsThen
	for _, read := range found {
		r := read.Value
		if slices.ContainsFunc(q.Attached, func(a request.Attachment) bool { return r.Type == a.Type && a.At.Covers(r.Asset) }) {
			goOn, err := result.Took(ctx, within, past.attached(within, r, q.Attached, changed, &result))
			if !goOn {
				return result, err
			}
		}
		result.Next = read.At
	}
	if len(found) < limit {
		result.Next = store.Position{}
	}
	return result, nil
}
