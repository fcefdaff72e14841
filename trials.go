package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Try says what a flow would do with one request now, and why: with a past one if the ID is
// set, else with one that is made up of asset, type, requester, beneficiary, privilege,
// columns, duration and answers. The flow need not be saved. Facts are those of now;
// guardrails are not looked at, and nothing is kept. It takes GOVERNANCE or AUDIT.
func (g Governance) Try(ctx context.Context, by request.Identity, f review.Flow, req request.Request) ([]review.Explanation, error) {
	if err := permit(by, "try a flow", request.Governance, request.Audit); err != nil {
		return nil, err
	}
	if err := governance.CheckFlow(f); err != nil {
		return nil, err
	}
	policy, err := review.Compile(f)
	if err != nil {
		return nil, err
	}
	if req.ID != "" {
		past, err := records.Requests.Get(ctx, g.e.journal.Store, req.ID)
		if err != nil {
			return nil, err
		}
		req = past.Value
	}
	facts, err := g.e.rules.TrialFacts(ctx, by, req, policy)
	if err != nil {
		return nil, err
	}
	if review.ReadsRisk(policy) {
		facts.Assist.Risk = g.e.advice.Risk(ctx, by, req, facts)
	}
	return review.Explain(ctx, facts, policy)
}

// Matching finds whom a selector matches now, as far as the directory knows; complete says
// that it knows them all. Owners, managers and conditions depend on the request: they match
// nobody here, and are not complete. It takes GOVERNANCE or AUDIT.
func (g Governance) Matching(ctx context.Context, by request.Identity, s review.Selector) (who []request.Identity, complete bool, err error) {
	if err := permit(by, "see whom a selector matches", request.Governance, request.Audit); err != nil {
		return nil, false, err
	}
	c := s.Criterion()
	if s.When != "" || c == (request.Criterion{}) {
		return nil, false, nil
	}
	return g.e.people.With(ctx, c)
}
