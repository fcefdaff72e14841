package decisions

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// unfoundFor is how long a request waits for people of whom none is known until those are told
// who may help: somebody may be among them who has never been seen.
const unfoundFor = 3 * 24 * time.Hour

// unfound reports whether nobody is known who could settle the open stage of a review, where
// the directory does not know everybody: governance cannot act in their place then.
func unfound(rev review.Review, known []review.Attendance) bool {
	open := rev.Stage()
	found, wanted := 0, 0
	for _, a := range known {
		approval := rev.Stages[open].Approvals[a.Selector]
		if a.Stage != open || approval.Status != review.ApprovalPending {
			continue
		}
		wanted++
		if len(a.People) > 0 || approval.Fallback {
			found++
		}
	}
	if rev.Stages[open].Mode == review.All {
		return found < wanted
	}
	return found == 0 && wanted > 0
}

// attendance finds who could decide on a review: for each selector of the open
// stages, and in governance. Barred people and their substitutes are left out.
func (ds *Decisions) attendance(ctx context.Context, req request.Request, rev review.Review) (known []review.Attendance, governance review.Attendance, err error) {
	facts, err := ds.facts(ctx, request.Identity{}, req, rev)
	if errors.Is(err, catalog.ErrNotFound) {
		return nil, governance, nil
	}
	if err != nil {
		return nil, governance, err
	}
	search := ds.Search(false)
	if err := search.bar(ctx, rev); err != nil {
		return nil, governance, err
	}
	for i, stage := range rev.Stages {
		if stage.Done() {
			continue
		}
		for j, approval := range stage.Approvals {
			one := review.Attendance{Match: review.Match{Stage: i, Selector: j}}
			if one.People, one.Complete, err = search.deciders(ctx, approval.Selector, facts); err != nil {
				return nil, governance, err
			}
			known = append(known, one)
		}
	}
	governance.People, governance.Complete, err = search.deciders(ctx, review.Selector{Permission: request.Governance}, facts)
	return known, governance, err
}
