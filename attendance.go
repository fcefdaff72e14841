package grantwright

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// attendance finds out who could decide on a review: for each selector of the stages
// that are not done, and of governance. Barred people and their substitutes are
// taken out.
func (e *Engine) attendance(ctx context.Context, req request.Request, rev review.Review) (known []review.Attendance, governance review.Attendance, err error) {
	facts, err := e.facts(ctx, request.Identity{}, req, rev)
	if errors.Is(err, catalog.ErrNotFound) {
		return nil, governance, nil
	}
	if err != nil {
		return nil, governance, err
	}
	search := e.searching(false)
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

// bar has the search leave out who may not decide on a review, and who is the
// substitute of one of them.
func (s *search) bar(ctx context.Context, rev review.Review) error {
	s.rev, s.barred = rev, map[request.PersonID]bool{}
	if len(rev.Barred) == 0 {
		return nil
	}
	named, err := values(store.Substitutions.Some(ctx, s.e.config.Store, rev.Barred...))
	for _, n := range named {
		if n.Stands(s.e.now()) {
			s.barred[n.Substitute] = true
		}
	}
	return err
}

// deciders are the stewards of a selector who are not barred; complete says that
// there is nobody else.
func (s *search) deciders(ctx context.Context, selector review.Selector, facts review.Facts) (who []request.PersonID, complete bool, err error) {
	criteria, complete := selector.Criteria(facts)
	seen := map[request.PersonID]bool{}
	for _, c := range criteria {
		found, err := s.people(ctx, c)
		if err != nil {
			return nil, false, err
		}
		complete = complete && found.complete
		for _, i := range found.who {
			if p := i.Person(); !seen[p] && !s.barred[p] && !s.rev.Bars(i) {
				seen[p] = true
				who = append(who, p)
			}
		}
	}
	return who, complete, nil
}
