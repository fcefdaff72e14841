package request

import (
	"fmt"
	"time"
)

// MaxSubstitution is the longest time for which somebody names a substitute.
const MaxSubstitution = 30 * 24 * time.Hour

// Substitution lets somebody decide in another's place, as a data steward, for some
// time. It is not transitive: a substitute of a substitute stands for nobody else.
type Substitution struct {
	Person     PersonID  `json:"person"` // who has named the substitute
	Substitute PersonID  `json:"substitute"`
	From       time.Time `json:"from"`
	Until      time.Time `json:"until"` // at most MaxSubstitution after From
	Reason     string    `json:"reason,omitempty"`
	Named      time.Time `json:"named"`
	Ended      time.Time `json:"ended,omitzero"` // before its time; zero if it was not
}

// Stands reports whether the substitute stands for the person at a time.
func (s Substitution) Stands(at time.Time) bool {
	return s.Ended.IsZero() && !at.Before(s.From) && at.Before(s.Until)
}

// Over reports whether it never stands from a time on.
func (s Substitution) Over(at time.Time) bool { return !s.Ended.IsZero() || !at.Before(s.Until) }

// Check refuses a substitution that nobody may name at some time.
func (s Substitution) Check(now time.Time) error {
	var c checker
	switch s.Substitute {
	case "":
		c.fault("substitute", "is missing")
	case s.Person:
		c.fault("substitute", "is yourself")
	}
	c.short("substitute", string(s.Substitute), MaxPersonBytes)
	switch {
	case !s.Until.After(s.From):
		c.fault("until", "must come after it begins")
	case !s.Until.After(now):
		c.fault("until", "is over already")
	case s.Until.Sub(s.From) > MaxSubstitution:
		c.fault("until", "is %s after it begins, at most 30 days are allowed", fmt.Sprintf("%.0f days", s.Until.Sub(s.From).Hours()/24))
	}
	c.short("reason", s.Reason, MaxTextBytes)
	return c.err("substitution")
}
