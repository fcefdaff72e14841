// Package emergency holds access that could not wait: it is approved at once by the emergency
// part of the flow that holds for an asset, told to many, and reviewed afterwards by somebody
// else.
package emergency

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Emergencies lets access be had at once, and keeps the reviews afterwards.
type Emergencies struct {
	*journal.Journal
	People *people.People
	Rules  *rulebook.Rulebook
}

// Open approves at once a review that asks people, by the emergency part of its flow. It is
// given what the review was opened with. Where that does not let it, the error is a
// *request.InvalidError about the field emergency.
func (em *Emergencies) Open(ctx context.Context, by request.Identity, f review.Facts, req request.Request, rev review.Review, policies []*review.Policy) (review.Review, error) {
	why, e := refuses(by, f, rev, policies)
	if why == "" {
		var err error
		if why, err = em.stands(ctx, req); err != nil {
			return rev, err
		}
	}
	if why != "" {
		return rev, &request.InvalidError{What: "request", Faults: []request.Fault{{Field: "emergency", Reason: why}}}
	}
	if err := em.People.CheckFrozen(ctx, req.Asset.Connection()); err != nil {
		return rev, err
	}
	rev.Emergency, rev.Status, rev.Comment = true, request.Approved, ""
	rev.Decided, rev.Lapses = rev.Opened, time.Time{}
	rev.Limits, rev.Max = append(rev.Limits, e.Longest), request.Shortest(rev.Opened, rev.Max, e.Longest)
	rev.Why = append(rev.Why, fmt.Sprintf("flow %s: emergency access, for %s at most", rev.Flow.Name, e.Longest))
	if !slices.Contains(rev.Barred, by.Person()) {
		rev.Barred = append(rev.Barred, by.Person())
	}
	for i := range rev.Stages {
		for j := range rev.Stages[i].Approvals {
			rev.Stages[i].Approvals[j].Status = review.ApprovalCanceled
		}
	}
	return rev, nil
}

// refuses says why the flow of a review gives no access at once; empty where it does, by its
// emergency part.
func refuses(by request.Identity, f review.Facts, rev review.Review, policies []*review.Policy) (why string, e *review.Emergency) {
	led := policies[:1+slices.IndexFunc(policies, func(p *review.Policy) bool { return p.Of() == rev.Flow })]
	if len(led) > 0 {
		e = led[len(led)-1].Emergency()
	}
	switch {
	case e == nil:
		return "is not possible here: the review flow knows no emergency access", e
	case rev.Status == request.Approved:
		return "is not needed: a rule approves this at once", e
	case rev.Status == request.Denied:
		return "is not possible: a rule denies this, in an emergency too", e
	case !Names(e.For, by):
		return "is not for you: the review flow says who may have it", e
	case f.AskPeople != "":
		return "is not possible: " + f.AskPeople, e
	}
	return alone(by.Person(), f, led), e
}

// alone says why somebody has no access by flows that they have set without a second person;
// empty where others have agreed.
func alone(who request.PersonID, f review.Facts, led []*review.Policy) string {
	for _, p := range led {
		if p.SavedAlone() == who {
			return fmt.Sprintf("is not for whoever saved flow %s without a second person", p.Of().Name)
		}
	}
	tags := review.ReadOfCovered(led...).Tags
	for _, a := range f.Alone {
		if a.By == who && (tags || !a.Tags) {
			return "is not for whoever has set or taken away without a second person: " + a.What
		}
	}
	return ""
}

// stands says that emergency access to the asset stands already: it is not extended.
func (em *Emergencies) stands(ctx context.Context, req request.Request) (why string, err error) {
	pages, err := store.Pages[provision.Grant](ctx, em.Store, records.LiveGrantsFor(req.Beneficiary))
	if err != nil {
		return "", err
	}
	for _, g := range pages[0] {
		if g.Value.Emergency && g.Value.Wanted() && g.Value.Asset.Ref == req.Asset && g.Value.Access.Includes(provision.AccessOf(req, req.Privilege, req.Columns)) {
			return "stands already, and is not extended: ask for access as always", nil
		}
	}
	return "", nil
}

// Begin adds to a change that a request was approved at once: its review afterwards waits, and
// many are told.
func (em *Emergencies) Begin(ctx context.Context, c *store.Change, req *request.Request, rev review.Review) error {
	e, err := em.of(ctx, rev)
	if err != nil {
		return err
	}
	within := e.Within
	if within.IsZero() {
		within = review.EmergencyReview
	}
	next := *req.Emergency
	next.Due = within.End(rev.Decided)
	req.Emergency = &next
	em.Emit(c, event.RequestEmergency.With(event.Emergency{Reason: next.Reason, Duration: rev.Outcome().Granted.Duration, Due: next.Due}), req.Requester, req, records.Reviews.Subject(req.ID))
	return nil
}

// For is the emergency part of the flow that asks people in a review of some type, and whether
// it names somebody.
func (em *Emergencies) For(ctx context.Context, by request.Identity, rev review.Review, t request.Type) (*review.Emergency, bool, error) {
	if rev.Status != request.Pending || t == request.MaskingException {
		return nil, false, nil
	}
	p, err := em.Rules.Policy(ctx, rev.Flow)
	if err != nil || p.Emergency() == nil {
		return nil, false, err
	}
	e := p.Emergency()
	return &review.Emergency{For: e.For, Longest: e.Longest}, by.Acts() && Names(e.For, by), nil
}

// of is the emergency part of the flow of a review, as it was when the review was opened.
func (em *Emergencies) of(ctx context.Context, rev review.Review) (review.Emergency, error) {
	p, err := em.Rules.Policy(ctx, rev.Flow)
	if err != nil || p.Emergency() == nil {
		return review.Emergency{}, err
	}
	return *p.Emergency(), nil
}

// Names reports whether one of some selectors names somebody.
func Names(all []review.Selector, who request.Identity) bool {
	return slices.ContainsFunc(all, func(s review.Selector) bool { return s.Criterion().Holds(who) })
}

// Watches reports whether the flow has somebody told of emergency access, or lets them review
// it: these may read the request.
func (em *Emergencies) Watches(ctx context.Context, who request.Identity, rev review.Review) (bool, error) {
	if !rev.Emergency {
		return false, nil
	}
	e, err := em.of(ctx, rev)
	return Names(e.Tell, who) || Names(e.Review, who), err
}

// Watched is a review whose only stage has for selectors those who watch over its access: whom
// the flow names, and the owners of the asset. It serves to find these people.
func (em *Emergencies) Watched(ctx context.Context, rev review.Review) (review.Review, error) {
	e, err := em.of(ctx, rev)
	var stage review.StageReview
	for _, s := range slices.Concat(e.Tell, e.Review, []review.Selector{{Owners: true}}) {
		stage.Approvals = append(stage.Approvals, review.Approval{Selector: s})
	}
	rev.Stages = []review.StageReview{stage}
	return rev, err
}
