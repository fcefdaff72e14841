package review

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/internal/faults"
)

// Determine counts a determination. It changes nothing if it returns an error.
func (r Review) Determine(d Determination) (Review, error) {
	if err := r.admits(d); err != nil {
		return r, err
	}
	r = r.clone()
	if d.Stage, d.Void = r.Stage(), ""; r.Stages[d.Stage].StepUp.IsZero() {
		d.SignedIn = request.SignIn{}
	}
	r.Determinations = append(r.Determinations, d)
	r.Version++
	if d.Act == Deny {
		return r.denied(d), nil
	}
	return r.counted(d.At), nil
}

// admits says whether a determination may count at all.
func (r Review) admits(d Determination) error {
	switch {
	case r.Status != request.Pending:
		return fmt.Errorf("%w: it is %s", ErrDecided, r.Status)
	case d.Version != 0 && d.Version != r.Version:
		return fmt.Errorf("%w: version %d was shown, it is version %d now", ErrStale, d.Version, r.Version)
	case slices.Contains(r.Barred, d.By):
		return ErrOwnRequest
	case d.Act == Approve && slices.ContainsFunc(d.StandsFor, func(p request.PersonID) bool { return slices.Contains(r.Barred, p) }):
		return fmt.Errorf("%w: nor does a substitute of theirs", ErrOwnRequest)
	case len(d.Matches) == 0 || slices.ContainsFunc(d.Matches, r.lacks):
		return ErrNotSteward
	}
	if err := r.checkTerms(d); err != nil {
		return err
	}
	if d.Act == Approve && !r.Awaits(d.By, d.Matches) {
		return ErrNotOpen
	}
	if s := r.Stages[r.Stage()]; d.Act == Approve && !s.StepUp.Met(d.SignedIn, d.At) {
		return &StepUpError{s.Name, s.StepUp}
	}
	return nil
}

// checkTerms refuses a determination that says what it must not, all of it.
func (r Review) checkTerms(d Determination) error {
	var c faults.List
	switch d.Act {
	case Approve:
		r.checkNarrowing(&c, d)
	case Deny:
		for _, f := range []struct {
			field string
			set   bool
		}{{"duration", !d.Duration.IsZero()}, {"privilege", d.Privilege != ""}, {"columns", len(d.Columns) > 0}} {
			if f.set {
				c.Add(f.field, "is for an approval")
			}
		}
	default:
		c.Add("act", "is %q, must be %s or %s", d.Act, Approve, Deny)
	}
	if slices.Contains(r.Reasons, d.Act) && strings.TrimSpace(d.Reason) == "" {
		c.Add("reason", "is required by the review flow")
	}
	return c.Err("determination")
}

// Awaits reports whether an approval by somebody with these matches would count:
// one of them is of the open stage, and not settled, or the stage wants more people
// and they are another one.
func (r Review) Awaits(by request.PersonID, matches []Match) bool {
	if len(r.Stages) == 0 || r.Status != request.Pending {
		return false
	}
	open := r.Stage()
	s := &r.Stages[open]
	mine := slices.DeleteFunc(slices.Clone(matches), func(m Match) bool { return m.Stage != open || r.lacks(m) })
	if s.Mode != AtLeast && slices.ContainsFunc(mine, func(m Match) bool { return s.Approvals[m.Selector].Status == ApprovalPending }) {
		return true
	}
	if len(mine) == 0 || len(s.ApprovedBy) >= s.People {
		return false
	}
	with := append(slices.Clip(r.Determinations), Determination{By: by, Act: Approve, Stage: open, Matches: mine})
	return len(voices(open, with)) > len(s.ApprovedBy)
}

// Counts lists the selectors for which an approval by somebody with these matches
// would count.
func (r Review) Counts(by request.PersonID, matches []Match) []Match {
	if !r.Awaits(by, matches) {
		return nil
	}
	open := r.Stage()
	return slices.DeleteFunc(slices.Clone(matches), func(m Match) bool {
		return m.Stage != open || r.lacks(m) || r.Stages[open].Approvals[m.Selector].Status != ApprovalPending
	})
}

// denied ends the review: one denial is final, whatever its stage.
func (r Review) denied(d Determination) Review {
	for _, m := range d.Matches {
		a := &r.Stages[m.Stage].Approvals[m.Selector]
		if a.Status == ApprovalPending || a.Status == ApprovalBlocked {
			a.Status, a.By = ApprovalDenied, d.By
		}
	}
	return r.closed(request.Denied, d.At)
}

// TakeBack makes the approvals of somebody void, while the review is pending. The
// error wraps ErrNothing if there are none.
func (r Review) TakeBack(by request.PersonID, at time.Time) (Review, error) {
	if r.Status != request.Pending {
		return r, fmt.Errorf("%w: it is %s", ErrDecided, r.Status)
	}
	if !r.Approved(by) {
		return r, ErrNothing
	}
	r = r.clone()
	r.void(TakenBack, at, func(d Determination) bool { return d.By == by })
	r.Version++
	return r.counted(at), nil
}

// Approved reports whether an approval of somebody's counts.
func (r Review) Approved(by request.PersonID) bool {
	return slices.ContainsFunc(r.Determinations, func(d Determination) bool { return d.By == by && d.Act == Approve && d.Void == "" })
}

// void ends what some determinations count for. The review is a clone.
func (r *Review) void(why Void, at time.Time, which func(Determination) bool) {
	for i, d := range r.Determinations {
		if d.Void == "" && which(d) {
			r.Determinations[i].Void, r.Determinations[i].Voided = why, at
		}
	}
}

// Cancel ends a pending review without a decision.
func (r Review) Cancel(now time.Time) (Review, error) {
	if r.Status != request.Pending {
		return r, fmt.Errorf("%w: it is %s", ErrDecided, r.Status)
	}
	r = r.clone()
	r.Version++
	return r.closed(request.Canceled, now), nil
}
