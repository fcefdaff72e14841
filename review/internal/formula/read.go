package formula

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/internal/condition"
)

// Bounds of what is read. Beyond them a part may come to anything.
const (
	maxSize  = 20     // that a list is asked to have
	maxParts = 20_000 // of one condition, with its loops written out
	MaxDepth = 8      // of the name of an asset
)

// PartOfName names the fact that is one part of the name of an asset.
func PartOfName(i int) string { return fmt.Sprintf("asset.path[%d]", i) }

// Read reads a condition, or a part of one, that New has seen.
func (sp *Space) Read(checked *ast.AST, part ast.Expr) Formula {
	r := reader{space: sp, info: checked.SourceInfo()}
	return r.formula(part)
}

// reader reads one condition. Bound are the texts that the names of loops stand for.
type reader struct {
	space *Space
	info  *ast.SourceInfo
	bound map[string]string
	shut  bool // a part that could not be read may stand in a loop
	parts int
}

func (r *reader) formula(e ast.Expr) Formula {
	if r.parts++; r.parts > maxParts {
		r.shut = true
		return r.closed(e)
	}
	switch e.Kind() {
	case ast.LiteralKind:
		if yes, is := e.AsLiteral().Value().(bool); is {
			return constant(of(yes))
		}
	case ast.ComprehensionKind:
		return r.once(e)
	case ast.SelectKind, ast.IdentKind:
		return r.fact(e)
	case ast.CallKind:
		return r.call(e)
	}
	return r.closed(e)
}

// closed is a part that could not be read: it may come to anything.
func (r *reader) closed(e ast.Expr) Formula {
	if len(r.bound) > 0 {
		r.shut = true
		return constant(Yes)
	}
	text, err := cel.ExprToString(e, r.info)
	if err != nil {
		text = fmt.Sprintf("part %d", e.ID())
	}
	if !slices.Contains(r.space.closed, text) {
		r.space.closed = append(r.space.closed, text)
	}
	return &table{r.space.variable("part "+text, "", upTo(3), nil), []Truth{Yes, No, Fault}}
}

// once reads a loop that may stand in several conditions.
func (r *reader) once(e ast.Expr) Formula {
	text, err := cel.ExprToString(e, r.info)
	if len(r.bound) > 0 || err != nil {
		return r.loop(e)
	}
	p, is := r.space.parts[text]
	if !is {
		p = &shared{r.loop(e), len(r.space.shared)}
		r.space.shared = append(r.space.shared, p)
		r.space.parts[text] = p
	}
	return p
}

// loop reads exists and all, over what is written out or over a list of facts.
func (r *reader) loop(e ast.Expr) Formula {
	over, body, every, is := loopOf(e)
	name := e.AsComprehension().IterVar()
	if !is || len(r.bound) > 0 && over.Kind() != ast.ListKind {
		return r.closed(e)
	}
	inner := reader{space: r.space, info: r.info, parts: r.parts}
	defer func() { r.parts = inner.parts }()
	each := func(text string) Formula {
		inner.bound = map[string]string{name: text}
		for k, v := range r.bound {
			if k != name {
				inner.bound[k] = v
			}
		}
		return inner.formula(body)
	}
	var all []Formula
	var guards []guard
	if over.Kind() == ast.ListKind {
		texts, is := condition.TextsOf(over)
		if !is {
			return r.closed(e)
		}
		for _, text := range texts {
			all = append(all, each(text))
		}
	} else {
		var l *list
		if l, guards, is = r.list(over); !is {
			return r.closed(e)
		}
		for _, text := range l.texts {
			f := each(text)
			if every {
				f = not{f}
			}
			all = append(all, and{l.has(text), f})
		}
	}
	switch {
	case inner.shut:
		return r.closed(e)
	case every && over.Kind() == ast.ListKind:
		return behind(guards, and(all))
	case every:
		return behind(guards, not{or(all...)})
	}
	return behind(guards, or(all...))
}

// fact reads one that is yes or no, or whether one is there.
func (r *reader) fact(e ast.Expr) Formula {
	path, test := condition.PathOf(e)
	name := condition.Read{Path: path}.Name()
	switch {
	case name == "request.endless" && !test:
		return r.time("request.duration", func(t Time) bool { return t.Says == request.Endless })
	case test && len(path) == 2 && path[0] == "answers":
		return r.answered(path[1])
	case test && len(path) == 3 && path[1] == "attributes":
		return behind(r.known(path[0]+".attributes"), isFlag(r.space.flag("given", name, 1)))
	}
	return r.closed(e)
}

