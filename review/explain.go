package review

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/interpreter"

	"github.com/grantwright/grantwright/review/internal/condition"
)

// Verdict is the value of a condition, or of a part of one.
type Verdict string

// The verdicts.
const (
	Holds       Verdict = "HOLDS"
	HoldsNot    Verdict = "HOLDS_NOT"
	CannotTell  Verdict = "CANNOT_TELL" // a fact is not there, or a limit was reached: people are asked
	NotLookedAt Verdict = "NOT_LOOKED_AT"
)

// Explanation says why a flow does with a request what it does: which of its rules
// holds, and why those before it do not.
type Explanation struct {
	Flow  FlowVersion     `json:"flow"`
	Rules []ExplainedRule `json:"rules"` // in the order in which they are tried; those after the one that holds are not looked at
	Rule  string          `json:"rule"`  // the one that holds, or "default"
	Says  string          `json:"says"`  // what the flow does then, in words

	// Because names what kept the rule from deciding by itself: a condition that failed,
	// or something that is covered, for which another rule holds.
	Because []string `json:"because,omitempty"`

	Stages []ExplainedRule `json:"stages,omitempty"` // that have a condition of their own, of what the flow does
}

// ExplainedRule is a condition with what it comes to.
type ExplainedRule struct {
	Rule    string  `json:"rule"` // or the stage
	When    string  `json:"when"`
	Verdict Verdict `json:"verdict"`
	Error   string  `json:"error,omitempty"` // of a condition that cannot be told
	Parts   []Part  `json:"parts,omitempty"` // all of which must hold
}

// Part is one of the conditions that && joins.
type Part struct {
	Condition string     `json:"condition"` // as it is written
	Words     string     `json:"words"`     // the same for people
	Verdict   Verdict    `json:"verdict"`
	Reads     []FactRead `json:"reads,omitempty"`
}

// FactRead is a fact that a part reads.
type FactRead struct {
	Name  string `json:"name"`            // such as request.duration
	Words string `json:"words"`           // such as the duration asked for
	Value string `json:"value,omitempty"` // for people; empty where the fact is not there
}

// Explain says why some policies do with a request what they do now, in the order
// in which they are asked: the last of the result is the one that does not pass on
// to the next. It compiles each condition anew and evaluates all of its parts, so
// that it is for people who ask, and not for the way of a request.
func Explain(ctx context.Context, f Facts, policies ...*Policy) ([]Explanation, error) {
	var all []Explanation
	for _, p := range append(policies[:len(policies):len(policies)], defaultPolicy) {
		e, action, err := p.explain(ctx, f)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
		if action.Act != Delegate {
			return all, nil
		}
	}
	return all, nil
}

func (p *Policy) explain(ctx context.Context, f Facts) (Explanation, Action, error) {
	variables := f.variables()
	rule, action, because := p.decide(ctx, f, variables)
	e := Explanation{Flow: p.flow.Of(), Rule: rule, Says: action.Says(), Because: because}
	past := false
	for i, r := range p.flow.Rules {
		one := ExplainedRule{Rule: r.Name, When: r.When, Verdict: NotLookedAt}
		if !past {
			one = explained(ctx, p.rules[i], f, variables, one)
			past = r.Name == rule
		}
		e.Rules = append(e.Rules, one)
	}
	for _, s := range action.Stages {
		if s.When != "" {
			e.Stages = append(e.Stages, explained(ctx, p.stages[s.When], f, variables, ExplainedRule{Rule: s.Name, When: s.When}))
		}
	}
	return e, action, ctx.Err()
}

// explained says what a condition comes to, by the program that decides, and what
// its parts come to, by one of its own.
func explained(ctx context.Context, decides *condition.Program, f Facts, variables map[string]any, r ExplainedRule) ExplainedRule {
	yes, err := holds(ctx, decides, variables)
	switch {
	case err != nil:
		r.Verdict, r.Error = CannotTell, err.Error()
	case yes:
		r.Verdict = Holds
	default:
		r.Verdict = HoldsNot
	}
	r.Parts = partsOf(ctx, r.When, f, variables)
	return r
}

// partsOf evaluates all that && joins, also what follows on something that does
// not hold.
func partsOf(ctx context.Context, when string, f Facts, variables map[string]any) []Part {
	env, err := explainEnvironment()
	if err != nil {
		return nil
	}
	checked, issues := env.Compile(when)
	if issues.Err() != nil {
		return nil
	}
	if variables = maps.Clone(variables); f.Assist.Risk == "" {
		delete(variables, condition.OfStages)
	}
	state, err := condition.States(ctx, env, checked, variables)
	if err != nil {
		return nil
	}
	w := condition.Wording{Info: checked.NativeRep().SourceInfo(), Fact: func(path []string) string { return wordsFor(path, f.form) }}
	var parts []Part
	for _, e := range condition.Joined(checked.NativeRep().Expr(), operators.LogicalAnd) {
		parts = append(parts, Part{Condition: w.Source(e), Words: w.Of(e), Verdict: verdictOf(state, e), Reads: factsRead(w, state, e)})
	}
	return parts
}

func verdictOf(state interpreter.EvalState, e ast.Expr) Verdict {
	switch yes, known := condition.Truth(state, e); {
	case !known:
		return CannotTell
	case yes:
		return Holds
	}
	return HoldsNot
}

// factsRead lists the facts that a part reads, each once.
func factsRead(w condition.Wording, state interpreter.EvalState, e ast.Expr) []FactRead {
	var all []FactRead
	for _, r := range condition.FactsRead(e) {
		all = append(all, FactRead{Name: r.Name(), Words: w.Fact(r.Path), Value: condition.ValueRead(state, r)})
	}
	return all
}

// Says tells in words what an action does.
func (a Action) Says() string {
	switch a.Act {
	case Approve:
		if !a.Duration.IsZero() {
			return fmt.Sprintf("approves at once, for %s at most", strings.ToLower(a.Duration.String()))
		}
		return "approves at once"
	case Deny:
		return "denies at once"
	case Delegate:
		return "passes on to the next flow"
	}
	var stages []string
	for _, s := range a.Stages {
		stages = append(stages, s.says())
	}
	return "asks people: " + strings.Join(stages, "; then ")
}
