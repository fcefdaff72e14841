package review

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/cel-go/cel"

	"github.com/grantwright/grantwright/request"
)

// Policy is a flow that is ready to run. It never changes, and serves any number
// of goroutines.
type Policy struct {
	flow       Flow
	rules      []cel.Program          // in the order of the flow's rules
	conditions map[string]cel.Program // of selectors, by their text
}

// Compile checks a flow and makes it ready. Its errors are
// *request.InvalidError for the shape and *RuleError for a condition, joined.
func Compile(f Flow) (*Policy, error) {
	if err := f.validate(); err != nil {
		return nil, err
	}
	env, err := environment()
	if err != nil {
		return nil, err
	}
	p := &Policy{flow: f, conditions: map[string]cel.Program{}}
	var faults []error
	for _, r := range f.Rules {
		program, err := compile(env, "rule "+r.Name, r.When, cel.BoolType)
		p.rules = append(p.rules, program)
		faults = append(faults, err, p.compileSelectors("rule "+r.Name, r.Then))
	}
	faults = append(faults, p.compileSelectors("default", f.Default))
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Policy) compileSelectors(rule string, a Action) error {
	env, err := stewardEnvironment()
	if err != nil {
		return err
	}
	var faults []error
	for _, stage := range a.Stages {
		for _, s := range stage.Selectors {
			if s.When == "" {
				continue
			}
			program, err := compile(env, rule+", stage "+stage.Name, s.When, cel.BoolType)
			p.conditions[s.When] = program
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// Of identifies the version of the flow.
func (p *Policy) Of() FlowVersion { return p.flow.Of() }

// defaultPolicy decides where nothing else does.
var defaultPolicy = &Policy{flow: DefaultFlow}

// Open begins the review of a request under the first of some policies; one that
// delegates passes on to the next. Where none is left, DefaultFlow holds. The
// review may be decided at once, but never approved for whoever saved the flow:
// then people are asked. Facts must come from NewFacts.
func Open(ctx context.Context, f Facts, policies ...*Policy) (Review, error) {
	if len(f.by) == 0 {
		return Review{}, errors.New("review: facts that do not come from NewFacts say not whose request it is")
	}
	var why []string
	for _, p := range append(slices.Clip(policies), defaultPolicy) {
		rule, action, trouble := p.choose(ctx, f)
		if err := ctx.Err(); err != nil {
			return Review{}, err
		}
		why = append(why, trouble...)
		if action.Act == Approve && slices.Contains(f.by, p.flow.SavedBy) {
			why = append(why, fmt.Sprintf("flow %s, %s: approves nothing for %s, who saved it", p.flow.Name, rule, p.flow.SavedBy))
			action = p.people()
		}
		if action.Act == Delegate {
			why = append(why, fmt.Sprintf("flow %s, %s: delegates", p.flow.Name, rule))
			continue
		}
		r := p.open(f, rule, action)
		r.Why = why
		return r, nil
	}
	return Review{}, errors.New("review: the default flow delegates")
}

// choose finds the action of the first rule that holds. Where a rule fails, no
// later one is tried: people are asked, those of the default if it has any.
func (p *Policy) choose(ctx context.Context, f Facts) (rule string, a Action, trouble []string) {
	variables := f.variables()
	for i, r := range p.flow.Rules {
		yes, err := holds(ctx, p.rules[i], variables)
		if err != nil {
			trouble = append(trouble, fmt.Sprintf("flow %s, rule %s failed: %v", p.flow.Name, r.Name, err))
			return r.Name, p.people(), trouble
		}
		if yes {
			return r.Name, r.Then, nil
		}
	}
	return "default", p.flow.Default, nil
}

func (p *Policy) people() Action {
	if p.flow.Default.Act == Ask {
		return p.flow.Default
	}
	return DefaultFlow.Default
}

// open makes the review of an action.
func (p *Policy) open(f Facts, rule string, a Action) Review {
	pending := p.flow.Pending
	if pending.IsZero() {
		pending = DefaultPending
	}
	r := Review{
		Version: 1,
		Flow:    p.flow.Of(),
		Rule:    rule,
		Comment: a.Comment,
		Status:  request.Pending,
		Asked:   f.asked,
		Max:     request.Shortest(f.now, p.flow.Max, a.Duration),
		Opened:  f.now.UTC(),
		Lapses:  pending.End(f.now),
	}
	if !p.flow.OwnRequests {
		r.Barred = slices.Compact(slices.Sorted(slices.Values(f.by)))
	}
	switch a.Act {
	case Approve:
		r.Status = request.Approved
	case Deny:
		r.Status = request.Denied
	}
	if r.Status != request.Pending {
		r.Decided, r.Lapses = r.Opened, time.Time{}
		return r
	}
	for _, s := range a.Stages {
		r.Stages = append(r.Stages, newStage(s))
	}
	r.Stages[0].open()
	return r
}

// Matches lists the selectors of a review, of all stages, that a steward matches
// now. A selector that fails does not match.
func (p *Policy) Matches(ctx context.Context, r Review, f Facts, steward request.Identity) ([]Match, error) {
	var matches []Match
	variables := f.variables()
	variables["steward"] = FactsOf(steward)
	for s, stage := range r.Stages {
		for a, approval := range stage.Approvals {
			if p.matches(ctx, approval.Selector, steward, variables) {
				matches = append(matches, Match{Stage: s, Selector: a})
			}
		}
	}
	return matches, ctx.Err()
}

func (p *Policy) matches(ctx context.Context, s Selector, steward request.Identity, variables map[string]any) bool {
	switch {
	case s.Person != "":
		return steward.Person() == s.Person
	case s.Group != "":
		return slices.Contains(steward.Groups, s.Group)
	case s.Attribute != nil:
		return slices.Contains(steward.Attributes[s.Attribute.Key], s.Attribute.Value)
	case s.Permission != "":
		return steward.Has(s.Permission)
	}
	program := p.conditions[s.When]
	if program == nil {
		return false
	}
	yes, err := holds(ctx, program, variables)
	return yes && err == nil
}
