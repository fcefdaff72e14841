package grantwright

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Explanation says why a request went the way that it went.
type Explanation struct {
	Rule  string               // that decided when the review was opened last, or "default"
	Why   []string             // what was out of the ordinary then
	Flows []review.Explanation // the flows that it was submitted under, by the facts as they are now

	// Same says that these flows come to the same rule now. Without it, the facts
	// are other ones than when the review was opened.
	Same bool

	// Selectors say by which of them whoever asks is a data steward now, and why.
	Selectors []review.ExplainedSelector
}

// Explain says which rule holds for a request, what each of its conditions comes
// to, and by which facts: those of today, for the time at which the review was
// opened; and by which selectors whoever asks is one of its data stewards, in their
// own right. Nothing is kept for it, and it costs more than deciding does. It is for
// the data stewards of the request, GOVERNANCE and AUDIT: a requester is not told
// by which facts flows decide.
func (e *Engine) Explain(ctx context.Context, by request.Identity, id request.ID) (Explanation, error) {
	if err := by.Check(); err != nil {
		return Explanation{}, err
	}
	req, rev, err := e.underReview(ctx, id)
	if err != nil {
		return Explanation{}, err
	}
	if err := e.mayExplain(ctx, by, req.Value, rev.Value); err != nil {
		return Explanation{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, e.config.PlatformTimeout)
	defer cancel()
	past := e.past(by)
	facts, err := past.facts(ctx, req.Value, rev.Value.Opened)
	if err != nil {
		return Explanation{}, err
	}
	policies, err := e.pinnedOf(ctx, rev.Value)
	if err != nil {
		return Explanation{}, err
	}
	flows, err := review.Explain(ctx, facts, policies...)
	if err != nil {
		return Explanation{}, err
	}
	selectors, err := e.explainSelectors(ctx, by, req.Value, rev.Value)
	if err != nil {
		return Explanation{}, err
	}
	last := flows[len(flows)-1]
	return Explanation{Rule: rev.Value.Rule, Why: rev.Value.Why, Flows: flows, Same: last.Flow == rev.Value.Flow && last.Rule == rev.Value.Rule, Selectors: selectors}, nil
}

// explainSelectors says why somebody is a data steward of a request, or is none.
func (e *Engine) explainSelectors(ctx context.Context, by request.Identity, req request.Request, rev review.Review) ([]review.ExplainedSelector, error) {
	policy, err := e.policy(ctx, rev.Flow)
	if err != nil {
		return nil, err
	}
	facts, err := e.facts(ctx, by, req, rev)
	if err != nil {
		return nil, err
	}
	if err := e.addOwners(ctx, &facts, req, rev, []request.Identity{by}); err != nil {
		return nil, err
	}
	return policy.ExplainSelectors(ctx, rev, facts, by)
}

func (e *Engine) mayExplain(ctx context.Context, by request.Identity, req request.Request, rev review.Review) error {
	if by.Has(request.Governance) || by.Has(request.Audit) {
		return nil
	}
	steward, err := e.isSteward(ctx, by, req, rev)
	if err == nil && !steward {
		err = &ForbiddenError{Person: by.Person(), Act: "see why a request went the way that it went", Needs: "a data steward of it, GOVERNANCE or AUDIT"}
	}
	return err
}

// pinnedOf are the policies that a review was opened with, in their order. One that
// was stored before they were all kept names the last.
func (e *Engine) pinnedOf(ctx context.Context, rev review.Review) ([]*review.Policy, error) {
	if len(rev.Pinned) == 0 && rev.Flow != review.DefaultFlow.Of() {
		rev.Pinned = []review.FlowVersion{rev.Flow}
	}
	return e.pinned(ctx, rev)
}

// past gathers facts of requests of the past, and looks each person up once.
type past struct {
	e      *Engine
	by     request.Identity
	people map[request.PersonID]request.Identity
}

func (e *Engine) past(by request.Identity) past {
	return past{e, by, map[request.PersonID]request.Identity{}}
}

// facts are those of a request as they are known now, for a time at which its
// durations begin.
func (p past) facts(ctx context.Context, req request.Request, at time.Time) (review.Facts, error) {
	form, err := p.e.formVersion(ctx, req.Form)
	if err != nil {
		return review.Facts{}, err
	}
	asset, err := p.e.config.Inventory.Asset(ctx, req.Asset)
	if err != nil {
		return review.Facts{}, err
	}
	requester, err := p.person(ctx, req.Requester)
	if err != nil {
		return review.Facts{}, err
	}
	beneficiary, err := p.person(ctx, req.Beneficiary)
	if err != nil {
		return review.Facts{}, err
	}
	f := review.NewFacts(req, form, asset, requester, beneficiary, at)
	return f, p.e.addTags(ctx, &f, asset.Ref)
}

func (p past) person(ctx context.Context, id request.PersonID) (request.Identity, error) {
	if known, is := p.people[id]; is {
		return known, nil
	}
	who, err := p.e.personOrID(ctx, id, p.by)
	if err == nil {
		p.people[id] = who
	}
	return who, err
}

// pageLimit is a limit of a page that is within what a store gives.
func pageLimit(limit, usual int) int {
	switch {
	case limit <= 0:
		return usual
	case limit > store.MaxPage:
		return store.MaxPage
	}
	return limit
}

// allowed tells a refusal from what else may be wrong.
func allowed(err error) (bool, error) {
	if errors.Is(err, ErrForbidden) {
		return false, nil
	}
	return err == nil, err
}
