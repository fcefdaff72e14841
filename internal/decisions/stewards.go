package decisions

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// bar leaves out the people who may not decide on a review, and their substitutes.
func (s *Search) bar(ctx context.Context, rev review.Review) error {
	s.rev, s.barred, s.spent = rev, map[request.PersonID]bool{}, 0
	if len(rev.Barred) == 0 {
		return nil
	}
	named, err := journal.Values(records.Substitutions.Some(ctx, s.decisions.Store, rev.Barred...))
	for _, n := range named {
		if n.Stands(s.decisions.Now()) {
			s.barred[n.Substitute] = true
		}
	}
	return err
}

// deciders are the stewards of a selector who are not barred; complete says that
// there is nobody else.
func (s *Search) deciders(ctx context.Context, selector review.Selector, facts review.Facts) (who []request.PersonID, complete bool, err error) {
	meets, err := s.meeting(ctx, selector, facts)
	if err != nil {
		return nil, false, err
	}
	criteria, complete := selector.Criteria(facts)
	seen := map[request.PersonID]bool{}
	for _, c := range criteria {
		found, err := s.people(ctx, c)
		if err != nil {
			return nil, false, err
		}
		complete = complete && found.complete
		for _, i := range found.who {
			p := i.Person()
			if seen[p] || !i.Acts() || s.barred[p] || s.rev.Bars(i) {
				continue
			}
			seen[p] = true
			yes, known := meets(i)
			complete = complete && known
			if yes {
				who = append(who, p)
			}
		}
	}
	return who, complete, ctx.Err()
}

// meeting says of people who meet a criterion of a selector whether they meet the selector:
// its condition is asked about each, as long as there is time for it.
func (s *Search) meeting(ctx context.Context, selector review.Selector, facts review.Facts) (func(request.Identity) (yes, known bool), error) {
	if selector.When == "" {
		return func(request.Identity) (yes, known bool) { return true, true }, nil
	}
	policy, err := s.decisions.Rules.Policy(ctx, s.rev.Flow)
	return func(i request.Identity) (yes, known bool) {
		if s.spent > review.MaxEvaluation {
			return false, false
		}
		began := time.Now()
		yes, known = policy.Meets(ctx, selector, facts, i)
		if s.spent += time.Since(began); s.spent > review.MaxEvaluation {
			s.decisions.Logger.WarnContext(ctx, "not all people are found: to ask their condition about everybody takes too long", "request", s.rev.Request, "selector", selector)
		}
		return yes, known
	}, err
}

// Search finds the people of audiences and of selectors, and asks the directory once
// for each criterion.
type Search struct {
	decisions *Decisions
	lenient   bool // goes on without the directory, if that fails
	found     map[request.Criterion]matching

	rev    review.Review // whose deciders are looked for
	barred map[request.PersonID]bool
	spent  time.Duration // on conditions of the review; it is bounded by review.MaxEvaluation
}

// matching are those whom the directory finds; complete says that it knows them all.
type matching struct {
	who      []request.Identity
	complete bool
}

// Search returns a search that has found nobody yet. A lenient one goes on without the
// directory, if that fails.
func (ds *Decisions) Search(lenient bool) *Search {
	return &Search{decisions: ds, lenient: lenient, found: map[request.Criterion]matching{}}
}

// Audience finds the people of an audience of notices about a subject.
func (s *Search) Audience(ctx context.Context, audience notify.Audience, a EventSubject) ([]request.PersonID, error) {
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
	if a.Wanted != nil && audience == notify.Requester {
		return []request.PersonID{a.Wanted.By}, nil
	}
	if a.Request == nil {
		return nil, nil
	}
	switch audience {
	case notify.Requester:
		return []request.PersonID{a.Request.Requester}, nil
	case notify.Beneficiary:
		return []request.PersonID{a.Request.Beneficiary}, nil
	case notify.Asked:
		return s.Asked(ctx, a)
	case notify.Assigned:
		return []request.PersonID{a.Request.Assigned.Person}, nil
	case notify.Later:
		if a.Review.Status != request.Pending {
			return nil, nil
		}
		return s.stewards(ctx, a, func(status review.ApprovalStatus) bool { return status == review.ApprovalBlocked })
	case notify.Hands:
		return s.hands(ctx, *a.Request, *a.Review)
	case notify.Stewards:
		all, err := s.stewards(ctx, a, func(review.ApprovalStatus) bool { return true })
		return append(all, (*a.Review).Deciders()...), err
	}
	return nil, nil
}