// time asks something of a duration.
func (r *reader) time(fact string, holds func(Time) bool) Formula {
	at := r.space.timeOf(fact)
	var truths []Truth
	for _, t := range r.space.Times() {
		truths = append(truths, of(holds(t)))
	}
	return &table{at, truths}
}

// known guards what an identity may come without.
func (r *reader) known(fact string) []guard {
	return []guard{{r.space.flag("known", fact, 1), []bool{false, true}, Fault}}
}

// answered holds where there is an answer.
func (r *reader) answered(id string) Formula {
	switch questions := r.space.questions(id); {
	case len(r.space.forms) > 0 && len(questions) == 0:
		return constant(No)
	case len(r.space.forms) == 1 && questions[0].Type == request.Checkboxes:
		return constant(Yes)
	}
	return isFlag(r.space.flag("given", "answers."+id, 1))
}

// The types of answers, by the value of their variable.
const (
	oneText = iota
	someTexts
	oneTime
)

// answer guards an answer that has to be there, and of a type. Otherwise is for one of
// another type.
func (r *reader) answer(id string, as int, otherwise Truth) (guards []guard, is bool) {
	questions := r.space.questions(id)
	given := r.answered(id)
	if given == constant(No) {
		return []guard{{r.space.flag("given", "answers."+id, 0), []bool{false, false}, Fault}}, true
	}
	if given != constant(Yes) {
		guards = append(guards, guard{r.space.flag("given", "answers."+id, 1), []bool{false, true}, Fault})
	}
	for _, q := range questions {
		if typeOf(q) != as {
			return nil, false
		}
	}
	if len(questions) == 0 {
		order := []int{as, (as + 1) % 3, (as + 2) % 3}
		takes := []bool{as == oneText, as == someTexts, as == oneTime}
		guards = append(guards, guard{r.space.variable("type", "answers."+id, order, nil), takes, otherwise})
	}
	return guards, true
}

func typeOf(q request.Question) int {
	switch q.Type {
	case request.Checkboxes:
		return someTexts
	case request.AccessDuration:
		return oneTime
	}
	return oneText
}

// list reads a fact that is a list of texts.
func (r *reader) list(e ast.Expr) (*list, []guard, bool) {
	path, test := condition.PathOf(e)
	if test || len(path) < 2 {
		return nil, nil, false
	}
	name := condition.Read{Path: path}.Name()
	switch {
	case slices.Contains(listFacts, name):
		return r.space.listOf(name), nil, true
	case len(path) == 2 && (path[1] == "groups" || path[1] == "permissions") && person(path[0]):
		if path[1] == "permissions" {
			return r.space.listOf(name), nil, true
		}
		return r.space.listOf(name), r.known(name), true
	case len(path) == 3 && path[1] == "attributes" && person(path[0]):
		guards := append(r.known(path[0]+".attributes"), guard{r.space.flag("given", name, 1), []bool{false, true}, Fault})
		return r.space.listOf(name), guards, true
	case len(path) == 2 && path[0] == "answers":
		guards, is := r.answer(path[1], someTexts, Fault)
		return r.space.listOf(name), guards, is
	}
	return nil, nil, false
}

var listFacts = []string{"request.columns", "asset.path", "asset.columns", "asset.tags", "asset.source.tags"}

func person(variable string) bool { return variable == "requester" || variable == "beneficiary" }

// term is one text: a constant, or a fact, also after some functions.
type term struct {
	text     string
	fact     bool
	variable int
	texts    []string // by the value of the variable
	guards   []guard
	unsure   string // after which functions: the values of the variable are not enough then
}

// reads is the term of a fact.
func (r *reader) reads(variable int, guards ...guard) (term, bool) {
	return term{fact: true, variable: variable, texts: r.space.variables[variable].texts, guards: guards}, true
}

