package event

import "time"

// Tally is how often something happened on one day, in UTC, by connection.
type Tally struct {
	Day         string            `json:"day"` // such as 2026-03-01
	Connections map[string]Counts `json:"connections"`
}

// Counts are those of one connection on one day.
type Counts struct {
	Submitted int `json:"submitted,omitempty"` // requests
	Open      int `json:"open,omitempty"`      // of these requests, not settled so far
	Approved  int `json:"approved,omitempty"`  // requests of any day that were approved
	Denied    int `json:"denied,omitempty"`
	Unsettled int `json:"unsettled,omitempty"` // canceled, or lapsed before anybody decided
	ByRule    int `json:"byRule,omitempty"`    // of those that were approved and denied: by no person
	Given     int `json:"given,omitempty"`     // grants that worked for the first time
	Gone      int `json:"gone,omitempty"`      // grants that had worked, and are gone

	Emergencies int `json:"emergencies,omitempty"` // approved at once, before anybody decided; not among ByRule
	Overdue     int `json:"overdue,omitempty"`     // reviews of these that nobody has made in time
	Unjustified int `json:"unjustified,omitempty"` // of the emergencies that were reviewed

	// Waited is how many decisions of people took how long, from the submission on: the
	// first up to the first of Waits, and so on; the last took longer than all of them.
	Waited []int `json:"waited,omitempty"`
}

// Waits are the bounds of Counts.Waited.
var Waits = []time.Duration{time.Hour, 4 * time.Hour, 24 * time.Hour, 3 * 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}

// Wait counts a decision that took so long.
func (c *Counts) Wait(took time.Duration) {
	if c.Waited == nil {
		c.Waited = make([]int, len(Waits)+1)
	}
	i := 0
	for i < len(Waits) && took > Waits[i] {
		i++
	}
	c.Waited[i]++
}

// Plus are the counts of both together.
func (c Counts) Plus(o Counts) Counts {
	sum := Counts{c.Submitted + o.Submitted, c.Open + o.Open, c.Approved + o.Approved, c.Denied + o.Denied, c.Unsettled + o.Unsettled,
		c.ByRule + o.ByRule, c.Given + o.Given, c.Gone + o.Gone, c.Emergencies + o.Emergencies, c.Overdue + o.Overdue, c.Unjustified + o.Unjustified, nil}
	if c.Waited != nil || o.Waited != nil {
		sum.Waited = make([]int, len(Waits)+1)
		for _, w := range [][]int{c.Waited, o.Waited} {
			for i, n := range w {
				sum.Waited[min(i, len(Waits))] += n
			}
		}
	}
	return sum
}
