package review

import (
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/internal/faults"
)

// checkNarrowing refuses an approval of more than was asked, or of nothing that
// others have left.
func (r Review) checkNarrowing(c *faults.List, d Determination) {
	switch d.Privilege {
	case "", request.Read:
	case request.ReadWrite:
		if r.Asked.Privilege != request.ReadWrite {
			c.Add("privilege", "is more than was asked: %s", r.Asked.Privilege)
		}
	default:
		c.Add("privilege", "is %q, must be %s or %s", d.Privilege, request.Read, request.ReadWrite)
	}
	if !d.Duration.IsZero() && d.Duration.LongerThan(r.Asked.Duration, d.At) {
		c.Add("duration", "is %s, longer than what was asked: %s", d.Duration, r.Asked.Duration)
	}
	for i, column := range d.Columns {
		field := fmt.Sprintf("columns[%d]", i)
		switch {
		case slices.Contains(d.Columns[:i], column):
			c.Add(field, "%q is named twice", column)
		case len(r.Asked.Columns) > 0 && !slices.Contains(r.Asked.Columns, column):
			c.Add(field, "%q was not asked for", column)
		}
	}
	if left := r.narrowed(); len(c.All) == 0 && len(d.Columns) > 0 && len(left.Columns) > 0 && len(both(left.Columns, d.Columns)) == 0 {
		c.Add("columns", "have none in common with what others have approved: %q", left.Columns)
	}
}

// narrowed is what was asked, as the approvals that count leave it.
func (r Review) narrowed() Terms {
	t := r.Asked
	durations := append([]request.Duration{r.Asked.Duration}, r.Limits...)
	if len(r.Limits) == 0 { // as it was stored before each was kept
		durations = append(durations, r.Max)
	}
	for _, d := range r.Determinations {
		if d.Act != Approve || d.Void != "" {
			continue
		}
		durations = append(durations, d.Duration)
		if d.Privilege == request.Read {
			t.Privilege = request.Read
		}
		switch {
		case len(d.Columns) == 0:
		case len(t.Columns) == 0:
			t.Columns = d.Columns
		default:
			t.Columns = both(t.Columns, d.Columns)
		}
	}
	start := r.Decided
	if start.IsZero() {
		start = r.Opened
	}
	t.Duration = request.Shortest(start, durations...)
	return t
}

// both are the columns of a that b has too.
func both(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(column string) bool { return !slices.Contains(b, column) })
}

// Outcome says what the review has come to. What is granted lasts for the shortest of what was asked, what the flows
// allow, and what the stewards who approved have said, compared from the decision; and it is no more than each of them
// has approved.
func (r Review) Outcome() Outcome {
	o := Outcome{Status: r.Status}
	if r.Status == request.Approved {
		o.Granted = r.narrowed()
	}
	return o
}
