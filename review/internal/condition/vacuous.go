package condition

import (
	"slices"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
)

// Vacuous names the lists of facts of which a condition also holds where they are empty,
// as they are where nothing is known: all(…) holds of none, and so does that something is
// not in a list of the asset. A list that the condition looks at in another way too, as by
// its size, is none of them.
func Vacuous(e ast.Expr) []string {
	v := vacuity{}
	v.look(e, true)
	return slices.DeleteFunc(v.empty, func(name string) bool { return slices.Contains(v.full, name) })
}

// vacuity holds the names of lists: those that may be empty, and those that are looked at
// such that they are not.
type vacuity struct{ empty, full []string }

// look goes through a condition. Holds says whether it has to hold, or not to.
func (v *vacuity) look(e ast.Expr, holds bool) {
	switch {
	case e.Kind() == ast.ComprehensionKind:
		loop := e.AsComprehension()
		if name := listOf(loop.IterRange()); name != "" {
			v.note(name, isTrue(loop.AccuInit()) == holds)
			return
		}
	case e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.LogicalNot:
		v.look(e.AsCall().Args()[0], !holds)
		return
	case e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.In:
		if name := listOf(e.AsCall().Args()[1]); name != "" {
			v.note(name, !holds)
		}
		return
	}
	if path, _ := PathOf(e); path != nil {
		v.note(Read{Path: path}.Name(), false)
		return
	}
	for _, inner := range within(e) {
		v.look(inner, holds)
	}
}

func (v *vacuity) note(name string, empty bool) {
	list := &v.full
	if empty {
		list = &v.empty
	}
	if !slices.Contains(*list, name) {
		*list = append(*list, name)
	}
}

// listOf names the list of the asset or of the request that an expression is.
func listOf(e ast.Expr) string {
	if path, test := PathOf(e); len(path) > 1 && !test && (path[0] == "asset" || path[0] == "request") {
		return Read{Path: path}.Name()
	}
	return ""
}
