package review

import (
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/internal/faults"
)

// MaxCommentBytes bounds the reason that somebody gives for an act.
const MaxCommentBytes = 4000

// CheckReason refuses a reason that is too long, or that no store can keep. None at all
// is fine: whoever needs one asks for it.
func CheckReason(reason string) error {
	var c faults.List
	if len(reason) > MaxCommentBytes {
		c.Add("reason", "is too long, at most %d bytes are allowed", MaxCommentBytes)
	} else {
		c.Text("reason", reason)
	}
	return c.Err("reason")
}

// Deciders are the stewards who have determined something in the review, in the order of
// their determinations: whoever has done so twice is there twice. Nil if nobody has.
func (r Review) Deciders() []request.PersonID {
	var who []request.PersonID
	for _, d := range r.Determinations {
		who = append(who, d.By)
	}
	return who
}

// Decision is a determination of one request among several.
type Decision struct {
	Request request.ID
	Determination
}

// Decided is the result of a Decision.
type Decided struct {
	Request request.Request // zero if the determination did not count
	Err     error           // why it did not
}

// MaxDecisions bounds the decisions of one call.
const MaxDecisions = 100
