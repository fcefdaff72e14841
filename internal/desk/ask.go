package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Rights adds to what somebody may do with a request whether they may remind its data
// stewards, and ask one of them by name.
func (d *Desk) Rights(by request.Identity, req request.Request, rev review.Review, may review.Rights) review.Rights {
	if req.Status != request.Pending || !by.Acts() || len(rev.Stages) == 0 {
		return may
	}
	may.Assign = may.Deny || by.Has(request.Governance) && !rev.Bars(by)
	may.Remind = (may.Deny || by.Has(request.Governance) || req.Concerns(by.Person())) && !d.Now().Before(remindFrom(req, rev))
	return may
}

func remindFrom(req request.Request, rev review.Review) time.Time {
	return req.RemindFrom(rev.Stages[rev.Stage()].Opened)
}

// Assign asks a data steward by name to decide on a request. It gives them no right that
// they do not have: they match a selector of the open stage, and it is not their own request.
// Whoever else matches decides as before.
func (d *Desk) Assign(ctx context.Context, by request.Identity, id request.ID, person request.PersonID, reason string) (request.Request, error) {
	return d.Decisions.Update(ctx, id, func(u *decisions.Refresh) error {
		if err := u.CheckReader(ctx, by); err != nil {
			return err
		}
		if err := u.CheckPending(); err != nil {
			return err
		}
		if err := d.mayAssign(ctx, u, by); err != nil {
			return err
		}
		if err := d.decides(ctx, u, person, by); err != nil {
			return err
		}
		stage := u.Rev.Stage()
		u.Req.Assigned = request.Assignment{Person: person, By: by.Person(), At: d.Now(), Stage: stage, Reason: reason}
		u.Replace(u.Rev)
		u.Emit(event.RequestAssigned.With(event.Assigned{Person: person, Stage: u.Rev.Stages[stage].Name, Reason: reason}), by.Person())
		return d.People.Remember(ctx, u.C, by)
	})
}

// mayAssign refuses whoever neither decides on the request nor governs, and whose own it is.
func (d *Desk) mayAssign(ctx context.Context, u *decisions.Refresh, by request.Identity) error {
	if u.Rev.Bars(by) {
		return fmt.Errorf("%w, nor asks others to", review.ErrOwnRequest)
	}
	if by.Has(request.Governance) {
		return nil
	}
	return u.CheckSteward(ctx, by, "ask somebody by name to decide on this request")
}

// decides refuses somebody whose approval would not count now.
func (d *Desk) decides(ctx context.Context, u *decisions.Refresh, person request.PersonID, by request.Identity) error {
	fault := func(reason string) error {
		return &request.InvalidError{What: "assignment", Faults: []request.Fault{{Field: "person", Reason: reason}}}
	}
	if person == "" {
		return fault("is missing")
	}
	who, err := d.People.Person(ctx, person, by)
	if errors.Is(err, request.ErrUnknownPerson) {
		return fault("is nobody we know")
	}
	if err != nil {
		return err
	}
	if err := d.People.CheckEnabled(ctx, person); err != nil {
		return fault("is disabled")
	}
	standsFor, err := d.People.StandsFor(ctx, who)
	if err != nil {
		return err
	}
	s, err := d.Decisions.StewardshipOf(ctx, who, standsFor, u.Req, u.Rev)
	if err != nil {
		return err
	}
	if approves, _ := s.MayDecide(person, u.Rev); !approves {
		return fault("cannot decide on this request now: no selector of the open stage matches them, it is their own, or they have approved already")
	}
	return nil
}

// Remind has the data stewards of the open stage reminded. Its requester and beneficiary may,
// its data stewards and GOVERNANCE, once in request.RemindEvery.
func (d *Desk) Remind(ctx context.Context, by request.Identity, id request.ID, reason string) (request.Request, error) {
	return d.Decisions.Update(ctx, id, func(u *decisions.Refresh) error {
		if err := u.CheckReader(ctx, by); err != nil {
			return err
		}
		if err := u.CheckPending(); err != nil {
			return err
		}
		if !by.Has(request.Governance) && !u.Req.Concerns(by.Person()) {
			if err := u.CheckSteward(ctx, by, "remind the data stewards of this request"); err != nil {
				return err
			}
		}
		if from := remindFrom(u.Req, u.Rev); d.Now().Before(from) {
			return fmt.Errorf("%w: its data stewards were told within the last day; they can be reminded from %s on", store.ErrState, from.UTC().Format("2 January 2006, 15:04 MST"))
		}
		u.Req.Reminded = d.Now()
		u.Replace(u.Rev)
		u.Emit(event.RequestReminded.With(event.Stage{Name: u.Rev.Stages[u.Rev.Stage()].Name, Reason: reason}), by.Person())
		return d.People.Remember(ctx, u.C, by)
	})
}
