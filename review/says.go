package review

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/grantwright/grantwright/request"
)

// Says tells in words what a flow has done with a request when the review was
// opened.
func (r Review) Says() string {
	limit := ""
	if !r.Max.IsZero() && r.Max != request.Endless {
		limit = ", for " + strings.ToLower(r.Max.String()) + " at most"
	}
	switch {
	case len(r.Stages) == 0 && r.Status == request.Denied:
		return "denies at once"
	case len(r.Stages) == 0:
		return "approves at once" + limit
	}
	var stages []string
	for _, s := range r.Stages {
		if s.Passed == "" {
			stages = append(stages, s.says())
		}
	}
	return "asks people: " + strings.Join(stages, "; then ") + limit
}

func (s StageReview) says() string {
	stage := Stage{Mode: s.Mode, People: s.People, StepUp: s.StepUp}
	for _, a := range s.Approvals {
		stage.Selectors = append(stage.Selectors, a.Selector)
	}
	return stage.says()
}

// says tells in words who has to approve.
func (s Stage) says() string {
	var who []string
	for _, selector := range s.Selectors {
		who = append(who, selector.String())
	}
	text := s.needs() + " " + strings.Join(who, ", ")
	if !s.StepUp.IsZero() {
		text += ", " + s.StepUp.String()
	}
	return text
}

// needs tells how many have to approve.
func (s Stage) needs() string {
	switch {
	case s.Mode == AtLeast:
		return fmt.Sprintf("%d people of", s.People)
	case s.Mode == All && len(s.Selectors) > 1 && s.People > 1:
		return fmt.Sprintf("each, by %d people, of", s.People)
	case s.Mode == All && len(s.Selectors) > 1:
		return "each of"
	case s.Mode == Any && len(s.Selectors) > 1:
		return "one of"
	}
	return "somebody of"
}

// OpensLike reports whether two reviews opened with the same result: the same decision
// with the same comment, or the same people asked, with the same limits.
func (r Review) OpensLike(o Review) bool { return reflect.DeepEqual(r.opened(), o.opened()) }

// opened is what a flow has said of a review, without whatever came after, and
// without the flow.
func (r Review) opened() Review {
	return Review{Comment: r.Comment, Status: r.Status, Max: r.Max, Reasons: r.Reasons, Barred: r.Barred, Stages: r.Stages, Opened: r.Opened, Lapses: r.Lapses}
}
