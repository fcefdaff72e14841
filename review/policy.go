package review

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/cel-go/cel"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/internal/condition"
)

// Policy is a flow that is ready to run. It never changes, and serves any number
// of goroutines.
type Policy struct {
	flow       Flow
	rules      []*condition.Program          // in the order of the flow's rules
	conditions map[string]*condition.Program // of selectors, by their text
	stages     map[string]*condition.Program // conditions of stages, by their text
	within     time.Duration                 // bounds the evaluation of all rules
	reads      CoveredReads                  // by any of its conditions
	risk       bool                          // a stage reads assist.risk
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
	p := &Policy{flow: f, conditions: map[string]*condition.Program{}, stages: map[string]*condition.Program{}, within: MaxEvaluation}
	var faults []error
	for _, r := range f.Rules {
		program, err := compile(env, "rule "+r.Name, r.When, cel.BoolType)
		p.rules = append(p.rules, program)
		if err == nil {
			p.reads = p.reads.and(readsCovered(env, r.When))
		}
		faults = append(faults, err, p.compileStages("rule "+r.Name, r.Then))
	}
	faults = append(faults, p.compileStages("default", f.Default))
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Policy) compileStages(rule string, a Action) error {
	facts, err := environment()
	if err != nil {
		return err
	}
	stewards, err := stewardEnvironment()
	if err != nil {
		return err
	}
	var faults []error
	for _, stage := range a.Stages {
		at := rule + ", stage " + stage.Name
		if stage.When != "" {
			program, err := compileFor(facts, at, stage.When, cel.BoolType, true)
			p.stages[stage.When] = program
			if err == nil {
				p.risk = p.risk || program.Reads(condition.OfStages)
				p.reads = p.reads.and(readsCovered(facts, stage.When))
			}
			faults = append(faults, err)
		}
		for _, s := range slices.Concat(stage.Selectors, stage.Limit.Escalate) {
			if s.When == "" {
				continue
			}
			program, err := compile(stewards, at, s.When, cel.BoolType)
			p.conditions[s.When] = program
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// Of identifies the version of the flow.
func (p *Policy) Of() FlowVersion { return p.flow.Of() }

// ReadsRisk reports whether a stage of some policies reads assist.risk.
func ReadsRisk(policies ...*Policy) bool {
	return slices.ContainsFunc(policies, func(p *Policy) bool { return p.risk })
}

// SavedAlone is who saved this version of the flow, if nobody else has seen it.
func (p *Policy) SavedAlone() request.PersonID {
	if p.flow.AgreedBy != "" {
		return ""
	}
	return p.flow.SavedBy
}

// defaultPolicy decides where nothing else does.
var defaultPolicy = &Policy{flow: DefaultFlow}

// Open begins the review of a request under the first of some policies; one that
// delegates passes the request on to the next. Where none is left, DefaultFlow holds. A
// rule may decide at once. It never approves for whoever saved a flow that led to it, or
// has set something else in Facts.Alone, unless a second person has agreed: people are
// asked then. The longest duration
// that a delegating flow allows goes on to hold. Facts must come from NewFacts.
func Open(ctx context.Context, f Facts, policies ...*Policy) (Review, error) {
	if len(f.by) == 0 {
		return Review{}, errors.New("review: facts that do not come from NewFacts say not whose request it is")
	}
	o := opening{facts: f, variables: f.variables()}
	for _, p := range policies {
		o.pinned = append(o.pinned, p.Of())
	}
	var led []*Policy // the flows that have led here
	for _, p := range append(slices.Clip(policies), defaultPolicy) {
		rule, action, trouble := p.decide(ctx, f, o.variables)
		if err := ctx.Err(); err != nil {
			return Review{}, err
		}
		o.why = append(o.why, trouble...)
		o.most = append(o.most, p.flow.Max)
		led = append(led, p)
		if why := o.forSetters(rule, led); action.Act == Approve && why != "" {
			o.why = append(o.why, why)
			action = p.flow.People()
		}
		if action.Act == Approve && f.AskPeople != "" {
			o.why = append(o.why, fmt.Sprintf("flow %s, %s: approves nothing, because %s", p.flow.Name, rule, f.AskPeople))
			action = p.flow.People()
		}
		if action.Act == Delegate {
			o.why = append(o.why, fmt.Sprintf("flow %s, %s: delegates", p.flow.Name, rule))
			continue
		}
		r := p.open(ctx, &o, rule, action)
		return r, ctx.Err()
	}
	return Review{}, errors.New("review: the default flow delegates")
}

// opening is what is known so far of a review that is being opened.
type opening struct {
	facts     Facts
	variables map[string]any
	pinned    []FlowVersion
	why       []string
	most      []request.Duration // that the flows so far allow
}

// choose finds the action of the first rule that holds. Where a rule fails, or time is up, no
// later one is tried: people are asked, those of the default if it has any.
func (p *Policy) choose(ctx context.Context, variables map[string]any) (rule string, a Action, trouble []string) {
	if len(p.flow.Rules) == 0 {
		return "default", p.flow.Default, nil
	}
	ctx, cancel := context.WithTimeout(ctx, p.within)
	defer cancel()
	for i, r := range p.flow.Rules {
		yes, err := holds(ctx, p.rules[i], variables)
		if err != nil {
			trouble = append(trouble, fmt.Sprintf("flow %s, rule %s failed: %v", p.flow.Name, r.Name, err))
			return r.Name, p.flow.People(), trouble
		}
		if yes {
			return r.Name, r.Then, nil
		}
	}
	return "default", p.flow.Default, nil
}

// open makes the review of an action.
func (p *Policy) open(ctx context.Context, o *opening, rule string, a Action) Review {
	now := o.facts.now
	pending := p.flow.Pending
	if pending.IsZero() {
		pending = DefaultPending
	}
	r := Review{
		Version: 1,
		Flow:    p.flow.Of(),
		Pinned:  o.pinned,
		Rule:    rule,
		Comment: a.Comment,
		Status:  request.Pending,
		Asked:   o.facts.asked,
		Max:     request.Shortest(now, append(o.most, a.Duration)...),
		Reasons: p.flow.Reasons,
		Opened:  now.UTC(),
		Alone:   o.pinnedAlone(),
		Lapses:  pending.End(now),
	}
	for _, most := range append(o.most, a.Duration) {
		if !most.IsZero() {
			r.Limits = append(r.Limits, most)
		}
	}
	if !p.flow.OwnRequests {
		r.Barred = slices.Compact(slices.Sorted(slices.Values(o.facts.by)))
		r.BarredGroup = o.facts.group
	}
	switch a.Act {
	case Approve:
		r.Status = request.Approved
	case Deny:
		r.Status = request.Denied
	}
	if r.Status != request.Pending {
		r.Why, r.Decided, r.Lapses = o.why, r.Opened, time.Time{}
		return r
	}
	r.Stages = p.staged(ctx, o, a)
	r.Why = o.why
	return r.counted(r.Opened)
}

// staged makes the stages of an action. Where none applies, somebody is asked all
// the same: governance.
func (p *Policy) staged(ctx context.Context, o *opening, a Action) []StageReview {
	var all []StageReview
	applies := false
	for _, s := range a.Stages {
		passed, trouble := p.passedForAll(ctx, s, o)
		if trouble != "" {
			o.why = append(o.why, fmt.Sprintf("flow %s, %s", p.flow.Name, trouble))
		}
		applies = applies || passed == ""
		all = append(all, newStage(s, passed))
	}
	if !applies {
		o.why = append(o.why, fmt.Sprintf("flow %s: no stage applies: governance is asked", p.flow.Name))
		all = append(all, newStage(governance, ""))
	}
	return all
}

// passed says why a stage does not apply. One whose condition fails applies.
func (p *Policy) passed(ctx context.Context, s Stage, variables map[string]any) (why, trouble string) {
	if s.When == "" {
		return "", ""
	}
	yes, err := holds(ctx, p.stages[s.When], variables)
	switch {
	case err != nil:
		return "", fmt.Sprintf("stage %s applies: its condition failed: %v", s.Name, err)
	case !yes:
		return "its condition does not hold: " + s.When, ""
	}
	return "", ""
}
