package formula

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"

	"github.com/grantwright/grantwright/review/internal/condition"
)

// call reads an operator or a function.
func (r *reader) call(e ast.Expr) Formula {
	call := e.AsCall()
	args := call.Args()
	if call.IsMemberFunction() {
		args = append([]ast.Expr{call.Target()}, args...)
	}
	switch name := call.FunctionName(); {
	case name == operators.LogicalAnd:
		return and(r.all(args))
	case name == operators.LogicalOr:
		return or(r.all(args)...)
	case name == operators.LogicalNot:
		return not{r.formula(args[0])}
	case name == operators.Conditional:
		return choice{r.formula(args[0]), r.formula(args[1]), r.formula(args[2])}
	case len(args) != 2:
		return r.closed(e)
	case turnedRound[name] != "":
		return r.compared(e, name, args[0], args[1])
	case name == operators.In:
		return r.in(e, args[0], args[1])
	case strings.HasPrefix(name, "sets."):
		return r.sets(e, name, args[0], args[1])
	default:
		return r.asked(e, name, args[0], args[1])
	}
}

func (r *reader) all(args []ast.Expr) []Formula {
	all := make([]Formula, len(args))
	for i, arg := range args {
		all[i] = r.formula(arg)
	}
	return all
}

// asked reads a question about a text and another that is written out.
func (r *reader) asked(e ast.Expr, name string, one, other ast.Expr) Formula {
	t, is := r.term(one, Fault)
	text, written := condition.TextOf(other)
	if other.Kind() == ast.IdentKind && !written {
		text, written = r.bound[other.AsIdent()]
	}
	if !is || !written {
		return r.closed(e)
	}
	switch name {
	case "startsWith":
		return r.asks(t, true, fmt.Sprintf("%s %q", name, text), func(s string) bool { return strings.HasPrefix(s, text) })
	case "endsWith":
		return r.asks(t, false, fmt.Sprintf("%s %q", name, text), func(s string) bool { return strings.HasSuffix(s, text) })
	case "contains":
		return r.asks(t, false, fmt.Sprintf("%s %q", name, text), func(s string) bool { return strings.Contains(s, text) })
	case "matches":
		if matches, is := matching(other); is {
			return r.asks(t, false, fmt.Sprintf("%s %q", name, text), matches)
		}
	}
	return r.closed(e)
}

// compared reads a comparison.
func (r *reader) compared(e ast.Expr, operator string, one, other ast.Expr) Formula {
	for _, side := range []struct {
		fact, than ast.Expr
		operator   string
	}{{one, other, operator}, {other, one, turnedRound[operator]}} {
		if f, is := r.comparedWith(side.fact, side.than, side.operator); is {
			return f
		}
	}
	if operator != operators.Equals && operator != operators.NotEquals {
		return r.closed(e)
	}
	a, is := r.term(one, of(operator == operators.NotEquals))
	b, too := r.term(other, of(operator == operators.NotEquals))
	if !is || !too || r.untyped(one) && r.untyped(other) {
		return r.closed(e)
	}
	// An answer of another type is no text: the guard says so for both operators.
	if operator == operators.NotEquals {
		f, is := r.same(bare(a), bare(b))
		if is {
			return behind(slices.Concat(a.guards, b.guards), not{f})
		}
		return r.closed(e)
	}
	if f, is := r.same(a, b); is {
		return f
	}
	return r.closed(e)
}

func bare(t term) term { t.guards = nil; return t }

// untyped reports whether an answer may be of any type.
func (r *reader) untyped(e ast.Expr) bool {
	fact, _ := factOf(e)
	id, answer := strings.CutPrefix(fact, "answers.")
	return answer && len(r.space.questions(id)) == 0
}

// comparedWith reads a comparison of something with a number, a duration, yes or no, or the
// empty list.
func (r *reader) comparedWith(fact, than ast.Expr, operator string) (Formula, bool) {
	equal := operator == operators.Equals || operator == operators.NotEquals
	if list, is := sizeOf(fact); is {
		n, counts := countOf(than)
		if name, _ := factOf(list); name == "asset.path" && counts && n <= MaxDepth {
			t := &table{variable: r.depth()}
			for size := range MaxDepth + 1 {
				t.of = append(t.of, of(holds(operator, cmp.Compare(size, n))))
			}
			return t, true
		}
		if l, guards, is := r.list(list); is && counts && n <= maxSize && !r.untyped(list) {
			return r.size(l, guards, operator, n), true
		}
		return nil, false
	}
	if d, is := condition.DurationOf(than); is {
		return r.duration(fact, operator, func(t Time) int { return cmp.Compare(t.Length, d) })
	}
	if than.Kind() == ast.LiteralKind && equal {
		if yes, is := than.AsLiteral().Value().(bool); is && (fact.Kind() == ast.CallKind || fact.Kind() == ast.SelectKind) && !r.isAnswer(fact) {
			f := r.formula(fact)
			if yes != (operator == operators.Equals) {
				f = not{f}
			}
			return f, true
		}
	}
	if than.Kind() == ast.ListKind && than.AsList().Size() == 0 && equal {
		if l, guards, is := r.list(fact); is && l.fact != "asset.path" && !r.untyped(fact) {
			return r.size(l, guards, operator, 0), true
		}
	}
	return nil, false
}

