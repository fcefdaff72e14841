package review

import (
	"fmt"

	"github.com/google/cel-go/common/ast"

	"github.com/grantwright/grantwright/review/internal/condition"
)

// RuleError says where a condition cannot be used.
type RuleError struct {
	Rule       string // the name of the rule, or of what else holds the condition
	Line       int    // from 1; 0 if the fault has no place
	Column     int    // from 1
	Reason     string
	Expression string // the condition
}

func (e *RuleError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("review: %s: %s", e.Rule, e.Reason)
	}
	return fmt.Sprintf("review: %s: line %d, column %d: %s", e.Rule, e.Line, e.Column, e.Reason)
}

// Snippet is the line of the expression that is at fault, with a mark below the
// place; empty if the fault has none.
func (e *RuleError) Snippet() string { return condition.Snippet(e.Expression, e.Line, e.Column) }

// faulty is the fault of a condition that stands at a rule.
func faulty(rule string, f *condition.Fault) *RuleError {
	return &RuleError{Rule: rule, Line: f.Line, Column: f.Column, Reason: f.Reason, Expression: f.Expression}
}

// ruleError says what is wrong at an expression of a condition.
func ruleError(rule, text string, checked *ast.AST, expression int64, reason string) *RuleError {
	return faulty(rule, condition.FaultAt(text, checked.SourceInfo().GetStartLocation(expression), reason, fieldNames()))
}
