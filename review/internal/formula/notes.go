package formula

import (
	"slices"
	"strings"
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/review/internal/condition"
)

// notes are the constants of conditions, by the facts that these are compared with.
type notes struct {
	facts     map[string]*noted
	order     []string
	durations []time.Duration
}

// noted are the constants that one fact is compared with.
type noted struct {
	texts    []string
	prefixes []string // that it is asked to begin with
	seeds    []string // that may fit other questions
	related  bool     // it is compared with other facts
	loops    int      // over its elements
	sizes    int      // the greatest that it is asked for; negative where none is
}

func newNotes() *notes { return &notes{facts: map[string]*noted{}} }

func (n *notes) of(fact string) *noted {
	one, is := n.facts[fact]
	if !is {
		one = &noted{sizes: -1}
		n.facts[fact] = one
		n.order = append(n.order, fact)
	}
	return one
}

// joined are the constants of all facts that are compared with others.
func (n *notes) joined() *noted {
	all := &noted{related: true, sizes: -1}
	for _, fact := range n.order {
		if one := n.facts[fact]; one.related {
			all.texts = append(all.texts, one.texts...)
			all.prefixes = append(all.prefixes, one.prefixes...)
			all.seeds = append(all.seeds, one.seeds...)
		}
	}
	return all
}

// others is how many texts are needed that no condition names, so that all facts that are
// compared can differ, and each loop finds an element of its own.
func (n *notes) others() int {
	count := 1
	for _, fact := range n.order {
		if one := n.facts[fact]; one.related {
			count += 1 + one.loops + max(0, one.sizes+1)
		}
	}
	return count
}

// join marks all that is read of the id of a person as compared with others, if some of it
// is.
func (n *notes) join() {
	for _, who := range []string{"requester", "beneficiary"} {
		related := false
		for _, part := range []string{".person", ".id", ".issuer"} {
			if one := n.facts[who+part]; one != nil {
				related = related || one.related
			}
		}
		for _, part := range []string{".person", ".id", ".issuer"} {
			if one := n.facts[who+part]; one != nil {
				one.related = related
			}
		}
	}
}

// look goes through a condition. Bound are the facts whose elements the names of loops are;
// outer are the texts that loops go through.
func (n *notes) look(e ast.Expr, bound map[string]string, outer ...string) {
	switch e.Kind() {
	case ast.CallKind:
		switch call := e.AsCall(); call.FunctionName() {
		case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Conditional:
			for _, arg := range call.Args() {
				n.look(arg, bound, outer...)
			}
			return
		}
	case ast.ComprehensionKind:
		if over, body, _, is := loopOf(e); is {
			if fact, is := factOf(over); is {
				n.of(fact).loops++
				bound = with(bound, e.AsComprehension().IterVar(), fact)
			}
			texts, _ := condition.TextsOf(over)
			n.look(body, bound, append(texts, outer...)...)
			return
		}
	}
	n.atom(e, bound, slices.Clone(outer))
}

func with(bound map[string]string, name, fact string) map[string]string {
	all := map[string]string{name: fact}
	for k, v := range bound {
		if k != name {
			all[k] = v
		}
	}
	return all
}

// atom notes the constants of a part that is not taken apart for each fact that it reads.
func (n *notes) atom(e ast.Expr, bound map[string]string, texts []string) {
	var facts []string
	for _, r := range condition.ReadsOf(e) {
		facts = append(facts, r.Name())
	}
	var functions []string
	var durations []time.Duration
	sizes := -1
	ast.PostOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.CallKind {
			functions = append(functions, e.AsCall().FunctionName())
			if fact, is := factOf(e); is {
				facts = append(facts, fact)
			}
		}
		if e.Kind() == ast.IdentKind && bound[e.AsIdent()] != "" {
			facts = append(facts, bound[e.AsIdent()])
		}
		if text, is := condition.TextOf(e); is {
			texts = append(texts, text)
		}
		if d, is := condition.DurationOf(e); is {
			durations = append(durations, d)
		}
		if e.Kind() == ast.ListKind && e.AsList().Size() == 0 {
			sizes = max(sizes, 0)
		}
		if count, is := countOf(e); is && count <= maxSize {
			sizes = max(sizes, count)
		}
	}))
	slices.Sort(facts)
	facts = slices.Compact(facts)
	n.durations = append(n.durations, durations...)
	for _, fact := range facts {
		one := n.of(fact)
		one.related = one.related || len(facts) > 1
		one.sizes = max(one.sizes, sizes)
		n.note(fact, texts, nil)
		for _, function := range functions {
			one.shape(function, texts)
		}
	}
}

