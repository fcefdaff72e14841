package review

import (
	"slices"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
)

// read is one place where an expression reads a fact.
type read struct {
	path []string // such as request, duration
	id   int64    // of the expression that reads it
	test bool     // it only asks whether the fact is there
}

func (r read) name() string { return strings.Join(r.path, ".") }

// under reports whether what is read is a fact, or a part of it.
func (r read) under(fact ...string) bool {
	return len(r.path) >= len(fact) && slices.Equal(r.path[:len(fact)], fact)
}

// roots are the variables of conditions.
var roots = []string{"request", "asset", "requester", "beneficiary", "steward", "answers", "person"}

// readsOf lists what an expression reads.
func readsOf(e ast.Expr) []read {
	if path, test := pathOf(e); path != nil {
		return []read{{path, e.ID(), test}}
	}
	var all []read
	for _, inner := range within(e) {
		all = append(all, readsOf(inner)...)
	}
	return all
}

// within lists the expressions that one is made of.
func within(e ast.Expr) []ast.Expr {
	switch e.Kind() {
	case ast.CallKind:
		call := e.AsCall()
		if call.IsMemberFunction() {
			return append([]ast.Expr{call.Target()}, call.Args()...)
		}
		return call.Args()
	case ast.SelectKind:
		return []ast.Expr{e.AsSelect().Operand()}
	case ast.ListKind:
		return e.AsList().Elements()
	case ast.MapKind:
		var all []ast.Expr
		for _, entry := range e.AsMap().Entries() {
			all = append(all, entry.AsMapEntry().Key(), entry.AsMapEntry().Value())
		}
		return all
	case ast.ComprehensionKind:
		c := e.AsComprehension()
		return []ast.Expr{c.IterRange(), c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result()}
	}
	return nil
}

// pathOf is the fact that an expression is, such as request.duration or
// answers["region"]; nil if it is none.
func pathOf(e ast.Expr) (path []string, test bool) {
	switch e.Kind() {
	case ast.IdentKind:
		if slices.Contains(roots, e.AsIdent()) {
			return []string{e.AsIdent()}, false
		}
	case ast.SelectKind:
		if of, _ := pathOf(e.AsSelect().Operand()); of != nil {
			return append(of, e.AsSelect().FieldName()), e.AsSelect().IsTestOnly()
		}
	case ast.CallKind:
		call := e.AsCall()
		if call.FunctionName() != operators.Index || len(call.Args()) != 2 {
			return nil, false
		}
		key, is := textOf(call.Args()[1])
		if of, _ := pathOf(call.Args()[0]); of != nil && is {
			return append(of, key), false
		}
	}
	return nil, false
}

// textOf is the text that an expression is literally.
func textOf(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	text, is := e.AsLiteral().Value().(string)
	return text, is
}

// textsOf are the texts of a list that is written out.
func textsOf(e ast.Expr) ([]string, bool) {
	if e.Kind() != ast.ListKind {
		return nil, false
	}
	var all []string
	for _, element := range e.AsList().Elements() {
		text, is := textOf(element)
		if !is {
			return nil, false
		}
		all = append(all, text)
	}
	return all, true
}

// joined splits what an operator such as && joins into its parts.
func joined(e ast.Expr, operator string) []ast.Expr {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != operator {
		return []ast.Expr{e}
	}
	var parts []ast.Expr
	for _, arg := range e.AsCall().Args() {
		parts = append(parts, joined(arg, operator)...)
	}
	return parts
}

// answersRead finds where a condition reads the variable answers: all ids of the
// expressions that do, and for those that name one answer, which.
func answersRead(checked *ast.AST) (named map[int64]string, all []int64) {
	operands := map[int64]string{}
	ast.PostOrderVisit(checked.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.SelectKind:
			operands[e.AsSelect().Operand().ID()] = e.AsSelect().FieldName()
		case ast.CallKind:
			nameRead(e.AsCall(), operands)
		case ast.IdentKind:
			if e.AsIdent() == "answers" {
				all = append(all, e.ID())
			}
		}
	}))
	named = map[int64]string{}
	for _, at := range all {
		if id, is := operands[at]; is {
			named[at] = id
		}
	}
	return named, all
}

// nameRead notes which answer answers["id"] and "id" in answers read.
func nameRead(call ast.CallExpr, named map[int64]string) {
	args := call.Args()
	if len(args) != 2 {
		return
	}
	of, key := args[0], args[1]
	switch call.FunctionName() {
	case operators.Index:
	case operators.In, operators.OldIn:
		of, key = key, of
	default:
		return
	}
	if key.Kind() != ast.LiteralKind {
		return
	}
	if id, is := key.AsLiteral().Value().(string); is {
		named[of.ID()] = id
	}
}
