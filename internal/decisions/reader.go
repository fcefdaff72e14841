package decisions

import (
	"context"
	"slices"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Reader is what somebody may learn of a request that they may read.
type Reader struct {
	Explains bool // the rules of its flow, and their errors
	Own      bool // they are the beneficiary: their own access, and the reasons of guardrails
}

// ReaderOf says what somebody who may read a request may learn of it.
func (ds *Decisions) ReaderOf(ctx context.Context, by request.Identity, req request.Request, rev review.Review) (Reader, error) {
	explains, err := journal.Allowed(ds.MayExplain(ctx, by, req, rev))
	return Reader{Explains: explains, Own: req.Beneficiary == by.Person()}, err
}

// SeesAccess reports whether somebody who may read a request may learn everything of the
// access that it gives. Who has asked for somebody else may not, unless they look after it.
func (ds *Decisions) SeesAccess(ctx context.Context, by request.Identity, req request.Request) (bool, error) {
	if by.Person() != req.Requester || req.Requester == req.Beneficiary || by.Has(request.Governance) || by.Has(request.Audit) {
		return true, nil
	}
	_, rev, err := ds.UnderReview(ctx, req.ID)
	if err != nil {
		return false, err
	}
	return ds.IsSteward(ctx, by, req, rev.Value)
}

// Review is a review as the reader may learn it: without the conditions of its flow, and
// without what became of them, and without how its stewards had signed in.
func (r Reader) Review(rev review.Review) review.Review {
	if r.Explains {
		return rev
	}
	rev.Why, rev.Alone = nil, nil
	rev.Determinations = slices.Clone(rev.Determinations)
	for i := range rev.Determinations {
		rev.Determinations[i].SignedIn = request.SignIn{}
	}
	rev.Stages = slices.Clone(rev.Stages)
	for i := range rev.Stages {
		s := &rev.Stages[i]
		if s.When = ""; s.Passed != "" {
			s.Passed = "its condition does not hold"
		}
		s.Approvals = slices.Clone(s.Approvals)
		for j := range s.Approvals {
			s.Approvals[j].Selector.When = ""
		}
		s.Limit.Escalate = slices.Clone(s.Limit.Escalate)
		for j := range s.Limit.Escalate {
			s.Limit.Escalate[j].When = ""
		}
	}
	return rev
}

// Prevented are preventions as the reader may learn them.
func (r Reader) Prevented(all []review.Prevention) []review.Prevention {
	if r.Explains {
		return all
	}
	shown := make([]review.Prevention, len(all))
	for i, p := range all {
		if shown[i] = p.Public(); r.Own {
			shown[i].Reason = p.Reason
		}
	}
	return shown
}

// Grant is a grant as the reader may learn it: how somebody else gets in otherwise, and as
// whom, is not the requester's to know.
func (r Reader) Grant(g provision.Grant) provision.Grant {
	if !r.Explains && !r.Own {
		g.Remaining, g.Ran = nil, nil
	}
	return g
}
