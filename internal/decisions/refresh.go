package decisions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/evidence"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// determine applies a determination. A refused one changes nothing.
func (u *Refresh) determine(ctx context.Context, by request.Identity, d review.Determination) (refused, err error) {
	s, err := u.decisions.stewardship(ctx, by, u.Req, u.Rev)
	if err != nil {
		return nil, err
	}
	if u.Rev.Status == request.Pending && (s.own || s.through && d.Act == review.Approve) {
		return review.ErrOwnRequest, nil
	}
	d.By, d.At, d.Matches, d.StandsFor, d.SignedIn = by.Person(), u.decisions.Now(), s.matches, s.standsFor, by.SignedIn
	next, refused := u.Rev.Determine(d)
	if refused != nil { // also whoever is a stranger, before anything is told
		return refused, nil
	}
	var looked evidence.Guarded
	if d.Act == review.Approve {
		looked, err = u.decisions.Rules.UnlessPrevented(ctx, by, u.Req)
		if prevented := (*review.PreventedError)(nil); errors.As(err, &prevented) {
			return prevented, nil
		} else if err != nil {
			return nil, err
		}
	}
	if err := errors.Join(u.keepFacts(&next, by, d), u.decisions.Evidence.KeepGuarded(&next, by, looked)); err != nil {
		return nil, err
	}
	u.Replace(next)
	detail := event.Determined{Status: next.Status, Act: string(d.Act), Duration: d.Duration, Privilege: d.Privilege, Columns: d.Columns, For: standingFor(d), Reason: d.Reason}
	if next.Status == request.Pending {
		u.Emit(event.RequestDetermined.With(detail), d.By)
	} else if err := u.decisions.decideStanding(ctx, u.C, d.By, &u.Req, next, detail); err != nil {
		return nil, err
	} else if u.facts != nil {
		evidence.Teach(u.C, u.Req, u.Rev, *u.facts)
	}
	return nil, u.decisions.People.Remember(ctx, u.C, by)
}

// keepFacts keeps with a determination the facts that it stands on.
func (u *Refresh) keepFacts(next *review.Review, by request.Identity, d review.Determination) error {
	if u.facts == nil {
		return nil
	}
	if err := u.decisions.Evidence.KeepOpening(next, u.Rev.Evidence, by, *u.facts, u.pinned); err != nil {
		return err
	}
	return u.decisions.Evidence.KeepDetermination(next, by, *u.facts, d)
}

// CheckSteward refuses whoever is no data steward of the request.
func (u *Refresh) CheckSteward(ctx context.Context, by request.Identity, act string) error {
	return u.decisions.checkSteward(ctx, by, u.Req, u.Rev, act, "a data steward of it")
}

// CheckRequester refuses everybody but the requester.
func (u *Refresh) CheckRequester(by request.Identity, act string) error {
	if u.Req.Requester != by.Person() {
		return &request.ForbiddenError{Person: by.Person(), Act: act, Needs: "its requester"}
	}
	return nil
}

// Edit replaces the answers of a request, and opens its review again with them.
func (u *Refresh) Edit(ctx context.Context, by request.Identity, answers request.Answers) error {
	form, err := u.decisions.Rules.FormVersion(ctx, u.Req.Form)
	if err != nil {
		return err
	}
	before := u.Req.Answers
	u.Req.Answers, u.Req.Duration, u.Req.Questioned = answers, form.Duration(answers), time.Time{}
	facts, err := u.decisions.FactsOf(ctx, by, u.Req, u.Rev)
	if err != nil {
		return err
	}
	renewal, err := u.decisions.renewalFaults(ctx, by, u.Req)
	if err := errors.Join(err, u.decisions.checkAnswers(ctx, form, answers, facts), renewal); err != nil {
		return err
	}
	pinned, err := u.decisions.pinned(ctx, u.Rev)
	if err != nil {
		return err
	}
	if review.ReadsRisk(pinned...) {
		facts.Assist.Risk = u.decisions.Risk(ctx, by, u.Req, facts)
	}
	next, err := u.unlessUnsure(ctx, by, facts, func(f review.Facts) (review.Review, error) {
		return u.Rev.Edit(ctx, f, u.decisions.Now(), pinned...)
	})
	if err != nil {
		return err
	}
	if err := u.decisions.Evidence.KeepOpening(&next, u.Rev.Evidence, by, facts, pinned); err != nil {
		return err
	}
	u.Replace(next)
	u.Emit(event.RequestEdited.With(event.Edited{Answers: changedAnswers(before, answers), Duration: u.Req.Duration}), by.Person())
	return errors.Join(u.ended(ctx, next.Comment), u.decisions.People.Remember(ctx, u.C, by))
}

// CheckReader refuses people who may not read the request.
func (u *Refresh) CheckReader(ctx context.Context, by request.Identity) error {
	return u.decisions.MayRead(ctx, by, u.Req)
}

// CheckPending refuses an act that makes sense only while nothing is decided.
func (u *Refresh) CheckPending() error {
	if u.Rev.Status != request.Pending {
		return fmt.Errorf("%w: it is %s", review.ErrDecided, u.Rev.Status)
	}
	return nil
}

// Refresh brings a request and its review up to date within a change: it applies
// deadlines, changed facts and the fallback to governance. Each step is an event. In
// the end write updates both records.
type Refresh struct {
	decisions  *Decisions
	C          *store.Change
	read       store.Stored[request.Request]
	readReview store.Stored[review.Review]
	Req        request.Request
	Rev        review.Review
	changed    bool

	facts  *review.Facts // as they are now, with the flows that were opened again by them; nil if none were
	pinned []*review.Policy
}