// note adds constants of a fact, each once.
func (n *notes) note(fact string, texts []string, durations []time.Duration) {
	n.durations = append(n.durations, durations...)
	if fact == "" {
		return
	}
	one := n.of(fact)
	for _, text := range texts {
		if !slices.Contains(one.texts, text) {
			one.texts = append(one.texts, text)
		}
	}
}

// shape notes texts that a function may be asked about with another result.
func (n *noted) shape(function string, texts []string) {
	for _, text := range texts {
		switch function {
		case "startsWith":
			if !slices.Contains(n.prefixes, text) {
				n.prefixes = append(n.prefixes, text)
			}
		case "endsWith", "contains":
			n.seeds = append(n.seeds, "other"+text, text+"other")
			for _, prefix := range n.prefixes {
				n.seeds = append(n.seeds, prefix+text)
			}
		case "lowerAscii", "upperAscii":
			n.seeds = append(n.seeds, strings.ToUpper(text), strings.ToLower(text))
		}
	}
}

// other is a text that begins so, which no condition names.
func (n *noted) other(fact, prefix string, i int) string {
	word := "other"
	for {
		text := prefix + otherOf(fact, prefix, word, i)
		if !slices.Contains(n.texts, text) && !slices.Contains(n.seeds, text) &&
			!slices.ContainsFunc(n.prefixes, func(p string) bool { return len(p) > len(prefix) && strings.HasPrefix(text, p) }) {
			return text
		}
		word += "z"
	}
}

// otherOf writes a word as people write what a fact holds.
func otherOf(fact, prefix, word string, i int) string {
	if i > 0 {
		word += string(rune('a'+i%26)) + strings.Repeat("z", i/26)
	}
	switch {
	case prefix != "":
		return word
	case fact == "asset.ref":
		return word + ":sales.public." + word
	case strings.HasSuffix(fact, ".person") || strings.HasSuffix(fact, ".id") || strings.HasSuffix(fact, ".owner") && fact != "asset.source.owner":
		return word + "@example.com"
	}
	return word
}

// fits reports whether a fact can be a text at all.
func (sp *Space) fits(fact, text string) bool {
	switch fact {
	case "asset.ref":
		same, err := catalog.ParseRef(text)
		return err == nil && string(same) == text
	case "asset.connection":
		return catalog.CheckConnectionName(text) == nil
	case "asset.name", "requester.person", "requester.id", "beneficiary.person", "beneficiary.id":
		return text != ""
	}
	return !strings.HasPrefix(fact, "answers.") && !strings.HasPrefix(fact, "asset.path[") || strings.TrimSpace(text) != ""
}

// factOf is the fact that an expression is. The parts of the name of an asset are each one.
func factOf(e ast.Expr) (string, bool) {
	if path, test := condition.PathOf(e); len(path) > 1 && !test {
		return condition.Read{Path: path}.Name(), true
	}
	if e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.Index && len(e.AsCall().Args()) == 2 {
		of, key := e.AsCall().Args()[0], e.AsCall().Args()[1]
		if fact, is := factOf(of); is && fact == "asset.path" && key.Kind() == ast.LiteralKind {
			if i, is := key.AsLiteral().Value().(int64); is && 0 <= i && i < MaxDepth {
				return PartOfName(int(i)), true
			}
		}
	}
	return "", false
}

// loopOf reads exists and all: over which list, what is asked of each element, and whether
// of one or of all.
func loopOf(e ast.Expr) (over, body ast.Expr, all, is bool) {
	loop := e.AsComprehension()
	if loop.HasIterVar2() || loop.AccuInit().Kind() != ast.LiteralKind || loop.LoopStep().Kind() != ast.CallKind || loop.Result().Kind() != ast.IdentKind {
		return nil, nil, false, false
	}
	start, is := loop.AccuInit().AsLiteral().Value().(bool)
	step := loop.LoopStep().AsCall()
	operator := map[bool]string{true: operators.LogicalAnd, false: operators.LogicalOr}[start]
	if !is || step.FunctionName() != operator || len(step.Args()) != 2 || step.Args()[0].Kind() != ast.IdentKind || step.Args()[0].AsIdent() != loop.AccuVar() {
		return nil, nil, false, false
	}
	return loop.IterRange(), step.Args()[1], start, true
}
