package dossier

import (
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Order is the order of a list of what waits for a data steward.
type Order string

// The orders.
const (
	Oldest   Order = "OLDEST" // what was opened first
	Newest   Order = "NEWEST" // what was submitted last
	DueFirst Order = "DUE"    // what has to be decided first; what is never due comes last
)

// Due is when a pending review has to be decided: the end of its open stage, or when it
// lapses, whichever comes first. Zero if never.
func Due(r review.Review) time.Time {
	if r.Status != request.Pending || len(r.Stages) == 0 {
		return time.Time{}
	}
	due := r.Stages[r.Stage()].Due
	if due.IsZero() || !r.Lapses.IsZero() && r.Lapses.Before(due) {
		return r.Lapses
	}
	return due
}