// newRefresh reads a request and its review.
func (ds *Decisions) newRefresh(ctx context.Context, c *store.Change, id request.ID) (*Refresh, error) {
	read, rev, err := ds.UnderReview(ctx, id)
	return &Refresh{decisions: ds, C: c, read: read, readReview: rev, Req: read.Value, Rev: rev.Value}, err
}

// Replace makes next the review. Emit the event that says so.
func (u *Refresh) Replace(next review.Review) {
	u.Rev, u.changed = next, true
}

// write updates the request and the review, if they have changed.
func (u *Refresh) write() {
	if u.changed {
		records.Reviews.Update(u.C, u.readReview, u.Rev)
		records.Requests.Update(u.C, u.read, u.Req)
	}
}

// Emit adds an event about the request to the change.
func (u *Refresh) Emit(ev event.Event, by request.PersonID) {
	u.decisions.Emit(u.C, ev, by, &u.Req, records.Reviews.Subject(u.Req.ID))
}

// elapse applies the deadlines that have passed.
func (u *Refresh) elapse(ctx context.Context) error {
	now := u.decisions.Now()
	if at := u.Rev.Next(); at.IsZero() || now.Before(at) {
		return nil
	}
	before, stage := u.Rev, u.Rev.Stage()
	u.Replace(u.Rev.Elapse(now))
	was, is := before.Stages[stage], u.Rev.Stages[stage]
	if was.Reminded != is.Reminded {
		u.Emit(event.RequestReminded.With(event.Stage{Name: is.Name}), request.SystemID)
	}
	if was.Escalated != is.Escalated {
		u.Emit(event.RequestEscalated.With(event.Stage{Name: is.Name}), request.SystemID)
	}
	return u.ended(ctx, last(u.Rev.Why[len(before.Why):]))
}

func last(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

// ended carries the end of a review from the review to its request, if no steward
// has decided it.
func (u *Refresh) ended(ctx context.Context, reason string) error {
	switch u.Rev.Status {
	case request.Pending:
	case request.Lapsed:
		u.Req.Status, u.Req.Ended = request.Lapsed, u.Rev.Decided
		lapsed := event.RequestLapsed.Bare()
		if reason != "" {
			lapsed = event.RequestLapsed.With(event.Grant{Reason: reason})
		}
		u.Emit(lapsed, request.SystemID)
	default:
		next, looked, _, err := u.decisions.Rules.DenyPrevented(ctx, request.Identity{}, u.Req, u.Rev)
		if err == nil {
			err = u.decisions.Evidence.KeepGuarded(&next, request.Identity{}, looked)
		}
		if err != nil {
			return err
		}
		u.Rev = next
		return u.decisions.decideStanding(ctx, u.C, request.SystemID, &u.Req, u.Rev, event.Determined{Status: u.Rev.Status, Rule: u.Rev.Rule, Reason: reason})
	}
	return nil
}

// reopen opens the pinned flows again with the facts of now. A review whose asset is
// not in the inventory any more stays as it is.
func (u *Refresh) reopen(ctx context.Context, by request.Identity) error {
	if u.Rev.Status != request.Pending {
		return nil
	}
	facts, err := u.decisions.FactsOf(ctx, by, u.Req, u.Rev)
	if errors.Is(err, catalog.ErrNotFound) {
		return nil
	}
	if err == nil {
		err = u.findParts(ctx)
	}
	if err != nil {
		return err
	}
	pinned, err := u.decisions.pinned(ctx, u.Rev)
	if err != nil {
		return err
	}
	u.facts, u.pinned = &facts, pinned
	next, err := u.unlessUnsure(ctx, by, facts, func(f review.Facts) (review.Review, error) {
		return u.Rev.Reopen(ctx, f, u.decisions.Now(), pinned...)
	})
	if err != nil || next.Version == u.Rev.Version {
		return err
	}
	if err := u.decisions.Evidence.KeepOpening(&next, u.Rev.Evidence, by, facts, pinned); err != nil {
		return err
	}
	u.Replace(next)
	u.Emit(event.RequestReopened.With(event.Stage{Reason: "the facts that the review flow reads have changed"}), request.SystemID)
	return u.ended(ctx, next.Comment)
}

// unlessUnsure opens a review anew. Where a rule approves then, and a guardrail depends on a
// fact that is not known, people are asked.
func (u *Refresh) unlessUnsure(ctx context.Context, by request.Identity, f review.Facts, open func(review.Facts) (review.Review, error)) (review.Review, error) {
	next, err := open(f)
	if err != nil || next.Status != request.Approved {
		return next, err
	}
	_, _, unsure, err := u.decisions.Rules.DenyPrevented(ctx, by, u.Req, next)
	if err != nil || unsure == "" {
		return next, err
	}
	f.AskPeople = unsure
	return open(f)
}

// findParts names on the request what is read through its asset by now although others
// decide there: those who decide see it.
func (u *Refresh) findParts(ctx context.Context) error {
	asset, err := u.decisions.Rules.Inventory.Asset(ctx, u.Req.Asset)
	if err != nil {
		return err
	}
	now, err := u.decisions.partsNow(ctx, u.Req, asset)
	if err == nil && !slices.Equal(now, u.Req.Parts) {
		u.Req.Parts = now
		u.Replace(u.Rev)
		u.Emit(event.RequestReopened.With(event.Stage{Reason: "others decide about something that is read through the asset by now"}), request.SystemID)
	}
	return err
}

// pinned are the flows that may hold for a review, in order.
func (ds *Decisions) pinned(ctx context.Context, rev review.Review) ([]*review.Policy, error) {
	var all []*review.Policy
	for _, v := range rev.Pinned {
		p, err := ds.Rules.Policy(ctx, v)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}
