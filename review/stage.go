package review

import (
	"slices"
	"time"

	"github.com/grantwright/grantwright/request"
)

// StageReview is one stage of a review.
type StageReview struct {
	Name   string `json:"name"`
	Mode   Mode   `json:"mode"`
	People int    `json:"people,omitempty"` // different people that must approve; 0 sets no number
	When   string `json:"when,omitempty"`
	Limit  Limit  `json:"limit,omitzero"`
	StepUp StepUp `json:"stepUp,omitzero"`

	Passed     string             `json:"passed,omitempty"` // why it does not apply; empty where it does
	Approvals  []Approval         `json:"approvals"`        // one for each selector, then those that it was escalated to
	ApprovedBy []request.PersonID `json:"approvedBy,omitempty"`

	Opened    time.Time `json:"opened,omitzero"` // zero while it is not its turn
	Due       time.Time `json:"due,omitzero"`    // when its time is over; zero if never
	Remind    time.Time `json:"remind,omitzero"` // when its stewards are reminded next
	Reminded  int       `json:"reminded,omitempty"`
	Escalated time.Time `json:"escalated,omitzero"`
}

// Approval is the approval record of one selector.
type Approval struct {
	Selector  Selector         `json:"selector"`
	Status    ApprovalStatus   `json:"status"`
	By        request.PersonID `json:"by,omitempty"`        // who settled it
	Fallback  bool             `json:"fallback,omitempty"`  // nobody is known who could decide: GOVERNANCE may act too
	Escalated bool             `json:"escalated,omitempty"` // was added when the time was over; it stands for all that are missing
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

// newStage is a stage whose turn has not come, or that is passed.
func newStage(s Stage, passed string) StageReview {
	r := StageReview{Name: s.Name, Mode: s.Mode, People: s.People, When: s.When, Limit: s.Limit, StepUp: s.StepUp, Passed: passed}
	for _, selector := range s.Selectors {
		r.Approvals = append(r.Approvals, Approval{Selector: selector, Status: ApprovalBlocked})
	}
	if passed != "" {
		r.cancel()
	}
	return r
}

// definition is the stage as the flow has it.
func (s *StageReview) definition() Stage {
	d := Stage{Name: s.Name, Mode: s.Mode, People: s.People, When: s.When, Limit: s.Limit, StepUp: s.StepUp}
	for _, a := range s.Approvals {
		if !a.Escalated {
			d.Selectors = append(d.Selectors, a.Selector)
		}
	}
	return d
}

// Done reports whether nothing is left to decide in the stage.
func (s *StageReview) Done() bool { return s.Passed != "" || s.approved() }

// approved reports whether enough selectors are settled, and enough people have
// said so: one selector in mode ANY, each in mode ALL, people alone in AT_LEAST.
func (s *StageReview) approved() bool {
	settled := func(a Approval) bool { return a.Status == ApprovalApproved }
	stoodFor := slices.ContainsFunc(s.Approvals, func(a Approval) bool { return a.Escalated && settled(a) })
	enough := len(s.ApprovedBy) >= s.People
	switch s.Mode {
	case Any:
		return slices.ContainsFunc(s.Approvals, settled)
	case AtLeast:
		return len(s.ApprovedBy) > 0 && (enough || stoodFor)
	}
	missing := func(a Approval) bool { return !a.Escalated && !settled(a) }
	return enough && (stoodFor || !slices.ContainsFunc(s.Approvals, missing))
}

// count works out from the determinations how far the stage at place i is, as if it
// were open.
func (s *StageReview) count(i int, all []Determination) {
	if s.Passed != "" {
		return
	}
	for a := range s.Approvals {
		s.Approvals[a].Status, s.Approvals[a].By = ApprovalPending, ""
	}
	s.ApprovedBy = voices(i, all)
	for _, d := range all {
		if !d.approves(i) {
			continue
		}
		for _, m := range d.Matches {
			if m.Stage == i && (s.Mode != Any || !s.approved()) {
				s.credit(m.Selector, d.By)
			}
		}
	}
	switch {
	case s.approved():
		s.cancel()
	case s.Mode == AtLeast:
		s.waitAll()
	}
}

// credit settles one selector, if that is still open.
func (s *StageReview) credit(selector int, by request.PersonID) {
	if a := &s.Approvals[selector]; a.Status == ApprovalPending {
		a.Status, a.By = ApprovalApproved, by
	}
}

// waitAll leaves all selectors open: more people are wanted, whichever they match.
func (s *StageReview) waitAll() {
	for i := range s.Approvals {
		s.Approvals[i].Status, s.Approvals[i].By = ApprovalPending, ""
	}
}

// open makes it the turn of the stage, which sets its clock if it was not before.
func (s *StageReview) open(at time.Time) {
	if !s.Opened.IsZero() {
		return
	}
	s.Opened = at
	if !s.Limit.Within.IsZero() && s.Escalated.IsZero() {
		s.Due = s.Limit.Within.End(at)
	}
	if !s.Limit.Remind.IsZero() {
		s.Remind = s.Limit.Remind.End(at)
	}
}

// rest stops the clock of the stage. It begins anew when it is its turn again.
func (s *StageReview) rest() { s.Opened, s.Due, s.Remind = time.Time{}, time.Time{}, time.Time{} }

// block says that an earlier stage is open.
func (s *StageReview) block() {
	for i := range s.Approvals {
		if s.Approvals[i].Status == ApprovalPending {
			s.Approvals[i].Status = ApprovalBlocked
		}
	}
}

// cancel ends the approvals that nobody has settled.
func (s *StageReview) cancel() {
	for i := range s.Approvals {
		if st := &s.Approvals[i].Status; *st == ApprovalPending || *st == ApprovalBlocked {
			*st = ApprovalCanceled
		}
	}
}

// escalate adds the further selectors of the stage.
func (s *StageReview) escalate(at time.Time) {
	s.Escalated, s.Due = at, time.Time{}
	for _, selector := range s.Limit.Escalate {
		s.Approvals = append(s.Approvals, Approval{Selector: selector, Status: ApprovalPending, Escalated: true})
	}
}
