package review

import (
	"strings"
	"unicode/utf8"

	"github.com/grantwright/grantwright/request"
)

// MaxCommentBytes bounds the reason that somebody gives for an act.
const MaxCommentBytes = 4000

func CheckReason(reason string) error {
	fault := ""
	switch {
	case len(reason) > MaxCommentBytes:
		fault = "is too long, at most 4000 bytes are allowed"
	case !utf8.ValidString(reason) || strings.ContainsRune(reason, 0):
		fault = "holds a NUL character, or is not valid UTF-8"
	default:
		return nil
	}
	return &request.InvalidError{What: "reason", Faults: []request.Fault{{Field: "reason", Reason: fault}}}
}

// Deciders are the stewards who have said something in a review.
func Deciders(rev Review) []request.PersonID {
	var who []request.PersonID
	for _, d := range rev.Determinations {
		who = append(who, d.By)
	}
	return who
}

// Decision is a determination of one request among several.
type Decision struct {
	Request request.ID
	Determination
}

// Decided is what became of a Decision.
type Decided struct {
	Request request.Request // zero if the determination did not count
	Err     error           // why it did not
}

// MaxDecisions bounds the decisions of one call.
const MaxDecisions = 100
