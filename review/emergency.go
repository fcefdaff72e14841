package review

import (
	"fmt"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/internal/faults"
)

// Emergency lets people have access at once, which ends by itself and is reviewed afterwards.
// Its selectors name a person, a group, an attribute or a permission.
type Emergency struct {
	For     []Selector       `json:"for"`              // who may have it, for themselves
	Longest request.Duration `json:"longest"`          // it ends after this time; at most MaxEmergency
	Tell    []Selector       `json:"tell,omitempty"`   // are told at once, beside the data stewards, the owners and GOVERNANCE
	Review  []Selector       `json:"review,omitempty"` // may review it afterwards, beside GOVERNANCE
	Within  request.Duration `json:"within,omitzero"`  // its review is overdue after this time; zero means EmergencyReview
}

// The bounds of an Emergency.
var (
	MaxEmergency    = request.For(24, request.Hours)
	EmergencyReview = request.For(3, request.Days)
)

func (e *Emergency) validate(c *faults.List) {
	checkSelectors(c, "emergency.for", e.For)
	for field, all := range map[string][]Selector{"for": e.For, "tell": e.Tell, "review": e.Review} {
		for i, s := range all {
			if s.Criterion() == (request.Criterion{}) || s.fields() != 1 || i == MaxSelectors {
				c.Add(fmt.Sprintf("emergency.%s[%d]", field, i), "must name a person, a group, an attribute or a permission, and be one of at most %d", MaxSelectors)
			}
		}
	}
	c.Duration("emergency.within", e.Within)
	if c.Duration("emergency.longest", e.Longest); e.Longest.IsZero() || e.Longest.LongerThan(MaxEmergency, checkedAt) {
		c.Add("emergency.longest", "must be given, and be %s at most", MaxEmergency)
	}
}

// Emergency is that of the flow; nil lets nobody have access at once.
func (p *Policy) Emergency() *Emergency { return p.flow.Emergency }
