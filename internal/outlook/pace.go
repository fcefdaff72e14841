package outlook

import (
	"context"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Pace is how long people have taken to decide.
type Pace struct {
	Median    time.Duration // from when a request was opened
	Decisions int           // that it was worked out from; 0 where there are too few to say
	OfAsset   bool          // all of them were about the asset itself
}

const (
	paceLooked = 100 // reviews under a flow that are looked at, the newest
	paceLeast  = 3   // decisions, below which nothing is said: a single one names its steward
)

// pace is the median of the last decisions of people on an asset, or, where these are few,
// on all that is decided by the same flow. It takes two statements.
func (o *Outlooks) pace(ctx context.Context, ref catalog.Ref, flow request.FlowName) (Pace, error) {
	found, err := records.ReviewsUnder.Newest(ctx, o.Store, flow, store.Position{}, paceLooked)
	if err != nil {
		return Pace{}, err
	}
	var ids []request.ID
	took := map[request.ID]time.Duration{}
	for _, r := range found {
		if d, decided := tookOf(r.Value); decided {
			ids = append(ids, r.Value.Request)
			took[r.Value.Request] = d
		}
	}
	if len(ids) < paceLeast {
		return Pace{}, nil
	}
	requests, err := records.Requests.Some(ctx, o.Store, ids...)
	if err != nil {
		return Pace{}, err
	}
	var all, here []time.Duration
	for _, r := range requests {
		d := took[r.Value.ID]
		if all = append(all, d); r.Value.Asset == ref {
			here = append(here, d)
		}
	}
	if len(here) >= paceLeast {
		return Pace{Median: median(here), Decisions: len(here), OfAsset: true}, nil
	}
	return Pace{Median: median(all), Decisions: len(all)}, nil
}

// tookOf is how long people took to decide on a request; false where none did.
func tookOf(r review.Review) (time.Duration, bool) {
	settled := r.Status != request.Pending && !r.Decided.IsZero() && len(r.Live()) > 0
	return r.Decided.Sub(r.Opened), settled
}

// median is the middle of some durations, of two the longer.
func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
