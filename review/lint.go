package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/internal/condition"
	"github.com/grantwright/grantwright/review/internal/danger"
)

// WarningCode is a kind of danger in a flow.
type WarningCode string

// The dangers that Lint finds; the last five are those that the directory and the inventory show.
const (
	OnClaimsAlone    WarningCode = danger.OnClaimsAlone    // approves on what the platform's own people claim
	ForAnybody       WarningCode = danger.ForAnybody       // approves without a look at who gets the access
	WithoutEnd       WarningCode = danger.WithoutEnd       // approves for ever
	ForWriting       WarningCode = danger.ForWriting       // approves writing without a look at the privilege
	OfNothing        WarningCode = danger.OfNothing        // approves also where a list of facts is empty
	NeverMatches     WarningCode = danger.NeverMatches     // a rule that can never decide
	EverybodyDecides WarningCode = danger.EverybodyDecides // a selector that does not look at the steward
	ClaimedStewards  WarningCode = danger.ClaimedStewards  // a selector by what the platform's own people claim
	OwnRequestsCount WarningCode = "OWN_REQUESTS"          // people decide on what they have asked for
	AnswerNotAsked   WarningCode = "ANSWER_NOT_ASKED"      // a condition reads what a form does not ask for
	StageNeverOpens  WarningCode = danger.StageNeverOpens  // the condition of a stage can never hold
	RiskUndetermined WarningCode = danger.RiskUndetermined // a stage by the risk is passed where precedent is missing
	StewardsUnknown  WarningCode = "STEWARDS_UNKNOWN"      // the directory does not know all whom a selector asks
	NoStewards       WarningCode = "NO_STEWARDS"           // nobody whom a selector asks is there
	NothingThere     WarningCode = "NOTHING_THERE"         // no asset is where a definition is to hold
	NotLooked        WarningCode = "NOT_LOOKED"            // it could not be found out
	NoSuchColumn     WarningCode = "NO_SUCH_COLUMN"        // nothing has a column or a tag that a mask names
)

// Warning is something in a definition that is most likely not meant, or not safe.
type Warning struct {
	Code WarningCode `json:"code"`
	Rule string      `json:"rule,omitempty"` // such as rule short, or default; empty for the flow as a whole
	Text string      `json:"text"`           // what can happen, and what would be right
}

func (w Warning) String() string {
	return strings.TrimPrefix(w.Rule+" "+w.Text, " ")
}

// Lint finds what is dangerous in a flow that Compile takes. The forms are those
// that it is used with, where they are known.
func Lint(f Flow, forms ...request.Form) ([]Warning, error) {
	env, err := stewardEnvironment()
	if err != nil {
		return nil, err
	}
	l := danger.Linting{Env: env, Forms: forms, Fields: fieldNames(), Fault: func(at string, f *condition.Fault) error { return faulty(at, f) }}
	var all []Warning
	warn := func(code WarningCode, rule, text string, args ...any) {
		all = append(all, Warning{code, rule, fmt.Sprintf(text, args...)})
	}
	if f.OwnRequests {
		warn(OwnRequestsCount, "", "lets people decide on what they have asked for, or would get, themselves")
	}
	for _, r := range f.Rules {
		if err := l.Rule(danger.Rule{Name: r.Name, When: r.When, Then: f.danger(r.Then)}); err != nil {
			return nil, err
		}
	}
	if err := l.Default(f.danger(f.Default)); err != nil {
		return nil, err
	}
	for _, w := range l.Warnings {
		all = append(all, Warning{WarningCode(w.Code), w.At, w.Text})
	}
	for _, form := range forms {
		if form.Duration(nil) == request.Endless && (f.Max.IsZero() || f.Max == request.Endless) {
			warn(WithoutEnd, "", "asks for access without an end where form %q is used: the form does not ask for how long, and the flow has no longest duration. Give it one, or let the form ask", form.Name)
		}
		if fault := CheckAnswers(f, form); fault != nil {
			for _, one := range danger.Each[*RuleError](fault) {
				warn(AnswerNotAsked, one.Rule, "asks people where form %q is used: %s", form.Name, one.Reason)
			}
		}
	}
	return all, nil
}

// danger is an action of the flow, as far as it can be dangerous.
func (f Flow) danger(a Action) danger.Action {
	bounds := func(d request.Duration) bool { return !d.IsZero() && d != request.Endless }
	d := danger.Action{Approves: a.Act == Approve, Keeps: a.Act == Deny || a.Act == Ask, Bounded: bounds(f.Max) || bounds(a.Duration)}
	for _, s := range a.Stages {
		stage := danger.Stage{Name: s.Name, When: s.When}
		for _, selector := range slices.Concat(s.Selectors, s.Limit.Escalate) {
			if selector.When != "" {
				stage.Selectors = append(stage.Selectors, selector.When)
			}
		}
		d.Stages = append(d.Stages, stage)
	}
	return d
}
