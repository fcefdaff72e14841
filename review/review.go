// Package review decides whether a request may be granted, and who says so.
//
// A Flow, compiled to a Policy, opens a Review: decided at once by a rule, or
// waiting for data stewards in one or more stages. Each Determination of a
// steward counts for the selectors that they match, until the review is
// APPROVED or DENIED. The package is pure: values in, values out, no clock and
// no I/O; conditions are CEL.
package review

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/request"
)

// The reasons why a determination does not count.
var (
	ErrDecided    = errors.New("review: the request is already decided")
	ErrStale      = errors.New("review: the review has changed since it was shown")
	ErrOwnRequest = errors.New("review: nobody decides on their own request")
	ErrNotSteward = errors.New("review: not a data steward of this request")
	ErrNotOpen    = errors.New("review: the stage of this data steward is not open")
)

// Review is the way of one request through its flow.
type Review struct {
	Request request.ID     `json:"request"`
	Version int            `json:"version"` // one more after each determination
	Flow    FlowVersion    `json:"flow"`    // pinned when the request was submitted
	Rule    string         `json:"rule"`    // the rule of the flow that held, or "default"
	Comment string         `json:"comment,omitempty"`
	Why     []string       `json:"why,omitempty"` // rules that failed, flows that delegated
	Status  request.Status `json:"status"`

	Asked Terms            `json:"asked"`
	Max   request.Duration `json:"max,omitzero"` // what the flow allows at most; zero sets no limit

	Stages         []StageReview      `json:"stages,omitempty"`
	Determinations []Determination    `json:"determinations,omitempty"`
	Barred         []request.PersonID `json:"barred,omitempty"` // who may not decide: it is their own request

	Opened  time.Time `json:"opened"`
	Lapses  time.Time `json:"lapses,omitzero"` // when it lapses if nobody has decided; zero if never
	Decided time.Time `json:"decided,omitzero"`
}

// Terms are what a review is about: what was asked, or what is granted.
type Terms struct {
	Privilege request.Privilege `json:"privilege"`
	Columns   []string          `json:"columns,omitempty"` // none means the whole asset
	Duration  request.Duration  `json:"duration"`
}

// StageReview is one stage of a review.
type StageReview struct {
	Name      string     `json:"name"`
	Mode      Mode       `json:"mode"`
	Approvals []Approval `json:"approvals"` // one for each selector
}

// Approval is the approval record of one selector.
type Approval struct {
	Selector Selector         `json:"selector"`
	Status   ApprovalStatus   `json:"status"`
	By       request.PersonID `json:"by,omitempty"` // who settled it
}

// ApprovalStatus is how far an approval record is.
type ApprovalStatus string

// The statuses of approval records.
const (
	ApprovalPending  ApprovalStatus = "PENDING"
	ApprovalBlocked  ApprovalStatus = "BLOCKED" // an earlier stage is open
	ApprovalApproved ApprovalStatus = "APPROVED"
	ApprovalDenied   ApprovalStatus = "DENIED"
	ApprovalCanceled ApprovalStatus = "CANCELED" // no longer needed
)

// Determination is one act of a data steward.
type Determination struct {
	By       request.PersonID `json:"by"`
	Act      Act              `json:"act"`               // APPROVE or DENY
	Duration request.Duration `json:"duration,omitzero"` // of APPROVE: for this long at most; zero leaves it as asked
	Reason   string           `json:"reason,omitempty"`
	At       time.Time        `json:"at"`
	Version  int              `json:"version"` // of the review that the steward saw; 0 leaves that open
	Matches  []Match          `json:"matches"` // the selectors that the steward matched at the time
}

// Match names a selector by the place of its stage and its place in the stage.
type Match struct {
	Stage    int `json:"stage"`
	Selector int `json:"selector"`
}

// Outcome is what a review has come to.
type Outcome struct {
	Status  request.Status // PENDING, APPROVED, DENIED, CANCELED or LAPSED
	Granted Terms          // if APPROVED
}

