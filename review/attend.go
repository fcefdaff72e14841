package review

import (
	"slices"
	"time"

	"github.com/grantwright/grantwright/request"
)

// Attendance is who is known to be able to decide by one selector: barred people
// are taken out. Complete says that nobody else can; without it nothing is known of
// those who are not found.
type Attendance struct {
	Match
	People   []request.PersonID
	Complete bool
}

// nobody reports whether it is known that there is nobody.
func (a Attendance) nobody() bool { return a.Complete && len(a.People) == 0 }

// Attend lets GOVERNANCE act for selectors that nobody can meet, and in stages that
// want more people than there are, for good: whoever comes to meet them later still
// counts. Where even governance cannot settle a stage, the review is Unattended.
// Known says who could decide, for each selector of stages that are not done, and
// governance who holds that permission.
func (r Review) Attend(known []Attendance, governance Attendance, now time.Time) Review {
	if r.Status != request.Pending {
		return r
	}
	r = r.clone()
	for i := range r.Stages {
		s := &r.Stages[i]
		if s.Done() {
			continue
		}
		of := slices.DeleteFunc(slices.Clone(known), func(a Attendance) bool { return a.Stage != i || a.Selector >= len(s.Approvals) })
		s.fallBack(of)
		if r.Unattended.IsZero() && s.deserted(of, governance) {
			r.Unattended = now
		}
	}
	return r
}

// fallBack lets GOVERNANCE act where nobody can, or too few.
func (s *StageReview) fallBack(known []Attendance) {
	few := s.short(known)
	for _, a := range known {
		if approval := &s.Approvals[a.Selector]; (few || a.nobody()) && approval.Selector.Permission != request.Governance {
			approval.Fallback = true
		}
	}
}

// short reports whether the stage wants more people than there are.
func (s *StageReview) short(known []Attendance) bool {
	who := map[request.PersonID]bool{}
	for _, a := range known {
		if !a.Complete {
			return false
		}
		for _, p := range a.People {
			who[p] = true
		}
	}
	return len(known) > 0 && len(who) < s.People
}

// deserted reports whether it is known that nobody can settle the stage: neither
// its stewards, nor governance in their place.
func (s *StageReview) deserted(known []Attendance, governance Attendance) bool {
	attended := func(a Attendance) bool { return !a.nobody() }
	switch {
	case !governance.Complete || len(known) == 0:
		return false
	case s.short(append(slices.Clip(known), governance)):
		return true
	case len(governance.People) > 0:
		return false
	case slices.ContainsFunc(known, func(a Attendance) bool { return s.Approvals[a.Selector].Escalated && attended(a) }):
		return false
	case s.Mode == All:
		return slices.ContainsFunc(known, Attendance.nobody)
	}
	return !slices.ContainsFunc(known, attended)
}
