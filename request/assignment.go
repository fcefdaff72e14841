package request

import "time"

// Assignment says who was asked by name to decide on a request. It gives no right: whoever
// matches a selector decides, as before.
type Assignment struct {
	Person PersonID  `json:"person"`
	By     PersonID  `json:"by"`
	At     time.Time `json:"at"`
	Stage  int       `json:"stage,omitempty"` // that was open
	Reason string    `json:"reason,omitempty"`
}

// RemindEvery is the least time between two reminders that people send to the data
// stewards of one request, and between the opening of a stage and the first of them.
const RemindEvery = 24 * time.Hour

// RemindFrom is when the data stewards of a request may be reminded next, whose stage was
// opened at a time.
func (r Request) RemindFrom(opened time.Time) time.Time {
	last := r.Reminded
	for _, at := range []time.Time{opened, r.Assigned.At} {
		if at.After(last) {
			last = at
		}
	}
	return last.Add(RemindEvery)
}
