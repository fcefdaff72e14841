package comparison

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/internal/formula"
)

// fewer asks for each stage of before whether it can apply where no stage of the changed
// action asks for as much of the same people.
func (c *comparing) fewer(q question) []question {
	before, changed := q.o.action.Stages, q.n.action.Stages
	instead := paired(before, changed)
	var all []question
	for i, stage := range before {
		if at := instead[i]; at >= 0 {
			continue
		}
		var free []int // that may stand for it, where they apply
		for j := range changed {
			if !slices.Contains(instead, j) && covers(changed[j], stage) {
				free = append(free, j)
			}
		}
		one := q
		one.Kind = Fewer
		one.Says = fmt.Sprintf("%s, without %s of before", q.Says, named(stage))
		one.more = func(all wants) bool {
			possible := stage.When == "" || c.wantStage(all, &c.before, stage, formula.Yes|formula.Fault)
			for _, j := range free {
				possible = possible && changed[j].When != "" && c.wantStage(all, &c.changed, changed[j], formula.No)
			}
			return possible
		}
		one.shows = func(was, would review.Review) bool {
			return was.Status == request.Pending && would.Status == request.Pending && was.Flow == c.before.flow.Of() && would.Flow == c.changed.flow.Of() &&
				applies(was, i) && !slices.ContainsFunc(free, func(j int) bool { return applies(would, j) })
		}
		all = append(all, one)
	}
	return all
}

func (c *comparing) wantStage(all wants, s *side, stage review.Stage, to formula.Truth) bool {
	return c.want(all, s.stages[stage.When], s.stages[stage.When].Expr(), to)
}

func applies(r review.Review, stage int) bool {
	return stage < len(r.Stages) && r.Stages[stage].Passed == ""
}

func named(s review.Stage) string { return fmt.Sprintf("the stage %q", s.Name) }

// paired finds for each stage one of others that always applies where it does and asks for
// as much, each once; negative where there is none.
func paired(before, changed []review.Stage) []int {
	instead := make([]int, len(before))
	for i, stage := range before {
		instead[i] = slices.IndexFunc(changed, func(s review.Stage) bool { return reflect.DeepEqual(s, stage) })
		if at := instead[i]; at >= 0 && slices.Contains(instead[:i], at) {
			instead[i] = -1
		}
	}
	for i, stage := range before {
		for j, s := range changed {
			if instead[i] < 0 && !slices.Contains(instead, j) && (s.When == "" || s.When == stage.When) && covers(s, stage) {
				instead[i] = j
			}
		}
	}
	return instead
}

// covers reports whether a stage asks for as much as another one, of the same people or of
// some of them.
func covers(s, other review.Stage) bool {
	of := func(all []review.Selector) func(review.Selector) bool {
		return func(one review.Selector) bool {
			return slices.ContainsFunc(all, func(o review.Selector) bool { return reflect.DeepEqual(one, o) })
		}
	}
	every := func(all []review.Selector, is func(review.Selector) bool) bool {
		return !slices.ContainsFunc(all, func(one review.Selector) bool { return !is(one) })
	}
	switch {
	case people(s) < people(other) || !s.StepUp.Covers(other.StepUp):
		return false
	case s.Limit.Late == review.Escalate && (other.Limit.Late != review.Escalate || !every(s.Limit.Escalate, of(other.Limit.Escalate))):
		return false
	case other.Mode == review.All:
		return s.Mode == review.All && every(other.Selectors, of(s.Selectors)) && (s.People <= 1 || every(s.Selectors, of(other.Selectors)) || s.People >= other.People)
	case s.Mode == review.All && people(other) == 1:
		return slices.ContainsFunc(s.Selectors, of(other.Selectors))
	}
	return every(s.Selectors, of(other.Selectors))
}

// people is how many a stage asks for at least.
func people(s review.Stage) int { return max(1, s.People) }
