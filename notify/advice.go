package notify

import (
	"fmt"

	"github.com/grantwright/grantwright/request"
)

// AdviceBrief is review assist in short, as it was when the notice was made.
type AdviceBrief struct {
	Recommendation string           `json:"recommendation"`    // APPROVE, APPROVE_FOR, DENY or NONE
	Duration       request.Duration `json:"duration,omitzero"` // of APPROVE_FOR
	Risk           string           `json:"risk"`              // LOW, MODERATE or HIGH
	Denial         float64          `json:"denial"`            // the chance that data stewards deny, 0 to 1
}

// Length and Unit are the parts of the duration, as those of Message.
func (a AdviceBrief) Length() string { return lengthOf(a.Duration) }

// Unit is the unit of the duration.
func (a AdviceBrief) Unit() string { return unitOf(a.Duration) }

// Percent is the chance of a denial in percent, without its sign.
func (a AdviceBrief) Percent() string { return fmt.Sprintf("%.0f", 100*a.Denial) }
