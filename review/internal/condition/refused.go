package condition

import (
	"fmt"
	"strings"

	"github.com/google/cel-go/common/ast"

	"github.com/grantwright/grantwright/internal/visible"
)

// MaxReplacement bounds, in bytes, what replace puts in the place of a text.
const MaxReplacement = 16

// growing finds a call that could make a very large text at once, and why it is refused;
// nil if there is none.
func growing(e ast.Expr) (call ast.Expr, reason string) {
	ast.PostOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind || call != nil {
			return
		}
		switch c := e.AsCall(); c.FunctionName() {
		case "format", "join":
			call, reason = e, c.FunctionName()+" cannot be used in conditions"
		case "replace":
			if text, is := TextOf(c.Args()[1]); !is || len(text) > MaxReplacement {
				call, reason = e, fmt.Sprintf("what replace puts in must be a text in quotes of at most %d bytes", MaxReplacement)
			}
		}
	}))
	return call, reason
}

// Advised finds a place where a condition that is none of a stage reads advice, and why it is
// refused; nil if there is none.
func Advised(e ast.Expr) (at ast.Expr, reason string) {
	ast.PostOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.IdentKind && e.AsIdent() == OfStages && at == nil {
			at, reason = e, "assist.risk is for conditions of stages: what else decides must not go by advice"
		}
	}))
	return at, reason
}

// hidden finds the first character of a condition that nobody sees, such as one that turns
// the direction of what follows: whoever agrees to a condition has to see what it says
// ("Trojan Source", CVE-2021-42574).
func hidden(expression string) *Fault {
	for i, text := range strings.Split(expression, "\n") {
		column := 0
		for _, r := range strings.TrimSuffix(text, "\r") {
			if column++; r != '\t' && !visible.Plain(r) {
				return &Fault{Line: i + 1, Column: column, Expression: visible.Lines(expression),
					Reason: fmt.Sprintf("the character U+%04X is one that nobody sees; in a text in quotes, write it as %s", r, visible.Text(string(r)))}
			}
		}
	}
	return nil
}
