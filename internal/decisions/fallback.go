package decisions

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// fallBack lets governance decide where nobody else can, and tells administrators and
// governance where nobody is left at all, or nobody is known.
func (u *Refresh) fallBack(ctx context.Context, r *records.Recheck) error {
	if u.Rev.Status != request.Pending {
		return nil
	}
	known, governance, err := u.decisions.attendance(ctx, u.Req, u.Rev)
	if err != nil || len(known) == 0 {
		return err
	}
	now, before := u.decisions.Now(), u.Rev
	before.Unattended = time.Time{} // whether it is so now
	next := before.Attend(known, governance, now)
	for i := range next.Stages {
		if fallbacks(next.Stages[i]) > fallbacks(before.Stages[i]) {
			u.Replace(next)
			u.Emit(event.RequestFellBack.With(event.Stage{Name: next.Stages[i].Name, Reason: "nobody is known who could decide: governance may"}), request.SystemID)
		}
	}
	deciders := decidersOf(next, known, governance)
	next.Unattended = u.Rev.Unattended
	if reason := unattended(r, deciders, next, now); reason != "" {
		if next.Unattended.IsZero() {
			next.Unattended = now
		}
		u.Replace(next)
		u.Emit(event.RequestUnattended.With(event.Stage{Name: next.Stages[next.Stage()].Name, Reason: reason}), request.SystemID)
	}
	r.Deciders, r.Stage = deciders, next.Stage()
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

// attendance finds who could decide on a review: for each selector of the open
// stages, and in governance. Barred people and their substitutes are left out.
func (ds *Decisions) attendance(ctx context.Context, req request.Request, rev review.Review) (known []review.Attendance, governance review.Attendance, err error) {
	facts, err := ds.FactsOf(ctx, request.Identity{}, req, rev)
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
