package condition

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/types/ref"
)

// CostLimit bounds one evaluation, in cel-go's units: about one for each
// comparison or field that is read.
const CostLimit = 100_000

// Fault says where a condition cannot be used.
type Fault struct {
	Line, Column int // from 1; 0 if the fault has no place
	Reason       string
	Expression   string
}

// FaultAt says where something is wrong, if cel-go knows the place. The fields are
// those that a condition can read, for one that is spelled nearly so.
func FaultAt(expression string, at common.Location, reason string, fields []string) *Fault {
	f := &Fault{Expression: expression, Reason: plainly(reason, fields)}
	if at.Line() > 0 {
		f.Line, f.Column = at.Line(), max(0, at.Column())+1
	}
	return f
}

// Check reads an expression and finds its types.
func Check(env *cel.Env, expression string, fields []string) (*cel.Ast, *Fault) {
	checked, issues := env.Compile(expression)
	if issues.Err() != nil {
		first := issues.Errors()[0]
		return nil, FaultAt(expression, first.Location, first.Message, fields)
	}
	return checked, nil
}

// Program is a condition that is ready to run any number of times.
type Program struct {
	known   cel.Program
	partial func() (cel.Program, error) // for facts of which some are not known: it looks at each twice
	names   []string
}

// Reads reports whether it names a variable.
func (p *Program) Reads(variable string) bool { return slices.Contains(p.names, variable) }

// Compile checks an expression and makes it ready. Only the condition of a stage may read
// OfStages.
func Compile(env *cel.Env, expression string, result *cel.Type, fields []string, stage bool) (*Program, *Fault) {
	if fault := hidden(expression); fault != nil {
		return nil, fault
	}
	checked, fault := Check(env, expression, fields)
	if fault != nil {
		return nil, fault
	}
	if !checked.OutputType().IsExactType(result) {
		return nil, &Fault{Line: 1, Column: 1, Expression: expression, Reason: fmt.Sprintf("the result is %s, must be %s", checked.OutputType(), result)}
	}
	e := checked.NativeRep().Expr()
	at, reason := growing(e)
	if at == nil && !stage {
		at, reason = Advised(e)
	}
	if at != nil {
		return nil, FaultAt(expression, checked.NativeRep().SourceInfo().GetStartLocation(at.ID()), reason, fields)
	}
	program := func(options ...cel.EvalOption) (cel.Program, error) {
		return env.Program(checked, cel.EvalOptions(options...), cel.CostLimit(CostLimit), cel.InterruptCheckFrequency(100))
	}
	known, err := program(cel.OptOptimize)
	if err != nil {
		return nil, &Fault{Expression: expression, Reason: err.Error()}
	}
	partial := sync.OnceValues(func() (cel.Program, error) { return program(cel.OptOptimize, cel.OptPartialEval) })
	return &Program{known, partial, Names(e)}, nil
}

// Unknown is a field of a variable that is not known, such as the groups of the
// beneficiary.
type Unknown struct{ Variable, Field string }

func (u Unknown) String() string { return u.Variable + "." + u.Field }

// Eval runs it. Where the result depends on what is not known, there is none, but
// the names of that.
func (p *Program) Eval(ctx context.Context, variables map[string]any, unknown []Unknown) (value ref.Val, met []string, err error) {
	if len(unknown) == 0 {
		value, _, err = p.known.ContextEval(ctx, variables)
		return value, nil, err
	}
	program, err := p.partial()
	if err != nil {
		return nil, nil, err
	}
	input, err := cel.PartialVars(variables, patterns(unknown)...)
	if err != nil {
		return nil, nil, err
	}
	if value, _, err = program.ContextEval(ctx, input); err != nil {
		return nil, nil, err
	}
	if met = named(value, unknown); len(met) > 0 {
		return nil, met, nil
	}
	return value, nil, nil
}

// Snippet is one line of an expression, with a mark below a column; empty where there is no
// such line.
func Snippet(expression string, line, column int) string {
	lines := strings.Split(expression, "\n")
	if line < 1 || line > len(lines) || expression == "" {
		return ""
	}
	text := strings.ReplaceAll(lines[line-1], "\t", " ")
	return text + "\n" + strings.Repeat(" ", max(0, column-1)) + "^"
}
