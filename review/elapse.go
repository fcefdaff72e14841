package review

import (
	"fmt"
	"time"

	"github.com/grantwright/grantwright/request"
)

// Elapse returns the review as it is at the time now if nobody acts: stewards are
// reminded, a stage whose time is over is escalated, denied or lapses, and the
// whole lapses when it has been pending for too long.
func (r Review) Elapse(now time.Time) Review {
	for at := r.Next(); !at.IsZero() && !now.Before(at); at = r.Next() {
		r = r.clone()
		r.elapse(at, now)
	}
	return r
}

// elapse does what was due at some time, of a clone.
func (r *Review) elapse(at, now time.Time) {
	s := &r.Stages[r.Stage()]
	switch {
	case at.Equal(r.Lapses):
		*r = r.over(request.Lapsed, now, "")
	case !at.Equal(s.Due):
		s.Reminded++
		for !s.Remind.After(now) {
			s.Remind = s.Limit.Remind.End(s.Remind)
		}
	case s.Limit.Late == Escalate:
		s.escalate(now)
		r.Version++
		r.Why = append(r.Why, fmt.Sprintf("stage %s: nobody has decided within %s: escalated", s.Name, s.Limit.Within))
	case s.Limit.Late == DenyLate:
		*r = r.over(request.Denied, now, fmt.Sprintf("stage %s: nobody has decided within %s: denied", s.Name, s.Limit.Within))
	default:
		*r = r.over(request.Lapsed, now, fmt.Sprintf("stage %s: nobody has decided within %s: lapsed", s.Name, s.Limit.Within))
	}
}

// over ends the review by time.
func (r Review) over(s request.Status, now time.Time, why string) Review {
	r.Version++
	if why != "" {
		r.Why = append(r.Why, why)
	}
	return r.closed(s, now)
}

// Next is when Elapse changes something; zero if it never does.
func (r Review) Next() time.Time {
	if r.Status != request.Pending {
		return time.Time{}
	}
	next := r.Lapses
	if len(r.Stages) == 0 {
		return next
	}
	s := &r.Stages[r.Stage()]
	for _, at := range []time.Time{s.Due, s.Remind} {
		if next.IsZero() || !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	return next
}
