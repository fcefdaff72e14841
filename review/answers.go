package review

import (
	"errors"
	"slices"

	"github.com/google/cel-go/cel"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/internal/condition"
)

// CheckAnswers refuses a flow whose conditions read an answer that a form does not ask
// for, or as another type than it has. Where a flow serves several forms, a condition
// asks first whether the answer is there: has(answers.region). Its errors are
// *RuleError, joined.
func CheckAnswers(f Flow, form request.Form) error {
	facts, err := declaring(append(condition.Answers(form), factVariables...)...)
	if err != nil {
		return err
	}
	stewards, err := declaring(append(condition.Answers(form), append([]cel.EnvOption{person("steward")}, factVariables...)...)...)
	if err != nil {
		return err
	}
	var faults []error
	for _, c := range f.conditions() {
		env := facts
		if c.steward {
			env = stewards
		}
		faults = append(faults, checkAnswers(env, c, form))
	}
	return errors.Join(faults...)
}

// located is a condition of a flow, and where it stands.
type located struct {
	at      string // such as rule short
	text    string
	steward bool // it may read steward
}

// conditions lists all conditions of a flow.
func (f Flow) conditions() []located {
	var all []located
	add := func(at string, a Action) {
		for _, stage := range a.Stages {
			if stage.When != "" {
				all = append(all, located{at + ", stage " + stage.Name, stage.When, false})
			}
			for _, s := range slices.Concat(stage.Selectors, stage.Limit.Escalate) {
				if s.When != "" {
					all = append(all, located{at + ", stage " + stage.Name, s.When, true})
				}
			}
		}
	}
	for _, r := range f.Rules {
		all = append(all, located{"rule " + r.Name, r.When, false})
		add("rule "+r.Name, r.Then)
	}
	add("default", f.Default)
	return all
}

func checkAnswers(env *cel.Env, c located, form request.Form) error {
	checked, fault := condition.Check(env, c.text, fieldNames())
	if fault != nil {
		return faulty(c.at, fault)
	}
	if at, reason := condition.Unasked(checked.NativeRep(), form); reason != "" {
		return ruleError(c.at, c.text, checked.NativeRep(), at, reason)
	}
	return nil
}
