package main

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// revenue is a view with a column that governance has classified.
const revenue = "sales.revenue_by_month"

// routed asks for figures: a rule sends it another way by the tag and by how
// long it is asked for, and one steward who is both approves for both.
func (s *stage) routed(ctx context.Context) error {
	heading("Routed", "eve asks for the revenue: by a tag and by the time asked, a rule decides who is asked")
	entry, err := s.engine.Assets().Entry(ctx, eve, catalog.Ref(platformName+":"+database+"."+revenue), request.DataAccess)
	if err != nil {
		return err
	}
	req, err := s.engine.Submit(ctx, eve, filled(entry, "the plan for next year", "30 DAYS"))
	if err != nil {
		return err
	}
	before, err := s.engine.Request(ctx, both, req.ID)
	if err != nil {
		return err
	}
	if before.Review.Rule != "figures for long" || len(before.May.Counts) != 2 {
		return fmt.Errorf("the rule %q holds, and an approval would count for %v", before.Review.Rule, before.May.Counts)
	}
	say("the rule %q holds; stage %q wants each of:", before.Review.Rule, before.Review.Stages[0].Name)
	for _, m := range before.May.Counts {
		say("  %s, for whom %s may approve", before.Review.Stages[m.Stage].Approvals[m.Selector].Selector, both.ID)
	}
	req, err = s.engine.Determine(ctx, both, req.ID, review.Determination{Act: review.Approve, Duration: request.For(14, request.Days), Reason: "for the plan", Version: before.Review.Version})
	if err != nil {
		return err
	}
	say("%s approves once, for 14 days: the request is %s", both.ID, req.Status)
	grant, err := s.settled(ctx, req, provision.Active)
	if err != nil {
		return err
	}
	say("the grant is %s for %s", grant.State, grant.Duration)
	if err := s.admitted(ctx, "eve", revenue); err != nil {
		return err
	}
	if _, err := s.engine.Revoke(ctx, eve, req.ID, "the plan is made"); err != nil {
		return err
	}
	if _, err := s.settled(ctx, req, provision.Revoked); err != nil {
		return err
	}
	say("the plan is made, and she gives it back")
	return s.refused(ctx, "eve", revenue)
}
