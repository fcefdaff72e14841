package review

import (
	"fmt"
	"slices"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/internal/condition"
)

// WarningCode is a kind of danger in a flow.
type WarningCode string

// The dangers that Lint finds; the last two are those that the directory shows.
const (
	OnClaimsAlone    WarningCode = "CLAIMS_ALONE"        // approves on what the platform's own people claim
	ForAnybody       WarningCode = "ANY_BENEFICIARY"     // approves without a look at who gets the access
	WithoutEnd       WarningCode = "ENDLESS"             // approves for ever
	ForWriting       WarningCode = "WRITING"             // approves writing without a look at the privilege
	OfNothing        WarningCode = "HOLDS_OF_NOTHING"    // approves also where a list of facts is empty
	NeverMatches     WarningCode = "NEVER_MATCHES"       // a rule that can never decide
	EverybodyDecides WarningCode = "EVERYBODY_DECIDES"   // a selector that does not look at the steward
	ClaimedStewards  WarningCode = "CLAIMED_STEWARDS"    // a selector by what the platform's own people claim
	OwnRequestsCount WarningCode = "OWN_REQUESTS"        // people decide on what they have asked for
	AnswerNotAsked   WarningCode = "ANSWER_NOT_ASKED"    // a condition reads what a form does not ask for
	StageNeverOpens  WarningCode = "STAGE_NEVER_APPLIES" // the condition of a stage can never hold
	StewardsUnknown  WarningCode = "STEWARDS_UNKNOWN"    // the directory does not know all whom a selector asks
	NoStewards       WarningCode = "NO_STEWARDS"         // nobody whom a selector asks is there
)

// Warning is something in a flow that is most likely not meant, or not safe. It
// stops nobody from saving the flow.
type Warning struct {
	Code WarningCode `json:"code"`
	Rule string      `json:"rule,omitempty"` // such as rule short, or default; empty for the flow as a whole
	Text string      `json:"text"`           // what can happen, and what would be right
}

func (w Warning) String() string {
	if w.Rule == "" {
		return w.Text
	}
	return w.Rule + " " + w.Text
}

// Lint finds what is dangerous in a flow that Compile takes. The forms are those
// that it is used with, where they are known.
func Lint(f Flow, forms ...request.Form) ([]Warning, error) {
	env, err := stewardEnvironment()
	if err != nil {
		return nil, err
	}
	l := linting{env: env, forms: forms, held: map[string]bool{}}
	if f.OwnRequests {
		l.warn(OwnRequestsCount, "", "lets people decide on what they have asked for, or would get, themselves")
	}
	for i, r := range f.Rules {
		if err := l.rule(f, i, r); err != nil {
			return nil, err
		}
	}
	err = l.action("default", f.Default, f, []condition.Alternative{{}})
	for _, form := range forms {
		if form.Duration(nil) == request.Endless && (f.Max.IsZero() || f.Max == request.Endless) {
			l.warn(WithoutEnd, "", "asks for access without an end where form %q is used: the form does not ask for how long, and the flow has no longest duration. Give it one, or let the form ask", form.Name)
		}
		if fault := CheckAnswers(f, form); fault != nil {
			for _, one := range rulesIn(fault) {
				l.warn(AnswerNotAsked, one.Rule, "asks people where form %q is used: %s", form.Name, one.Reason)
			}
		}
	}
	return l.warnings, err
}

// rulesIn takes the faults of conditions out of what joins them.
func rulesIn(err error) []*RuleError {
	var all []*RuleError
	if many, is := err.(interface{ Unwrap() []error }); is {
		for _, one := range many.Unwrap() {
			all = append(all, rulesIn(one)...)
		}
	}
	if one, is := err.(*RuleError); is {
		all = append(all, one)
	}
	return all
}

// linting looks at the rules of a flow, in their order.
type linting struct {
	env      *cel.Env
	forms    []request.Form
	warnings []Warning

	before []string        // the conditions so far, as they are written
	always string          // the rule that always holds, if there was one
	held   map[string]bool // the variables that rules so far have looked at before they denied or asked
}

func (l *linting) warn(code WarningCode, rule, text string, args ...any) {
	l.warnings = append(l.warnings, Warning{code, rule, fmt.Sprintf(text, args...)})
}

