package condition

import (
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
)

// maxFolds bounds how many parts are looked at when the constants of a condition are
// folded. Folding evaluates them, and knows no bound of its own: five loops over ten
// numbers in one another take seconds, and nine of them days.
const maxFolds = 10_000

// Fold puts the value of each constant part of a condition in its place, where that takes
// bounded time. What cannot be folded fails when it is evaluated.
func Fold(env *cel.Env, checked *cel.Ast) (*cel.Ast, error) {
	if !Foldable(checked.NativeRep().Expr()) {
		return checked, nil
	}
	folder, err := cel.NewConstantFoldingOptimizer()
	if err != nil {
		return nil, err
	}
	optimizer, err := cel.NewStaticOptimizer(folder)
	if err != nil {
		return nil, err
	}
	if folded, issues := optimizer.Optimize(env, checked); issues.Err() == nil {
		return folded, nil
	}
	return checked, nil
}

// Foldable reports whether the constants of a condition can be folded in bounded time and
// memory: the loops over lists that are written out stay few, and none is over what
// another loop makes. It may be false of a condition that would have been quick.
func Foldable(e ast.Expr) bool {
	f := folding{longest: 1}
	ast.PostOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) {
		f.longest = max(f.longest, written(e))
	}))
	f.count(e, 1)
	return f.parts <= maxFolds
}

// written is how many elements a list or a map has that is written out; zero for others.
func written(e ast.Expr) int {
	switch e.Kind() {
	case ast.ListKind:
		return e.AsList().Size()
	case ast.MapKind:
		return e.AsMap().Size()
	}
	return 0
}

// folding counts how often each part of a condition would be evaluated.
type folding struct {
	longest int // the most elements that anything has that is written out
	parts   int
}

// count adds a part that is evaluated so many times, and what it is made of.
func (f *folding) count(e ast.Expr, times int) {
	if f.parts += times; f.parts > maxFolds {
		return
	}
	if e.Kind() != ast.ComprehensionKind {
		f.countAll(within(e), times)
		return
	}
	loop := e.AsComprehension()
	f.countAll([]ast.Expr{loop.IterRange(), loop.AccuInit(), loop.Result()}, times)
	f.countAll([]ast.Expr{loop.LoopCondition(), loop.LoopStep()}, times*f.length(loop.IterRange()))
}

func (f *folding) countAll(all []ast.Expr, times int) {
	for _, e := range all {
		f.count(e, times)
	}
}

// length is how many elements a loop goes through, at most. A fact is no constant, and
// what a loop goes through in a list of lists is written out too. What is made is not
// known.
func (f *folding) length(over ast.Expr) int {
	switch over.Kind() {
	case ast.ListKind, ast.MapKind:
		return written(over)
	case ast.IdentKind, ast.SelectKind:
		return f.longest
	}
	return maxFolds + 1
}
