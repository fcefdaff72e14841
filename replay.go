package grantwright

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// DefaultReplay is how many past requests one Replay looks at.
const DefaultReplay = 200

// ReplayQuery selects past requests for one page of a replay.
type ReplayQuery struct {
	After store.Position // that of the page before; zero for the newest requests
	Limit int            // at most store.MaxPage; zero means DefaultReplay
}

// Replay says what a changed flow would have done with requests of the past.
type Replay struct {
	Flow      request.FlowName
	Looked    int // requests that it was run over
	Skipped   int // requests whose facts are not there any more, such as a deleted asset
	Differing []Replayed
	Next      store.Position // where the next page begins; zero if there are no more
}

// Replayed is a request that the changed flow would have treated otherwise. Both
// outcomes are by the facts as they are known now, so that they differ by the flow
// alone.
type Replayed struct {
	Request     request.ID
	Asset       catalog.Ref
	Requester   request.PersonID
	Beneficiary request.PersonID
	Submitted   time.Time
	Status      request.Status // what became of it
	Was         ReplayOutcome  // by the flow that it was submitted under
	Would       ReplayOutcome  // by the changed one
}

// ReplayOutcome is what a flow does when a request is submitted.
type ReplayOutcome struct {
	Rule   string         // that holds, or "default"
	Status request.Status // APPROVED or DENIED at once, or PENDING
	Says   string         // in words
}

// Replay runs a changed flow over requests that were submitted under any of its
// versions, the newest first, and changes nothing. It looks at one page of them, and
// for as long as a platform may take to answer: Next says where to go on. The flow
// need not be saved; its Version does not matter. It takes GOVERNANCE or AUDIT.
func (g Governance) Replay(ctx context.Context, by request.Identity, f review.Flow, q ReplayQuery) (Replay, error) {
	if err := permit(by, "run a flow over past requests", request.Governance, request.Audit); err != nil {
		return Replay{}, err
	}
	if err := checkFlow(f); err != nil {
		return Replay{}, err
	}
	two, err := g.e.takesTwo(ctx, by)
	if err != nil {
		return Replay{}, err
	}
	if f.SavedBy, f.AgreedBy = by.Person(), ""; two {
		f.AgreedBy = request.SystemID // whoever approves it
	}
	changed, err := review.Compile(f)
	if err != nil {
		return Replay{}, err
	}
	return g.e.replay(ctx, by, changed, q)
}

func (e *Engine) replay(ctx context.Context, by request.Identity, changed *review.Policy, q ReplayQuery) (Replay, error) {
	within, cancel := context.WithTimeout(ctx, e.config.PlatformTimeout)
	defer cancel()
	limit := pageLimit(q.Limit, DefaultReplay)
	result := Replay{Flow: changed.Of().Name}
	found, err := store.ReviewsUnder.Newest(within, e.config.Store, result.Flow, q.After, limit)
	if err != nil {
		return result, err
	}
	past := e.past(by)
	for _, rev := range found {
		goOn, err := result.took(ctx, within, past.again(within, rev.Value, changed, &result))
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

// took counts a request that was run again, or could not be, and reports whether to
// go on. When time is up, the next page goes on from here.
func (r *Replay) took(ctx, within context.Context, err error) (goOn bool, fault error) {
	switch {
	case errors.Is(err, catalog.ErrNotFound) || errors.Is(err, store.ErrNotFound):
		r.Skipped++
	case err != nil && within.Err() != nil && ctx.Err() == nil && r.Looked > 0:
		return false, nil
	case err != nil:
		return false, err
	default:
		r.Looked++
	}
	return true, nil
}

// again opens the review of a past request under the flows that it was submitted
// under, and with a changed one in the place of its name.
func (p past) again(ctx context.Context, rev review.Review, changed *review.Policy, result *Replay) error {
	req, err := store.Requests.Get(ctx, p.e.config.Store, rev.Request)
	if err != nil {
		return err
	}
	before, err := p.e.pinnedOf(ctx, rev)
	if err != nil {
		return err
	}
	after := make([]*review.Policy, len(before))
	for i, policy := range before {
		if after[i] = policy; policy.Of().Name == changed.Of().Name {
			after[i] = changed
		}
	}
	return p.compare(ctx, req.Value, rev.Opened, before, after, result)
}

// compare opens the review of a request twice, and notes it if that differs.
func (p past) compare(ctx context.Context, r request.Request, at time.Time, before, after []*review.Policy, result *Replay) error {
	facts, err := p.facts(ctx, r, at)
	if err != nil {
		return err
	}
	was, err := review.Open(ctx, facts, before...)
	if err != nil {
		return err
	}
	would, err := review.Open(ctx, facts, after...)
	if err != nil || would.OpensLike(was) {
		return err
	}
	result.Differing = append(result.Differing, Replayed{Request: r.ID, Asset: r.Asset, Requester: r.Requester, Beneficiary: r.Beneficiary,
		Submitted: r.Submitted, Status: r.Status, Was: outcomeOf(was), Would: outcomeOf(would)})
	return nil
}

func outcomeOf(r review.Review) ReplayOutcome {
	return ReplayOutcome{Rule: r.Rule, Status: r.Status, Says: r.Says()}
}
