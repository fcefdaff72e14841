package review

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/internal/condition"
)

// identifier is an id of a question that can be read as answers.id.
var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// CheckAnswers refuses a flow whose conditions read an answer that a form does not ask
// for, or as another type than it has. Where a flow serves several forms, a condition
// asks first whether the answer is there: has(answers.region). Its errors are
// *RuleError, joined.
func CheckAnswers(f Flow, form request.Form) error {
	facts, err := declaring(append(answersOf(form), factVariables...)...)
	if err != nil {
		return err
	}
	stewards, err := declaring(append(answersOf(form), append([]cel.EnvOption{person("steward")}, factVariables...)...)...)
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

// answersOf declares each answer of a form under its whole name, with its type:
// CEL reads answers.region as that name before it looks into answers.
func answersOf(form request.Form) []cel.EnvOption {
	var all []cel.EnvOption
	for _, q := range form.Questions {
		if identifier.MatchString(q.ID) {
			all = append(all, cel.Variable("answers."+q.ID, typeOfAnswer(q)))
		}
	}
	return all
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
	checked, issues := env.Compile(c.text)
	if issues.Err() != nil {
		first := issues.Errors()[0]
		return ruleError(c.at, c.text, first.Location, first.Message)
	}
	return unasked(c, checked.NativeRep(), form)
}

// unasked refuses an answer that a form does not ask for, unless the condition
// asks first whether it is there.
func unasked(c located, checked *ast.AST, form request.Form) error {
	var tested []string
	all := condition.ReadsOf(checked.Expr())
	for _, r := range all {
		if r.Test {
			tested = append(tested, r.Name())
		}
	}
	for _, r := range all {
		if !r.Under("answers") || len(r.Path) < 2 || asks(form, r.Path[1]) || slices.Contains(tested, r.Name()) {
			continue
		}
		reason := fmt.Sprintf("form %q asks for no answer %s%s", form.Name, r.Path[1], meant(r.Path[1], idsOf(form)))
		return ruleError(c.at, c.text, checked.SourceInfo().GetStartLocation(r.ID), reason)
	}
	return nil
}

func asks(form request.Form, id string) bool { return slices.Contains(idsOf(form), id) }

func idsOf(form request.Form) []string {
	ids := make([]string, len(form.Questions))
	for i, q := range form.Questions {
		ids[i] = q.ID
	}
	return ids
}