// term reads one text. Otherwise is for an answer that is none.
func (r *reader) term(e ast.Expr, otherwise Truth) (term, bool) {
	if text, is := condition.TextOf(e); is {
		return term{text: text}, true
	}
	if e.Kind() == ast.IdentKind {
		text, is := r.bound[e.AsIdent()]
		return term{text: text}, is
	}
	if e.Kind() == ast.CallKind && e.AsCall().IsMemberFunction() && len(e.AsCall().Args()) == 0 {
		return r.changed(e.AsCall())
	}
	fact, is := factOf(e)
	path := strings.Split(fact, ".")
	switch {
	case !is:
	case slices.Contains(textFacts, fact) || len(path) == 2 && person(path[0]) && slices.Contains(textsOfPeople, path[1]):
		return r.reads(r.space.textOf(fact))
	case fact == "assist.risk":
		return r.reads(r.space.textOf(fact), r.known(fact)...)
	case len(path) == 2 && person(path[0]) && partsOfPeople[path[1]] != nil:
		t, _ := r.reads(r.space.textOf(path[0] + ".person"))
		return t.after(partsOfPeople[path[1]]), true
	case strings.HasPrefix(fact, "asset.path["):
		var i int
		_, _ = fmt.Sscanf(fact, "asset.path[%d]", &i)
		deep := make([]bool, MaxDepth+1)
		for n := range deep {
			deep[n] = n > i
		}
		return r.reads(r.space.textOf(fact), guard{r.depth(), deep, Fault})
	case len(path) == 2 && path[0] == "answers":
		guards, is := r.answer(path[1], oneText, otherwise)
		t, _ := r.reads(r.space.textOf(fact), guards...)
		return t, is
	}
	return term{}, false
}

// depth is the variable of how many parts the name of an asset has: three before others.
func (r *reader) depth() int {
	return r.space.variable("depth", "asset.path", []int{3, 2, 1, 4, 5, 6, 7, 8, 0}, nil)
}

// changed reads a text after a function.
func (r *reader) changed(call ast.CallExpr) (term, bool) {
	function := map[string]func(string) string{"lowerAscii": lowerASCII, "upperAscii": upperASCII}[call.FunctionName()]
	t, is := r.term(call.Target(), Fault)
	if function == nil || !is {
		return term{}, false
	}
	t.text = function(t.text)
	t = t.after(function)
	t.unsure += call.FunctionName() + " "
	return t, true
}

// after is the term after a function.
func (t term) after(function func(string) string) term {
	texts := make([]string, len(t.texts))
	for i, text := range t.texts {
		texts[i] = function(text)
	}
	t.texts = texts
	return t
}

func lowerASCII(s string) string {
	return strings.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, s)
}

func upperASCII(s string) string {
	return strings.Map(func(c rune) rune {
		if 'a' <= c && c <= 'z' {
			return c + 'A' - 'a'
		}
		return c
	}, s)
}

var (
	textFacts     = []string{"request.type", "request.privilege", "asset.ref", "asset.name", "asset.kind", "asset.connection", "asset.technology", "asset.source.owner", "asset.source.comment"}
	textsOfPeople = []string{"person", "name", "kind", "owner"}
)

// partsOfPeople are the facts that follow from the id of a person.
var partsOfPeople = map[string]func(string) string{
	"id":     func(p string) string { return request.PersonID(p).Identity().ID },
	"issuer": func(p string) string { return request.PersonID(p).Identity().Issuer },
}

// asks asks something of one text. Sure says that the texts of the space are enough to be
// right about all; key tells the question from others, where they are not.
func (r *reader) asks(t term, sure bool, key string, holds func(string) bool) Formula {
	if !t.fact {
		return constant(of(holds(t.text)))
	}
	if t.unsure != "" {
		sure, key = false, t.unsure+key
	}
	exact := &table{variable: t.variable}
	for _, text := range t.texts {
		exact.of = append(exact.of, of(holds(text)))
	}
	if sure {
		return behind(t.guards, exact)
	}
	r.space.loosely = true
	free := isFlag(r.space.flag(key+" of", r.space.variables[t.variable].fact, 1))
	return behind(t.guards, loose{exact, free})
}

// same holds where two terms are the same text.
func (r *reader) same(a, b term) (Formula, bool) {
	switch {
	case !b.fact:
		return r.asks(a, true, fmt.Sprintf("%q", b.text), func(s string) bool { return s == b.text }), true
	case !a.fact:
		return r.same(b, a)
	case a.unsure != "" || b.unsure != "":
		return nil, false
	}
	return behind(slices.Concat(a.guards, b.guards), equal{bare(a), bare(b)}), true
}

// matching compiles a pattern that is written out.
func matching(e ast.Expr) (func(string) bool, bool) {
	text, is := condition.TextOf(e)
	if !is {
		return nil, false
	}
	pattern, err := regexp.Compile(text)
	if err != nil {
		return nil, false
	}
	return pattern.MatchString, true
}

// turnedRound are comparisons with their sides changed.
var turnedRound = map[string]string{operators.Equals: operators.Equals, operators.NotEquals: operators.NotEquals,
	operators.Less: operators.Greater, operators.LessEquals: operators.GreaterEquals,
	operators.Greater: operators.Less, operators.GreaterEquals: operators.LessEquals}
