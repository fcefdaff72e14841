package grantwright

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// upkeep brings the review of a request up to date, within a change: what time has
// done to it, what changed facts come to, and whether anybody is there to decide.
// Each thing that becomes of it is an event; write puts request and review back.
type upkeep struct {
	e       *Engine
	c       *store.Change
	read    store.Stored[request.Request]
	reads   store.Stored[review.Review]
	req     request.Request
	rev     review.Review
	changed bool
}

func (e *Engine) keeping(ctx context.Context, c *store.Change, id request.ID) (*upkeep, error) {
	read, rev, err := e.underReview(ctx, id)
	return &upkeep{e: e, c: c, read: read, reads: rev, req: read.Value, rev: rev.Value}, err
}

// becomes makes next the review, as of which an event tells.
func (u *upkeep) becomes(next review.Review) {
	u.rev, u.changed = next, true
}

// write puts what has changed into the change.
func (u *upkeep) write() {
	if u.changed {
		store.Reviews.Update(u.c, u.reads, u.rev)
		store.Requests.Update(u.c, u.read, u.req)
	}
}

func (u *upkeep) tell(ev event.Event, by request.PersonID) {
	u.e.tell(u.c, ev, by, &u.req, store.Reviews.Subject(u.req.ID))
}

// elapse does what time has brought.
func (u *upkeep) elapse(ctx context.Context) error {
	now := u.e.now()
	if at := u.rev.Next(); at.IsZero() || now.Before(at) {
		return nil
	}
	before, stage := u.rev, u.rev.Stage()
	u.becomes(u.rev.Elapse(now))
	was, is := before.Stages[stage], u.rev.Stages[stage]
	if was.Reminded != is.Reminded {
		u.tell(event.RequestReminded.With(event.Stage{Name: is.Name}), request.SystemID)
	}
	if was.Escalated != is.Escalated {
		u.tell(event.RequestEscalated.With(event.Stage{Name: is.Name}), request.SystemID)
	}
	return u.ended(ctx, last(u.rev.Why[len(before.Why):]))
}

func last(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

// ended carries the end of a review that no steward has decided to its request.
func (u *upkeep) ended(ctx context.Context, reason string) error {
	switch u.rev.Status {
	case request.Pending:
	case request.Lapsed:
		u.req.Status, u.req.Ended = request.Lapsed, u.rev.Decided
		lapsed := event.RequestLapsed.Bare()
		if reason != "" {
			lapsed = event.RequestLapsed.With(event.Grant{Reason: reason})
		}
		u.tell(lapsed, request.SystemID)
	default:
		next, err := u.e.denyPrevented(ctx, request.Identity{}, u.req, u.rev)
		if err != nil {
			return err
		}
		u.rev = next
		return u.e.decideStanding(ctx, u.c, request.SystemID, &u.req, u.rev, event.Determined{Status: u.rev.Status, Rule: u.rev.Rule, Reason: reason})
	}
	return nil
}

// reopen opens the pinned flows again, as the facts are now. An asset that the
// inventory does not know any more leaves the review as it is.
func (u *upkeep) reopen(ctx context.Context, by request.Identity) error {
	if u.rev.Status != request.Pending {
		return nil
	}
	facts, err := u.e.facts(ctx, by, u.req, u.rev)
	if errors.Is(err, catalog.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	pinned, err := u.e.pinned(ctx, u.rev)
	if err != nil {
		return err
	}
	next, err := u.rev.Reopen(ctx, facts, u.e.now(), pinned...)
	if err != nil || next.Version == u.rev.Version {
		return err
	}
	u.becomes(next)
	u.tell(event.RequestReopened.With(event.Stage{Reason: "the facts that the review flow reads have changed"}), request.SystemID)
	return u.ended(ctx, next.Comment)
}

// pinned are the flows that may hold for a review, in order.
func (e *Engine) pinned(ctx context.Context, rev review.Review) ([]*review.Policy, error) {
	var all []*review.Policy
	for _, v := range rev.Pinned {
		p, err := e.policy(ctx, v)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// attend lets governance act where nobody can, and alerts administrators where
// nobody is left at all.
func (u *upkeep) attend(ctx context.Context) error {
	if u.rev.Status != request.Pending {
		return nil
	}
	known, governance, err := u.e.attendance(ctx, u.req, u.rev)
	if err != nil {
		return err
	}
	before, next := u.rev, u.rev.Attend(known, governance, u.e.now())
	for i := range next.Stages {
		if fallbacks(next.Stages[i]) > fallbacks(before.Stages[i]) {
			u.becomes(next)
			u.tell(event.RequestFellBack.With(event.Stage{Name: next.Stages[i].Name, Reason: "nobody is known who could decide: governance may"}), request.SystemID)
		}
	}
	if before.Unattended != next.Unattended {
		u.becomes(next)
		u.tell(event.RequestUnattended.Bare(), request.SystemID)
	}
	return nil
}

func fallbacks(s review.StageReview) (n int) {
	for _, a := range s.Approvals {
		if a.Fallback {
			n++
		}
	}
	return n
}
