package review

import (
	"errors"

	"github.com/google/cel-go/cel"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/internal/condition"
)

// QuestionError says which question of a form has a condition that cannot be used.
type QuestionError struct {
	Question int // its place in the form
	*RuleError
}

func (e *QuestionError) Unwrap() error { return e.RuleError }

// CheckQuestions refuses a form with a condition that cannot be used, or that
// reads an answer which is not there when the question comes: only those to
// earlier questions are. Its errors are *QuestionError, joined.
func CheckQuestions(f request.Form) error {
	var faults []error
	earlier := make([]string, 0, len(f.Questions))
	for i, q := range f.Questions {
		if q.When != "" {
			if fault := checkQuestion(q, earlier); fault != nil {
				faults = append(faults, &QuestionError{i, fault})
			}
		}
		earlier = append(earlier, q.ID)
	}
	return errors.Join(faults...)
}

func checkQuestion(q request.Question, earlier []string) *RuleError {
	env, err := environment()
	if err != nil {
		return &RuleError{Rule: "question " + q.ID, Reason: err.Error()}
	}
	if _, err := compile(env, "question "+q.ID, q.When, cel.BoolType); err != nil {
		fault := (*RuleError)(nil)
		if !errors.As(err, &fault) {
			fault = &RuleError{Rule: "question " + q.ID, Reason: err.Error()}
		}
		return fault
	}
	checked, issues := env.Compile(q.When)
	if issues.Err() != nil {
		return &RuleError{Rule: "question " + q.ID, Reason: issues.Err().Error()}
	}
	if at, reason := condition.NotEarlier(checked.NativeRep(), earlier); reason != "" {
		return ruleError("question "+q.ID, q.When, checked.NativeRep(), at, reason)
	}
	return nil
}
