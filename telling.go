package grantwright

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// tellers is the lane of what tells people.
const tellers = "tellers"

const (
	tellPage  = 50 // events at a time
	tellTries = 10 // after which those are told whom we know without the directory
)

// tellPeople reads the log on, and tells each person whom an event concerns, once.
// It has the time of its lease, and goes on from where it was.
func (e *Engine) tellPeople(ctx context.Context, attempts int) (store.Change, time.Time, error) {
	search := e.searching(attempts >= tellTries)
	for {
		lane, err := e.lane(ctx, tellers)
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		events, err := e.eventsAfter(ctx, lane.Value.After, tellPage)
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		for _, event := range events {
			if err := e.tellOne(ctx, search, event); err != nil {
				return store.Change{}, time.Time{}, fmt.Errorf("telling of event %s: %w", event.ID, err)
			}
			lane.Value.After = event.Number
			if err := e.advance(ctx, lane.Value); err != nil {
				return store.Change{}, time.Time{}, err
			}
			if deadline, limited := ctx.Deadline(); limited && time.Until(deadline) < e.config.PlatformTimeout {
				return store.Change{}, e.now(), nil
			}
		}
		if len(events) < tellPage {
			return store.Change{}, time.Time{}, e.startDigest(ctx)
		}
	}
}

// advance records how far a lane has come.
func (e *Engine) advance(ctx context.Context, to store.Lane) error {
	return e.commit(ctx, func(c *store.Change) error {
		lane, err := e.lane(ctx, to.ID)
		if err != nil {
			return err
		}
		e.keepLane(c, lane, to)
		return nil
	})
}

// tellOne tells everybody whom an event concerns.
func (e *Engine) tellOne(ctx context.Context, search *search, event store.Event) error {
	topic := topicOf(event)
	audiences := notify.ToldOf(topic)
	if len(audiences) == 0 {
		return nil
	}
	about, err := e.aboutOf(ctx, event)
	if err != nil {
		return err
	}
	n := about.notice(topic, event)
	var notices []notify.Notice
	told := map[request.PersonID]bool{event.By: true, request.SystemID: true}
	for _, audience := range audiences {
		people, err := search.audience(ctx, audience, about)
		if err != nil {
			return err
		}
		for _, person := range people {
			if !told[person] {
				told[person] = true
				notices = append(notices, about.to(n, person, audience, event))
			}
		}
	}
	if err := e.tellAll(ctx, notices); err != nil {
		return err
	}
	return e.tellRooms(ctx, n, event)
}

// search finds the people of audiences, and asks the directory once for each
// criterion.
type search struct {
	e     *Engine
	brave bool // go on without the directory, if that fails
	found map[request.Criterion][]request.PersonID
}

func (e *Engine) searching(brave bool) *search {
	return &search{e, brave, map[request.Criterion][]request.PersonID{}}
}

func (s *search) audience(ctx context.Context, audience notify.Audience, a about) ([]request.PersonID, error) {
	switch audience {
	case notify.Overseers:
		return s.with(ctx, request.Criterion{Permission: request.Governance})
	case notify.Operators:
		return s.with(ctx, request.Criterion{Permission: request.Admin})
	case notify.Owner:
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
		return s.asked(ctx, *a.review)
	case notify.Later:
		if a.review.Status != request.Pending {
			return nil, nil
		}
		return s.stewards(ctx, *a.review, func(status review.ApprovalStatus) bool { return status == review.ApprovalBlocked })
	case notify.Hands:
		return s.hands(ctx, *a.request, *a.review)
	case notify.Stewards:
		all, err := s.stewards(ctx, *a.review, func(review.ApprovalStatus) bool { return true })
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

// asked are the stewards for whom a review waits now.
func (s *search) asked(ctx context.Context, rev review.Review) ([]request.PersonID, error) {
	if rev.Status != request.Pending {
		return nil, nil
	}
	return s.stewards(ctx, rev, func(status review.ApprovalStatus) bool { return status == review.ApprovalPending })
}

// stewards finds those of the selectors whose approval is in some state. Whoever
// may not decide, because it is their own request, is left out. Selectors by
// condition are not searched for: nobody can say who meets one.
func (s *search) stewards(ctx context.Context, rev review.Review, fits func(review.ApprovalStatus) bool) ([]request.PersonID, error) {
	var who []request.PersonID
	for _, stage := range rev.Stages {
		for _, approval := range stage.Approvals {
			criterion := criterionOf(approval.Selector)
			if !fits(approval.Status) || criterion == (request.Criterion{}) {
				continue
			}
			found, err := s.with(ctx, criterion)
			if err != nil {
				return nil, err
			}
			for _, person := range found {
				if !slices.Contains(rev.Barred, person) {
					who = append(who, person)
				}
			}
		}
	}
	return who, nil
}

func criterionOf(s review.Selector) request.Criterion {
	c := request.Criterion{Person: s.Person, Group: s.Group, Permission: s.Permission}
	if s.Attribute != nil {
		c.Attribute = request.Attribute{Key: s.Attribute.Key, Value: s.Attribute.Value}
	}
	return c
}

// with finds everybody who meets a criterion. A person who is named is told also
// if the directory does not know them.
func (s *search) with(ctx context.Context, c request.Criterion) ([]request.PersonID, error) {
	if c.Person != "" {
		return []request.PersonID{c.Person}, nil
	}
	if known, is := s.found[c]; is {
		return known, nil
	}
	people, _, err := s.e.peopleWith(ctx, c)
	if err != nil && s.brave {
		s.e.config.Logger.Error("people are not told: the directory does not find them", "criterion", c, "error", err)
		err = nil
	}
	if err != nil {
		return nil, err
	}
	who := make([]request.PersonID, len(people))
	for i, p := range people {
		who[i] = p.Person()
	}
	s.found[c] = who
	return who, nil
}
