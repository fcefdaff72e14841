// Package condition reads conditions as they are written: which facts one reads, in which
// ways it can come to hold, and how it reads in words. It evaluates none.
package condition

import (
	"slices"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
)

// Read is one place where an expression reads a fact.
type Read struct {
	Path []string // such as request, duration
	ID   int64    // of the expression that reads it
	Test bool     // it only asks whether the fact is there
}

// Name is the whole name of the fact, such as request.duration.
func (r Read) Name() string { return strings.Join(r.Path, ".") }

// Under reports whether what is read is a fact, or a part of it.
func (r Read) Under(fact ...string) bool {
	return len(r.Path) >= len(fact) && slices.Equal(r.Path[:len(fact)], fact)
}

// OfStages is the variable that conditions of stages alone read: advice decides nothing.
const OfStages = "assist"

// Variables are all variables of conditions.
var Variables = []string{"request", "asset", "requester", "beneficiary", "steward", "answers", "person", OfStages}

// ReadsOf lists what an expression reads.
func ReadsOf(e ast.Expr) []Read {
	if path, test := PathOf(e); path != nil {
		return []Read{{path, e.ID(), test}}
	}
	var all []Read
	for _, inner := range within(e) {
		all = append(all, ReadsOf(inner)...)
	}
	return all
}

// ReadsAny reports whether an expression reads some fields of a variable, or all of it.
func ReadsAny(e ast.Expr, variable string, fields ...string) bool {
	return slices.ContainsFunc(ReadsOf(e), func(r Read) bool {
		return r.Path[0] == variable && (len(r.Path) == 1 || slices.Contains(fields, r.Path[1]))
	})
}

// Names lists the names that an expression holds, also those of elements of lists.
func Names(e ast.Expr) (all []string) {
	ast.PostOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.IdentKind {
			all = append(all, e.AsIdent())
		}
	}))
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

// PathOf is the fact that an expression is, such as request.duration or
// answers["region"]; nil if it is none.
func PathOf(e ast.Expr) (path []string, test bool) {
	switch e.Kind() {
	case ast.IdentKind:
		if slices.Contains(Variables, e.AsIdent()) {
			return []string{e.AsIdent()}, false
		}
	case ast.SelectKind:
		if of, _ := PathOf(e.AsSelect().Operand()); of != nil {
			return append(of, e.AsSelect().FieldName()), e.AsSelect().IsTestOnly()
		}
	case ast.CallKind:
		call := e.AsCall()
		if call.FunctionName() != operators.Index || len(call.Args()) != 2 {
			return nil, false
		}
		key, is := TextOf(call.Args()[1])
		if of, _ := PathOf(call.Args()[0]); of != nil && is {
			return append(of, key), false
		}
	}
	return nil, false
}

// TextOf is the text that an expression is literally.
func TextOf(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	text, is := e.AsLiteral().Value().(string)
	return text, is
}

// TextsOf are the texts of a list that is written out.
func TextsOf(e ast.Expr) ([]string, bool) {
	if e.Kind() != ast.ListKind {
		return nil, false
	}
	var all []string
	for _, element := range e.AsList().Elements() {
		text, is := TextOf(element)
		if !is {
			return nil, false
		}
		all = append(all, text)
	}
	return all, true
}

// Joined splits what an operator such as && joins into its parts.
func Joined(e ast.Expr, operator string) []ast.Expr {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != operator {
		return []ast.Expr{e}
	}
	var parts []ast.Expr
	for _, arg := range e.AsCall().Args() {
		parts = append(parts, Joined(arg, operator)...)
	}
	return parts
}

// AnswersRead finds where a condition reads the variable answers: all ids of the
// expressions that do, and for those that name one answer, which.
func AnswersRead(checked *ast.AST) (named map[int64]string, all []int64) {
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
