package decisions

import (
	"context"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// The times at which it is told that nobody is known who could decide on a request: after
// these, and when the last tenth of its time begins. Somebody may come who has never been
// seen, so that it is not told at once, unless somebody has been known before.
const (
	unattendedFirst = 3 * 24 * time.Hour
	unattendedAgain = 7 * 24 * time.Hour
)

// waited counts the times that have passed at which it is told that a review waits for
// nobody.
func waited(rev review.Review, now time.Time) (passed int) {
	times := []time.Time{rev.Opened.Add(unattendedFirst), rev.Opened.Add(unattendedAgain)}
	if !rev.Lapses.IsZero() {
		times = append(times, rev.Lapses.Add(-rev.Lapses.Sub(rev.Opened)/10))
	}
	for _, at := range times {
		if !now.Before(at) {
			passed++
		}
	}
	return passed
}

// unattended is why it is told now that nobody can decide on a review; empty where it is
// not. It notes in the recheck that it was told, so that each time is told once.
func unattended(r *records.Recheck, deciders request.Deciders, rev review.Review, now time.Time) string {
	if !deciders.Nobody() {
		return ""
	}
	passed, none := waited(rev, now), deciders == request.DecidersNone
	vanished := r.Deciders != "" && !r.Deciders.Nobody() && r.Stage == rev.Stage()
	late, first := passed > r.Told, none && (rev.Unattended.IsZero() || r.Deciders != request.DecidersNone)
	if !late && !first && !vanished {
		return ""
	}
	r.Told = max(passed, r.Told)
	why := "nobody is known who could decide; somebody may come who has never been seen"
	switch {
	case none:
		why = "there is nobody who could decide, nor anybody of GOVERNANCE"
	case vanished:
		why = "nobody is known any more who could decide: those who could have left, or their group has another name"
	}
	if late && !rev.Lapses.IsZero() {
		why += fmt.Sprintf("; it lapses on %s", rev.Lapses.UTC().Format(time.DateOnly))
	}
	return why
}

// Deciders is how well those were known at the last look who could decide on a request.
func (ds *Decisions) Deciders(ctx context.Context, id request.ID) (request.Deciders, error) {
	read, err := records.Rechecks.Get(ctx, ds.Store, id)
	return read.Value.Deciders, journal.UnlessMissing(err)
}

// decidersOf says how well those are known who could decide on the open stage. A review is
// Unattended if it is known that nobody can.
func decidersOf(rev review.Review, known []review.Attendance, governance review.Attendance) request.Deciders {
	switch {
	case !rev.Unattended.IsZero():
		return request.DecidersNone
	case unfound(rev, known, governance):
		return request.DecidersUnknown
	}
	for _, a := range known {
		if a.Stage == rev.Stage() && !a.Complete {
			return request.DecidersPartly
		}
	}
	return request.DecidersKnown
}

// unfound reports whether nobody is known who could settle the open stage of a review, or too
// few are.
func unfound(rev review.Review, known []review.Attendance, governance review.Attendance) bool {
	stage := rev.Stages[rev.Stage()]
	found, wanted, inPlace := 0, 0, false
	people := map[request.PersonID]bool{}
	for _, p := range stage.ApprovedBy {
		people[p] = true
	}
	for _, a := range known {
		if a.Stage != rev.Stage() {
			continue
		}
		approval := stage.Approvals[a.Selector]
		could := a.People
		if approval.Fallback {
			could = append(could[:len(could):len(could)], governance.People...)
		}
		for _, p := range could {
			people[p] = true
		}
		there := len(could) > 0
		inPlace = inPlace || approval.Escalated && there
		if approval.Status != review.ApprovalPending || approval.Escalated {
			continue
		}
		if wanted++; there {
			found++
		}
	}
	switch {
	case inPlace: // one of those to whom it was escalated stands for all that are missing
		return false
	case len(people) < stage.People:
		return true
	case stage.Mode == review.All:
		return found < wanted
	}
	return found == 0 && wanted > 0
}
