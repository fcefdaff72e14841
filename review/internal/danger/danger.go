// Package danger looks in the conditions of a flow for ways in which they hold that are not
// safe, or most likely not meant.
package danger

import (
	"fmt"
	"slices"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/internal/condition"
)

// The codes of warnings.
const (
	OnClaimsAlone    = "CLAIMS_ALONE"
	ForAnybody       = "ANY_BENEFICIARY"
	WithoutEnd       = "ENDLESS"
	ForWriting       = "WRITING"
	OfNothing        = "HOLDS_OF_NOTHING"
	NeverMatches     = "NEVER_MATCHES"
	EverybodyDecides = "EVERYBODY_DECIDES"
	ClaimedStewards  = "CLAIMED_STEWARDS"
	StageNeverOpens  = "STAGE_NEVER_APPLIES"
	RiskUndetermined = "RISK_UNDETERMINED"
)

// Rule is a rule of a flow, as far as it can be dangerous.
type Rule struct {
	Name, When string
	Then       Action
}

// Action is the action of a rule, or of the default.
type Action struct {
	Approves bool // at once
	Keeps    bool // it denies or asks: later rules decide nothing of the same
	Bounded  bool // the action, or its flow, has a longest duration
	Stages   []Stage
}

// Stage is a stage of an action.
type Stage struct {
	Name, When string
	Selectors  []string // the conditions of those that have one
}

// Warning is something dangerous at a rule, or at a stage of one.
type Warning struct{ Code, At, Text string }

// Linting looks at the rules of one flow, in their order.
type Linting struct {
	Env      *cel.Env
	Forms    []request.Form
	Fields   []string // the names of facts, for those that are misspelled
	Fault    func(at string, fault *condition.Fault) error
	Warnings []Warning

	before, names []string        // the conditions so far, as they are written, and their rules
	always        string          // the rule that always holds, if there was one
	held          map[string]bool // the variables that rules so far have looked at before they denied or asked
}

func (l *Linting) warn(code, at, text string, args ...any) {
	l.Warnings = append(l.Warnings, Warning{code, at, fmt.Sprintf(text, args...)})
}

// Rule looks at the next rule.
func (l *Linting) Rule(r Rule) error {
	name := "rule " + r.Name
	checked, err := l.unadvised(name, r.When)
	if err != nil {
		return err
	}
	all := condition.Alternatives(checked.NativeRep().Expr())
	live := slices.DeleteFunc(slices.Clone(all), func(a condition.Alternative) bool { return a.Impossible(l.Forms) })
	text, err := cel.AstToString(checked)
	if err != nil {
		text = r.When
	}
	switch same := slices.Index(l.before, text); {
	case l.always != "":
		l.warn(NeverMatches, name, "never decides: %s before it always holds", l.always)
	case len(live) == 0:
		l.warn(NeverMatches, name, "can never hold: %s", all[0].Why(l.Forms))
	case same >= 0:
		l.warn(NeverMatches, name, "never decides: rule %s before it has the same condition", l.names[same])
	}
	l.before, l.names = append(l.before, text), append(l.names, r.Name)
	if slices.ContainsFunc(live, func(a condition.Alternative) bool { return a.Always }) && l.always == "" {
		l.always = name
	}
	if empty := condition.Vacuous(checked.NativeRep().Expr()); r.Then.Approves && len(empty) > 0 {
		l.warn(OfNothing, name, "approves also where %s is empty, as it is where nothing is known%s: add size(%s) > 0, if that is not meant", empty[0], wholly(empty[0]), empty[0])
	}
	if err := l.action(name, r.Then, live); err != nil {
		return err
	}
	if r.Then.Keeps {
		l.note(checked.NativeRep().Expr())
	}
	return nil
}

// wholly says what an empty list of columns means.
func wholly(list string) string {
	if list == "request.columns" {
		return ", or where the whole asset is asked for"
	}
	return ""
}

// note remembers what a rule has looked at that keeps requests from later ones.
func (l *Linting) note(e ast.Expr) {
	if l.held == nil {
		l.held = map[string]bool{}
	}
	for _, r := range condition.ReadsOf(e) {
		l.held[r.Path[0]] = true
		if len(r.Path) > 1 {
			l.held[r.Path[0]+"."+r.Path[1]] = true
		}
	}
}

