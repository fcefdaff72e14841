package condition

import (
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/interpreter"
)

// Truth is what a part of a condition has come to. A nil state knows nothing.
func Truth(state interpreter.EvalState, e ast.Expr) (yes, known bool) {
	if state == nil {
		return false, false
	}
	value, known := state.Value(e.ID())
	if e.Kind() == ast.LiteralKind {
		value, known = e.AsLiteral(), true
	}
	if !known || value.Type() != types.BoolType {
		return false, false
	}
	return value == types.True, true
}

// maxShown bounds what is shown of a value, in runes.
const maxShown = 300

// ValueRead writes for people what a part of a condition has read; empty where the fact
// is not there.
func ValueRead(state interpreter.EvalState, r Read) string {
	if state == nil {
		return ""
	}
	value, known := state.Value(r.ID)
	switch {
	case !known || types.IsUnknownOrError(value):
		return ""
	case r.Test && value == types.True:
		return "given"
	case r.Test:
		return ""
	}
	text := TextOfValue(value)
	if runes := []rune(text); len(runes) > maxShown {
		return string(runes[:maxShown]) + "…"
	}
	return text
}
