package grantwright

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// search finds the people of audiences and of selectors, and asks the directory once
// for each criterion.
type search struct {
	e     *Engine
	brave bool // go on without the directory, if that fails
	found map[request.Criterion]people

	rev    review.Review // whose deciders are looked for
	barred map[request.PersonID]bool
}

// people are those whom the directory finds; complete says that it knows them all.
type people struct {
	who      []request.Identity
	complete bool
}

func (e *Engine) searching(brave bool) *search {
	return &search{e: e, brave: brave, found: map[request.Criterion]people{}}
}

func (s *search) audience(ctx context.Context, audience notify.Audience, a about) ([]request.PersonID, error) {
	switch audience {
	case notify.Overseers:
		return s.with(ctx, request.Criterion{Permission: request.Governance})
	case notify.Operators:
		return s.with(ctx, request.Criterion{Permission: request.Admin})
	case notify.Owner, notify.Substitute:
		if a.owner == "" {
			return nil, nil
		}
		return []request.PersonID{a.owner}, nil
	}
	if a.wanted != nil && audience == notify.Requester {
		return []request.PersonID{a.wanted.By}, nil
	}
	if a.request == nil {
		return nil, nil
	}
	switch audience {
	case notify.Requester:
		return []request.PersonID{a.request.Requester}, nil
	case notify.Beneficiary:
		return []request.PersonID{a.request.Beneficiary}, nil
	case notify.Asked:
		return s.asked(ctx, a)
	case notify.Later:
		if a.review.Status != request.Pending {
			return nil, nil
		}
		return s.stewards(ctx, a, func(status review.ApprovalStatus) bool { return status == review.ApprovalBlocked })
	case notify.Hands:
		return s.hands(ctx, *a.request, *a.review)
	case notify.Stewards:
		all, err := s.stewards(ctx, a, func(review.ApprovalStatus) bool { return true })
		return append(all, deciders(*a.review)...), err
	}
	return nil, nil
}

// hands are those who may do by hand what a grant waits for: whom it does not
// concern.
func (s *search) hands(ctx context.Context, req request.Request, rev review.Review) ([]request.PersonID, error) {
	own := slices.Concat(rev.Barred, []request.PersonID{req.Requester, req.Beneficiary})
	if req.For == request.Group {
		members, err := s.with(ctx, request.Criterion{Group: req.Beneficiary.Identity().ID})
		if err != nil {
			return nil, err
		}
		own = append(own, members...)
	}
	var who []request.PersonID
	for _, permission := range []request.Permission{request.Admin, request.Governance} {
		found, err := s.with(ctx, request.Criterion{Permission: permission})
		if err != nil {
			return nil, err
		}
		who = append(who, found...)
	}
	return slices.DeleteFunc(who, func(p request.PersonID) bool { return slices.Contains(own, p) }), nil
}

// with are the people who meet a criterion.
func (s *search) with(ctx context.Context, c request.Criterion) ([]request.PersonID, error) {
	found, err := s.people(ctx, c)
	who := make([]request.PersonID, len(found.who))
	for i, one := range found.who {
		who[i] = one.Person()
	}
	return who, err
}

// asked are the stewards for whom a review waits now.
func (s *search) asked(ctx context.Context, a about) ([]request.PersonID, error) {
	if a.review.Status != request.Pending {
		return nil, nil
	}
	return s.stewards(ctx, a, func(status review.ApprovalStatus) bool { return status == review.ApprovalPending })
}

// stewards finds those of the selectors whose approval is in some state, and their
// substitutes. Whoever may not decide, because it is their own request, is left out.
// Selectors by condition are not searched for: nobody can say who meets one. A person
// who is named is told also if the directory does not know them.
func (s *search) stewards(ctx context.Context, a about, fits func(review.ApprovalStatus) bool) ([]request.PersonID, error) {
	if err := s.bar(ctx, *a.review); err != nil {
		return nil, err
	}
	facts, err := s.facts(ctx, a)
	if err != nil {
		return nil, err
	}
	var who []request.PersonID
	for _, stage := range a.review.Stages {
		for _, approval := range stage.Approvals {
			if stage.Passed != "" || !fits(approval.Status) {
				continue
			}
			found, err := s.stewardsOf(ctx, approval, facts)
			if err != nil {
				return nil, err
			}
			who = append(who, found...)
		}
	}
	return s.withSubstitutes(ctx, who)
}

func (s *search) stewardsOf(ctx context.Context, a review.Approval, facts review.Facts) ([]request.PersonID, error) {
	who, _, err := s.deciders(ctx, a.Selector, facts)
	if p := a.Selector.Person; p != "" && !slices.Contains(who, p) && !slices.Contains(s.rev.Barred, p) && !s.barred[p] {
		who = append(who, p)
	}
	if err != nil || !a.Fallback {
		return who, err
	}
	governance, _, err := s.deciders(ctx, review.Selector{Permission: request.Governance}, facts)
	return append(who, governance...), err
}

// facts are what selectors need to know of a request: that of an asset which the
// inventory knows no more has no owners.
func (s *search) facts(ctx context.Context, a about) (review.Facts, error) {
	needs := func(a review.Approval) bool { return a.Selector.Owners || a.Selector.Manager != "" }
	if !slices.ContainsFunc(a.review.Stages, func(st review.StageReview) bool { return slices.ContainsFunc(st.Approvals, needs) }) {
		return review.Facts{}, nil
	}
	facts, err := s.e.facts(ctx, request.Identity{}, *a.request, *a.review)
	if errors.Is(err, catalog.ErrNotFound) {
		err = nil
	}
	return facts, err
}

// namedAtOnce is for how many people substitutes are read at once.
const namedAtOnce = 100

// withSubstitutes adds those who stand for some people now.
func (s *search) withSubstitutes(ctx context.Context, who []request.PersonID) ([]request.PersonID, error) {
	all := who
	for some := range slices.Chunk(who, namedAtOnce) {
		named, err := values(store.Substitutions.Some(ctx, s.e.config.Store, some...))
		if err != nil {
			return nil, err
		}
		for _, n := range named {
			if n.Stands(s.e.now()) && !s.barred[n.Substitute] && !slices.Contains(s.rev.Barred, n.Substitute) {
				all = append(all, n.Substitute)
			}
		}
	}
	return all, nil
}

func criterionOf(s review.Selector) request.Criterion {
	c := request.Criterion{Person: s.Person, Group: s.Group, Permission: s.Permission}
	if s.Attribute != nil {
		c.Attribute = *s.Attribute
	}
	return c
}

// people finds everybody who meets a criterion.
func (s *search) people(ctx context.Context, c request.Criterion) (people, error) {
	if known, is := s.found[c]; is {
		return known, nil
	}
	who, complete, err := s.e.peopleWith(ctx, c)
	if err != nil && s.brave {
		s.e.config.Logger.Error("people are not told: the directory does not find them", "criterion", c, "error", err)
		who, complete, err = nil, false, nil
	}
	if err != nil {
		return people{}, err
	}
	s.found[c] = people{who, complete}
	return s.found[c], nil
}