func (l *Linting) checked(at, expression string) (*cel.Ast, error) {
	checked, fault := condition.Check(l.Env, expression, l.Fields)
	if fault != nil {
		return nil, l.Fault(at, fault)
	}
	return condition.Fold(l.Env, checked)
}

// unadvised is checked for a condition that must not read advice.
func (l *Linting) unadvised(at, expression string) (*cel.Ast, error) {
	checked, err := l.checked(at, expression)
	if err != nil {
		return nil, err
	}
	if e, reason := condition.Advised(checked.NativeRep().Expr()); e != nil {
		return nil, l.Fault(at, condition.FaultAt(expression, checked.NativeRep().SourceInfo().GetStartLocation(e.ID()), reason, l.Fields))
	}
	return checked, nil
}

// Default looks at the default action, after all rules.
func (l *Linting) Default(a Action) error {
	return l.action("default", a, []condition.Alternative{{}})
}

func (l *Linting) action(at string, a Action, ways []condition.Alternative) error {
	if a.Approves {
		l.approval(at, a, ways)
	}
	for _, stage := range a.Stages {
		if err := l.stage(at, stage); err != nil {
			return err
		}
	}
	return nil
}

// approval looks at each way in which a rule comes to approve.
func (l *Linting) approval(at string, a Action, ways []condition.Alternative) {
	some := func(lacks func(condition.Alternative) bool) bool { return slices.ContainsFunc(ways, lacks) }
	if some(condition.Alternative.OnClaims) {
		l.warn(OnClaimsAlone, at, "approves on what the platform’s own people claim (asset.source): whoever owns a table can have it approved. Ask for something that governance or the directory says")
	}
	if some(func(w condition.Alternative) bool { return !w.Reads("beneficiary") && !l.held["beneficiary"] }) {
		l.warn(ForAnybody, at, "approves for anybody: no condition looks at the beneficiary. Add one, such as 'analysts' in beneficiary.groups")
	}
	if some(func(w condition.Alternative) bool {
		return !w.Reads("request.privilege") && !l.held["request.privilege"]
	}) {
		l.warn(ForWriting, at, "approves writing as well as reading: no condition looks at request.privilege")
	}
	bounded := a.Bounded || l.held["request.duration"] || l.held["request.endless"]
	if !bounded && some(func(w condition.Alternative) bool { return !w.Reads("request.duration") && !w.Reads("request.endless") }) {
		l.warn(WithoutEnd, at, "approves without an end: no condition looks at request.duration, and neither the action nor the flow has a longest duration")
	}
}

func (l *Linting) stage(at string, s Stage) error {
	at += ", stage " + s.Name
	if s.When != "" {
		checked, err := l.checked(at, s.When)
		if err != nil {
			return err
		}
		all := condition.Alternatives(checked.NativeRep().Expr())
		can := func(a condition.Alternative) bool { return !a.Impossible(l.Forms) }
		if !slices.ContainsFunc(all, can) {
			l.warn(StageNeverOpens, at, "can never apply: %s", all[0].Why(l.Forms))
		} else if !slices.ContainsFunc(all, func(a condition.Alternative) bool { return can(a.Where("assist.risk", "UNDETERMINED")) }) {
			l.warn(RiskUndetermined, at, "is passed where too little precedent says what the risk is, as in a new installation: add || assist.risk == \"UNDETERMINED\", if that is not meant")
		}
	}
	for _, when := range s.Selectors {
		checked, err := l.unadvised(at, when)
		if err != nil {
			return err
		}
		l.selector(at, checked.NativeRep().Expr())
	}
	return nil
}

func (l *Linting) selector(at string, e ast.Expr) {
	for _, way := range condition.Alternatives(e) {
		switch {
		case way.Impossible(l.Forms):
		case !way.Reads("steward"):
			l.warn(EverybodyDecides, at, "lets everybody decide who comes: the condition of a selector has to look at steward")
			return
		case way.Reads("asset.source"):
			l.warn(ClaimedStewards, at, "lets the platform’s own people say who decides (asset.source): whoever owns a table can name themselves")
			return
		}
	}
}