func (r *reader) isAnswer(e ast.Expr) bool {
	path, test := condition.PathOf(e)
	return len(path) > 0 && path[0] == "answers" && !test
}

func (r *reader) size(l *list, guards []guard, operator string, n int) Formula {
	at := l.sized()
	t := &table{variable: at}
	for size := range l.last + 1 {
		t.of = append(t.of, of(holds(operator, cmp.Compare(size, n))))
	}
	return behind(guards, t)
}

func (r *reader) duration(fact ast.Expr, operator string, than func(Time) int) (Formula, bool) {
	name, is := factOf(fact)
	if !is {
		return nil, false
	}
	var guards []guard
	if id, answer := strings.CutPrefix(name, "answers."); answer {
		otherwise := Fault
		if operator == operators.Equals || operator == operators.NotEquals {
			otherwise = of(operator == operators.NotEquals)
		}
		if guards, is = r.answer(id, oneTime, otherwise); !is {
			return nil, false
		}
	} else if name != "request.duration" {
		return nil, false
	}
	return behind(guards, r.time(name, func(t Time) bool { return holds(operator, than(t)) })), true
}

// holds says whether a comparison holds, by the order of its sides.
func holds(operator string, order int) bool {
	switch operator {
	case operators.Less:
		return order < 0
	case operators.LessEquals:
		return order <= 0
	case operators.Greater:
		return order > 0
	case operators.GreaterEquals:
		return order >= 0
	case operators.NotEquals:
		return order != 0
	}
	return order == 0
}

// sizeOf is the list whose size an expression is.
func sizeOf(e ast.Expr) (ast.Expr, bool) {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != "size" {
		return nil, false
	}
	call := e.AsCall()
	if call.IsMemberFunction() {
		return call.Target(), true
	}
	return call.Args()[0], true
}

func countOf(e ast.Expr) (int, bool) {
	if e.Kind() != ast.LiteralKind {
		return 0, false
	}
	n, is := e.AsLiteral().Value().(int64)
	return int(n), is && 0 <= n && n < 1<<31
}

// in reads whether one text is among others, or an attribute is there.
func (r *reader) in(e, one, among ast.Expr) Formula {
	if path, _ := condition.PathOf(among); len(path) > 0 && path[len(path)-1] == "attributes" && len(path) == 2 && person(path[0]) {
		if key, is := condition.TextOf(one); is && key != "" && !strings.Contains(key, ".") {
			return behind(r.known(path[0]+".attributes"), isFlag(r.space.flag("given", path[0]+".attributes."+key, 1)))
		}
		return r.closed(e)
	}
	if path, _ := condition.PathOf(among); len(path) == 1 && path[0] == "answers" {
		if id, is := condition.TextOf(one); is {
			return r.answered(id)
		}
		return r.closed(e)
	}
	if texts, is := condition.TextsOf(among); is {
		if t, is := r.term(one, No); is {
			return r.asks(t, true, fmt.Sprintf("%q", texts), func(s string) bool { return slices.Contains(texts, s) })
		}
		return r.closed(e)
	}
	t, is := r.term(one, No)
	l, guards, listed := r.list(among)
	switch {
	case !is || !listed || t.unsure != "":
		return r.closed(e)
	case !t.fact:
		return behind(guards, l.has(t.text))
	}
	return behind(slices.Concat(t.guards, guards), element{l.whole(), bare(t)})
}

// sets reads a question about two sets, one of them written out.
func (r *reader) sets(e ast.Expr, name string, one, other ast.Expr) Formula {
	if texts, is := condition.TextsOf(one); is && name != "sets.contains" {
		if _, both := condition.TextsOf(other); !both && len(texts) >= 0 {
			return r.sets(e, name, other, one)
		}
	}
	texts, written := condition.TextsOf(other)
	l, guards, is := r.list(one)
	if !is || !written {
		return r.closed(e)
	}
	var each []Formula
	for _, text := range texts {
		each = append(each, l.has(text))
	}
	switch name {
	case "sets.contains":
		return behind(guards, and(each))
	case "sets.intersects":
		return behind(guards, or(each...))
	case "sets.equivalent":
		for _, text := range l.whole().texts {
			if !slices.Contains(texts, text) {
				each = append(each, not{l.has(text)})
			}
		}
		return behind(guards, and(each))
	}
	return r.closed(e)
}