func (l *linting) rule(f Flow, i int, r Rule) error {
	name := "rule " + r.Name
	checked, err := l.checked(name, r.When)
	if err != nil {
		return err
	}
	all := condition.Alternatives(checked.NativeRep().Expr())
	live := slices.DeleteFunc(slices.Clone(all), func(a condition.Alternative) bool { return a.Impossible(l.forms) })
	text, err := cel.AstToString(checked)
	if err != nil {
		text = r.When
	}
	switch same := slices.Index(l.before, text); {
	case l.always != "":
		l.warn(NeverMatches, name, "never decides: %s before it always holds", l.always)
	case len(live) == 0:
		l.warn(NeverMatches, name, "can never hold: %s", all[0].Why(l.forms))
	case same >= 0:
		l.warn(NeverMatches, name, "never decides: rule %s before it has the same condition", f.Rules[same].Name)
	}
	l.before = append(l.before, text)
	if slices.ContainsFunc(live, func(a condition.Alternative) bool { return a.Always }) && l.always == "" {
		l.always = name
	}
	if empty := condition.Vacuous(checked.NativeRep().Expr()); r.Then.Act == Approve && len(empty) > 0 {
		l.warn(OfNothing, name, "approves also where %s is empty, as it is where nothing is known%s: add size(%s) > 0, if that is not meant", empty[0], wholly(empty[0]), empty[0])
	}
	if err := l.action(name, r.Then, f, live); err != nil {
		return err
	}
	if r.Then.Act == Deny || r.Then.Act == Ask {
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
func (l *linting) note(e ast.Expr) {
	for _, r := range condition.ReadsOf(e) {
		l.held[r.Path[0]] = true
		if len(r.Path) > 1 {
			l.held[r.Path[0]+"."+r.Path[1]] = true
		}
	}
}

func (l *linting) checked(at, expression string) (*cel.Ast, error) {
	checked, fault := condition.Check(l.env, expression, fieldNames())
	if fault != nil {
		return nil, faulty(at, fault)
	}
	return condition.Fold(l.env, checked)
}

func (l *linting) action(at string, a Action, f Flow, ways []condition.Alternative) error {
	if a.Act == Approve {
		l.approval(at, a, f, ways)
	}
	for _, stage := range a.Stages {
		if err := l.stage(at, stage); err != nil {
			return err
		}
	}
	return nil
}

// approval looks at each way in which a rule comes to approve.
func (l *linting) approval(at string, a Action, f Flow, ways []condition.Alternative) {
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
	bounded := l.held["request.duration"] || l.held["request.endless"] || !f.Max.IsZero() && f.Max != request.Endless || !a.Duration.IsZero() && a.Duration != request.Endless
	if !bounded && some(func(w condition.Alternative) bool { return !w.Reads("request.duration") && !w.Reads("request.endless") }) {
		l.warn(WithoutEnd, at, "approves without an end: no condition looks at request.duration, and neither the action nor the flow has a longest duration")
	}
}

func (l *linting) stage(at string, s Stage) error {
	at += ", stage " + s.Name
	if s.When != "" {
		checked, err := l.checked(at, s.When)
		if err != nil {
			return err
		}
		all := condition.Alternatives(checked.NativeRep().Expr())
		if !slices.ContainsFunc(all, func(a condition.Alternative) bool { return !a.Impossible(l.forms) }) {
			l.warn(StageNeverOpens, at, "can never apply: %s", all[0].Why(l.forms))
		}
	}
	for _, selector := range slices.Concat(s.Selectors, s.Limit.Escalate) {
		if selector.When == "" {
			continue
		}
		checked, err := l.checked(at, selector.When)
		if err != nil {
			return err
		}
		l.selector(at, checked.NativeRep().Expr())
	}
	return nil
}

func (l *linting) selector(at string, e ast.Expr) {
	for _, way := range condition.Alternatives(e) {
		switch {
		case way.Impossible(l.forms):
		case !way.Reads("steward"):
			l.warn(EverybodyDecides, at, "lets everybody decide who comes: the condition of a selector has to look at steward")
			return
		case way.Reads("asset.source"):
			l.warn(ClaimedStewards, at, "lets the platform’s own people say who decides (asset.source): whoever owns a table can name themselves")
			return
		}
	}
}