// hands finds the people who may do by hand the task of a grant: ADMIN and
// GOVERNANCE, other than those whom the request concerns.
func (s *Search) hands(ctx context.Context, req request.Request, rev review.Review) ([]request.PersonID, error) {
	own := slices.Concat(rev.Barred, []request.PersonID{req.Requester, req.Beneficiary})
	if req.For == request.Group {
		members, err := s.with(ctx, request.Criterion{Group: string(req.Beneficiary)})
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

// with finds the people who meet a criterion.
func (s *Search) with(ctx context.Context, c request.Criterion) ([]request.PersonID, error) {
	found, err := s.people(ctx, c)
	who := make([]request.PersonID, len(found.who))
	for i, one := range found.who {
		who[i] = one.Person()
	}
	return who, err
}

// Asked finds the stewards for whom a review waits now.
func (s *Search) Asked(ctx context.Context, a EventSubject) ([]request.PersonID, error) {
	if a.Review.Status != request.Pending {
		return nil, nil
	}
	return s.stewards(ctx, a, func(status review.ApprovalStatus) bool { return status == review.ApprovalPending })
}

// stewards finds those of the selectors whose approval is in some state, and their
// substitutes. Whoever may not decide, because it is their own request, is left out.
// A person who is named is found also if the directory does not know them.
func (s *Search) stewards(ctx context.Context, a EventSubject, fits func(review.ApprovalStatus) bool) ([]request.PersonID, error) {
	if err := s.bar(ctx, *a.Review); err != nil {
		return nil, err
	}
	facts, err := s.facts(ctx, a)
	if err != nil {
		return nil, err
	}
	var who []request.PersonID
	for _, stage := range a.Review.Stages {
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

func (s *Search) stewardsOf(ctx context.Context, a review.Approval, facts review.Facts) ([]request.PersonID, error) {
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
func (s *Search) facts(ctx context.Context, a EventSubject) (review.Facts, error) {
	needs := func(a review.Approval) bool { return a.Selector.Criterion() == request.Criterion{} }
	if !slices.ContainsFunc(a.Review.Stages, func(st review.StageReview) bool { return slices.ContainsFunc(st.Approvals, needs) }) {
		return review.Facts{}, nil
	}
	facts, err := s.decisions.FactsOf(ctx, request.Identity{}, *a.Request, *a.Review)
	if errors.Is(err, catalog.ErrNotFound) {
		err = nil
	}
	return facts, err
}

// namedAtOnce is for how many people substitutes are read at once.
const namedAtOnce = 100

// withSubstitutes adds those who stand for some people now.
func (s *Search) withSubstitutes(ctx context.Context, who []request.PersonID) ([]request.PersonID, error) {
	all := who
	for some := range slices.Chunk(who, namedAtOnce) {
		named, err := journal.Values(records.Substitutions.Some(ctx, s.decisions.Store, some...))
		if err != nil {
			return nil, err
		}
		for _, n := range named {
			if n.Stands(s.decisions.Now()) && !s.barred[n.Substitute] && !slices.Contains(s.rev.Barred, n.Substitute) {
				all = append(all, n.Substitute)
			}
		}
	}
	return all, nil
}

// people finds everybody who meets a criterion.
func (s *Search) people(ctx context.Context, c request.Criterion) (matching, error) {
	if known, is := s.found[c]; is {
		return known, nil
	}
	who, complete, err := s.decisions.People.With(ctx, c)
	if err != nil && s.lenient {
		s.decisions.Logger.ErrorContext(ctx, "people are not told: the directory does not find them", "criterion", c, "error", err)
		who, complete, err = nil, false, nil
	}
	if err != nil {
		return matching{}, err
	}
	s.found[c] = matching{who, complete}
	return s.found[c], nil
}
