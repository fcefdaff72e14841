package condition

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// Wording writes expressions in words.
type Wording struct {
	Info *ast.SourceInfo
	Fact func(path []string) string // what people call a fact
}

// Source is an expression as it is written.
func (w Wording) Source(e ast.Expr) string {
	text, err := cel.ExprToString(e, w.Info)
	if err != nil {
		return "?"
	}
	return text
}

// between are operators and functions of two, in words.
var between = map[string]string{
	operators.Equals: "is", operators.NotEquals: "is not",
	operators.Less: "is less than", operators.LessEquals: "is at most", operators.Greater: "is more than", operators.GreaterEquals: "is at least",
	operators.LogicalAnd: "and", operators.LogicalOr: "or",
	"startsWith": "begins with", "endsWith": "ends with", "contains": "contains", "matches": "matches the pattern",
	"sets.contains": "hold all of", "sets.intersects": "have something in common with", "sets.equivalent": "are the same as",
}

// Of writes an expression in words, or as it is written where there are none.
func (w Wording) Of(e ast.Expr) string {
	if path, test := PathOf(e); len(path) > 1 {
		if test {
			return w.Fact(path) + " is given"
		}
		return w.Fact(path)
	}
	if macro, is := w.Info.MacroCalls()[e.ID()]; is {
		return w.macro(e, macro)
	}
	switch e.Kind() {
	case ast.CallKind:
		return w.call(e)
	case ast.LiteralKind:
		if text, is := TextOf(e); is {
			return "“" + text + "”"
		}
		return TextOfValue(e.AsLiteral())
	case ast.ListKind:
		var all []string
		for _, element := range e.AsList().Elements() {
			all = append(all, w.Of(element))
		}
		return strings.Join(all, ", ")
	}
	return w.Source(e)
}

func (w Wording) call(e ast.Expr) string {
	call := e.AsCall()
	args := call.Args()
	if call.IsMemberFunction() {
		args = append([]ast.Expr{call.Target()}, args...)
	}
	switch name := call.FunctionName(); {
	case len(args) == 2 && name == operators.In:
		return w.member(args[0], args[1], "include", "is one of")
	case len(args) == 2 && between[name] != "":
		return w.Of(args[0]) + " " + between[name] + " " + w.Of(args[1])
	case len(args) == 2 && name == operators.Index:
		return "one of " + w.Of(args[0])
	case len(args) == 1 && name == operators.LogicalNot:
		return w.not(args[0])
	case len(args) == 1 && name == "size":
		return "the number of " + w.Of(args[0])
	case len(args) == 1 && (name == "lowerAscii" || name == "upperAscii"):
		return w.Of(args[0])
	case len(args) == 1 && name == "duration":
		if text, is := TextOf(args[0]); is {
			if d, err := time.ParseDuration(text); err == nil {
				return lasting(d)
			}
		}
	case len(args) == 3 && name == operators.Conditional:
		return fmt.Sprintf("if %s then %s, else %s", w.Of(args[0]), w.Of(args[1]), w.Of(args[2]))
	}
	return w.Source(e)
}

// member writes that one thing is among others.
func (w Wording) member(one, all ast.Expr, include, among string) string {
	if _, written := TextsOf(all); written {
		return w.Of(one) + " " + among + " " + w.Of(all)
	}
	return w.Of(all) + " " + include + " " + w.Of(one)
}

// not writes that something is not so.
func (w Wording) not(e ast.Expr) string {
	if e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.In && len(e.AsCall().Args()) == 2 {
		return w.member(e.AsCall().Args()[0], e.AsCall().Args()[1], "do not include", "is none of")
	}
	if path, test := PathOf(e); test {
		return w.Fact(path) + " is not given"
	}
	return "it is not so that " + w.Of(e)
}

// macro writes exists, all and their like by the call that they were before they
// were made loops.
func (w Wording) macro(e, macro ast.Expr) string {
	if macro.Kind() != ast.CallKind {
		return w.Source(e)
	}
	call := macro.AsCall()
	if call.FunctionName() == "has" && len(call.Args()) == 1 {
		if path, _ := PathOf(call.Args()[0]); path != nil {
			return w.Fact(path) + " is given"
		}
	}
	quantity := map[string]string{"exists": "for some", "all": "for every", "exists_one": "for exactly one"}[call.FunctionName()]
	if quantity == "" || len(call.Args()) != 2 {
		return w.Source(e)
	}
	name := call.Args()[0]
	return fmt.Sprintf("%s %s of %s: %s", quantity, w.Source(name), w.Of(call.Target()), w.Of(call.Args()[1]))
}

// TextOfValue writes a value.
func TextOfValue(value ref.Val) string {
	switch v := value.Value().(type) {
	case string:
		return v
	case time.Duration:
		return lasting(v)
	case bool:
		if v {
			return "yes"
		}
		return "no"
	}
	if list, is := value.(traits.Lister); is {
		var all []string
		for it := list.Iterator(); it.HasNext() == types.True; {
			all = append(all, TextOfValue(it.Next()))
		}
		if len(all) == 0 {
			return "none"
		}
		return strings.Join(all, ", ")
	}
	return fmt.Sprint(value.Value())
}

// lasting writes a length of time.
func lasting(d time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if n := d / unit.length; d%unit.length == 0 && n != 0 {
			if n == 1 {
				return "1 " + unit.name
			}
			return fmt.Sprintf("%d %ss", n, unit.name)
		}
	}
	if d == math.MaxInt64 {
		return "without an end"
	}
	return d.String()
}
