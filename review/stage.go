package review

import (
	"slices"

	"github.com/grantwright/grantwright/request"
)

// newStage is a stage whose turn has not come.
func newStage(s Stage) StageReview {
	r := StageReview{Name: s.Name, Mode: s.Mode}
	for _, selector := range s.Selectors {
		r.Approvals = append(r.Approvals, Approval{Selector: selector, Status: ApprovalBlocked})
	}
	return r
}

// open makes it the turn of the stage.
func (s *StageReview) open() {
	for i := range s.Approvals {
		if s.Approvals[i].Status == ApprovalBlocked {
			s.Approvals[i].Status = ApprovalPending
		}
	}
}

// approve settles one selector, if that is still open. In mode ANY the others
// are no longer needed.
func (s *StageReview) approve(selector int, by request.PersonID) {
	if s.Approvals[selector].Status != ApprovalPending {
		return
	}
	s.Approvals[selector].Status, s.Approvals[selector].By = ApprovalApproved, by
	if s.approved() {
		s.cancel()
	}
}

// approved reports whether enough selectors are settled: one in mode ANY, each
// in mode ALL.
func (s *StageReview) approved() bool {
	settled := func(a Approval) bool { return a.Status == ApprovalApproved }
	if s.Mode == Any {
		return slices.ContainsFunc(s.Approvals, settled)
	}
	return !slices.ContainsFunc(s.Approvals, func(a Approval) bool { return !settled(a) })
}

// cancel ends the approvals that nobody has settled.
func (s *StageReview) cancel() {
	for i := range s.Approvals {
		if st := &s.Approvals[i].Status; *st == ApprovalPending || *st == ApprovalBlocked {
			*st = ApprovalCanceled
		}
	}
}
