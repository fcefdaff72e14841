package condition

import (
	"context"

	"github.com/google/cel-go/cel"
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

// States evaluates a condition, also the parts that do not matter for the result. The state
// of one that cannot be evaluated may be nil.
func States(ctx context.Context, env *cel.Env, checked *cel.Ast, variables map[string]any) (interpreter.EvalState, error) {
	program, err := env.Program(checked, cel.EvalOptions(cel.OptTrackState, cel.OptExhaustiveEval), cel.CostLimit(CostLimit), cel.InterruptCheckFrequency(100))
	if err != nil {
		return nil, err
	}
	_, details, _ := program.ContextEval(ctx, variables)
	if details == nil {
		return nil, nil
	}
	return details.State(), nil
}

// FactsRead lists the facts that an expression reads, each once.
func FactsRead(e ast.Expr) []Read {
	var all []Read
	seen := map[string]bool{}
	for _, r := range ReadsOf(e) {
		if !seen[r.Name()] && len(r.Path) > 1 {
			seen[r.Name()] = true
			all = append(all, r)
		}
	}
	return all
}