// Determine counts a determination. It changes nothing if it returns an error.
func (r Review) Determine(d Determination) (Review, error) {
	if err := r.admits(d); err != nil {
		return r, err
	}
	r = r.clone()
	r.Determinations = append(r.Determinations, d)
	r.Version++
	if d.Act == Deny {
		return r.denied(d), nil
	}
	open := r.Stage() // an approval may be the last that this stage waits for
	for _, m := range d.Matches {
		if m.Stage == open {
			r.Stages[open].approve(m.Selector, d.By)
		}
	}
	return r.advanced(d), nil
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
	case len(d.Matches) == 0 || slices.ContainsFunc(d.Matches, r.lacks):
		return ErrNotSteward
	case d.Act == Deny && !d.Duration.IsZero():
		return &request.InvalidError{What: "determination", Faults: []request.Fault{{Field: "duration", Reason: "is for an approval"}}}
	case d.Act == Deny:
		return nil
	case d.Act != Approve:
		return &request.InvalidError{What: "determination", Faults: []request.Fault{{Field: "act", Reason: fmt.Sprintf("is %q, must be %s or %s", d.Act, Approve, Deny)}}}
	}
	if !r.Awaits(d.Matches) {
		return ErrNotOpen
	}
	return nil
}

// Awaits reports whether an approval by somebody with these matches would count:
// one of them is of the open stage, and not settled.
func (r Review) Awaits(matches []Match) bool {
	return slices.ContainsFunc(matches, func(m Match) bool {
		return !r.lacks(m) && r.Stages[m.Stage].Approvals[m.Selector].Status == ApprovalPending
	})
}

// lacks reports whether a match names no selector of this review.
func (r Review) lacks(m Match) bool {
	return m.Stage < 0 || m.Stage >= len(r.Stages) || m.Selector < 0 || m.Selector >= len(r.Stages[m.Stage].Approvals)
}

// Stage is the place of the stage that is open; if none is, that of the last.
func (r Review) Stage() int {
	for i, s := range r.Stages {
		if !s.approved() {
			return i
		}
	}
	return len(r.Stages) - 1
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

// advanced opens the next stage if the open one is done, or ends the review.
func (r Review) advanced(d Determination) Review {
	if last := r.Stages[len(r.Stages)-1]; last.approved() {
		return r.closed(request.Approved, d.At)
	}
	r.Stages[r.Stage()].open()
	return r
}

// closed ends the review; approvals that were still open are canceled.
func (r Review) closed(s request.Status, at time.Time) Review {
	r.Status, r.Decided, r.Lapses = s, at, time.Time{}
	for i := range r.Stages {
		r.Stages[i].cancel()
	}
	return r
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

// Elapse returns the review as it is at the time now if nobody acts: it lapses
// when it has been pending for too long.
func (r Review) Elapse(now time.Time) Review {
	if at := r.Next(); at.IsZero() || now.Before(at) {
		return r
	}
	r = r.clone()
	r.Version++
	return r.closed(request.Lapsed, now)
}

// Next is when Elapse changes something; zero if it never does.
func (r Review) Next() time.Time {
	if r.Status != request.Pending {
		return time.Time{}
	}
	return r.Lapses
}

// Outcome says what the review has come to. What is granted lasts for the
// shortest of what was asked, what the flow allows, and what the stewards who
// approved have said, compared from the decision.
func (r Review) Outcome() Outcome {
	o := Outcome{Status: r.Status}
	if r.Status != request.Approved {
		return o
	}
	durations := []request.Duration{r.Asked.Duration, r.Max}
	for _, d := range r.Determinations {
		durations = append(durations, d.Duration)
	}
	o.Granted = r.Asked
	o.Granted.Duration = request.Shortest(r.Decided, durations...)
	return o
}

// clone makes a copy that shares nothing that Determine changes.
func (r Review) clone() Review {
	r.Determinations = slices.Clip(r.Determinations)
	r.Stages = slices.Clone(r.Stages)
	for i := range r.Stages {
		r.Stages[i].Approvals = slices.Clone(r.Stages[i].Approvals)
	}
	return r
}
