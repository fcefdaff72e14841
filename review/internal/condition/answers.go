package condition

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"

	"github.com/grantwright/grantwright/request"
)

// identifier is an id of a question that can be read as answers.id.
var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Answers declares each answer of a form under its whole name, with its type:
// CEL reads answers.region as that name before it looks into answers.
func Answers(form request.Form) []cel.EnvOption {
	var all []cel.EnvOption
	for _, q := range form.Questions {
		if identifier.MatchString(q.ID) {
			all = append(all, cel.Variable("answers."+q.ID, TypeOfAnswer(q)))
		}
	}
	return all
}

// TypeOfAnswer is the type of the answer to a question.
func TypeOfAnswer(q request.Question) *cel.Type {
	switch q.Type {
	case request.Checkboxes:
		return cel.ListType(cel.StringType)
	case request.AccessDuration:
		return cel.DurationType
	}
	return cel.StringType
}

// Unasked finds an answer that a form does not ask for, and why it is refused, unless the
// condition asks first whether it is there. The reason is empty if there is none.
func Unasked(checked *ast.AST, form request.Form) (at int64, reason string) {
	var tested, asked []string
	for _, q := range form.Questions {
		asked = append(asked, q.ID)
	}
	all := ReadsOf(checked.Expr())
	for _, r := range all {
		if r.Test {
			tested = append(tested, r.Name())
		}
	}
	for _, r := range all {
		if r.Under("answers") && len(r.Path) > 1 && !slices.Contains(asked, r.Path[1]) && !slices.Contains(tested, r.Name()) {
			return r.ID, fmt.Sprintf("form %q asks for no answer %s%s", form.Name, r.Path[1], meant(r.Path[1], asked))
		}
	}
	return 0, ""
}

// NotEarlier finds a place where the variable answers stands without the name of an answer
// to an earlier question, and why it is refused. The reason is empty if there is none.
func NotEarlier(checked *ast.AST, earlier []string) (at int64, reason string) {
	named, all := AnswersRead(checked)
	for _, at := range all {
		switch id, is := named[at]; {
		case !is:
			return at, "answers must be read one by one, such as answers.region"
		case !slices.Contains(earlier, id):
			return at, fmt.Sprintf("answers.%s is the answer to no earlier question", id)
		}
	}
	return 0, ""
}

// AnswersOf gives each answer the type of its question. What was not
// answered is left out: a condition that reads it fails.
func AnswersOf(form request.Form, answers request.Answers, now time.Time) map[string]any {
	facts := map[string]any{}
	for _, q := range form.Questions {
		given := answers[q.ID]
		switch {
		case q.Type == request.Checkboxes:
			facts[q.ID] = given
		case len(given) != 1 || q.Blank(given):
		case q.Type == request.AccessDuration:
			if d, err := request.ParseDuration(given[0]); err == nil {
				facts[q.ID] = d.Length(now)
			}
		default:
			facts[q.ID] = given[0]
		}
	}
	return facts
}

// Lacks reports whether any of some questions was not answered.
func Lacks(answers map[string]any, ids map[int64]string) bool {
	for _, id := range ids {
		if _, answered := answers[id]; !answered {
			return true
		}
	}
	return false
}
