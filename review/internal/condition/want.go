package condition

import (
	"slices"
	"strings"
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"

	"github.com/grantwright/grantwright/request"
)

// want is what a fact must be.
type want struct {
	fact string
	one  []string // it must be one of these; nil says nothing of it
	not  []string // and none of these
	op   string   // or it compares so with
	than time.Duration
}

// wantOf reads a comparison of a fact with something that is written out.
func wantOf(e ast.Expr) (want, bool) {
	if e.Kind() != ast.CallKind || len(e.AsCall().Args()) != 2 || e.AsCall().IsMemberFunction() {
		return want{}, false
	}
	operator, one, other := e.AsCall().FunctionName(), e.AsCall().Args()[0], e.AsCall().Args()[1]
	path, test := PathOf(one)
	if path == nil {
		path, test = PathOf(other)
		other, operator = one, turned[operator]
	}
	if len(path) < 2 || test {
		return want{}, false
	}
	w := want{fact: strings.Join(path, ".")}
	if text, is := TextOf(other); is && operator == operators.Equals {
		w.one = []string{text}
		return w, true
	} else if is && operator == operators.NotEquals {
		w.not = []string{text}
		return w, true
	}
	if texts, is := TextsOf(other); is && operator == operators.In && len(texts) > 0 {
		w.one = texts
		return w, true
	}
	if d, is := DurationOf(other); is && operator != "" && operator != operators.In {
		w.op, w.than = operator, d
		return w, true
	}
	return want{}, false
}

// turned are comparisons with their sides changed. Membership has no other side.
var turned = map[string]string{operators.Equals: operators.Equals, operators.NotEquals: operators.NotEquals,
	operators.Less: operators.Greater, operators.LessEquals: operators.GreaterEquals,
	operators.Greater: operators.Less, operators.GreaterEquals: operators.LessEquals}

// DurationOf is the length of time that is written out.
func DurationOf(e ast.Expr) (time.Duration, bool) {
	switch e.Kind() {
	case ast.LiteralKind:
		d, is := e.AsLiteral().Value().(time.Duration)
		return d, is
	case ast.CallKind:
		if call := e.AsCall(); call.FunctionName() == "duration" && len(call.Args()) == 1 {
			text, _ := TextOf(call.Args()[0])
			d, err := time.ParseDuration(text)
			return d, err == nil
		}
	}
	return 0, false
}

// left is what a fact can still be, of what is wanted.
func (w want) left(forms []request.Form) []string {
	possible := w.possible(forms)
	if possible == nil {
		return w.one
	}
	return slices.DeleteFunc(slices.Clone(w.one), func(s string) bool { return !slices.Contains(possible, s) })
}

// narrowed is what is left of some texts.
func (w want) narrowed(texts []string) []string {
	return slices.DeleteFunc(slices.Clone(texts), func(s string) bool {
		return w.one != nil && !slices.Contains(w.one, s) || slices.Contains(w.not, s)
	})
}

// possible are the words that a fact can be; nil where it can be anything.
func (w want) possible(forms []request.Form) []string {
	id, answer := strings.CutPrefix(w.fact, "answers.")
	if !answer {
		return Enumerated[w.fact]
	}
	var all []string
	for _, form := range forms {
		for _, q := range form.Questions {
			if q.ID == id && q.Type != request.Dropdown {
				return nil
			}
			if q.ID == id {
				all = append(all, q.Options...)
			}
		}
	}
	return all
}

func (w want) known(forms []request.Form) string {
	if possible := w.possible(forms); possible != nil {
		return "; it is one of " + strings.Join(possible, ", ")
	}
	return ""
}

// apart reports whether nothing is in both of two ranges of time.
func apart(a, b want) bool {
	lowA, highA := a.span()
	lowB, highB := b.span()
	return lowA > highB || lowB > highA
}

const longest = time.Duration(1<<63 - 1)

// span is the range of time that a comparison leaves, from and to.
func (w want) span() (low, high time.Duration) {
	switch w.op {
	case operators.Less:
		return 0, w.than - 1
	case operators.LessEquals:
		return 0, w.than
	case operators.Greater:
		return min(w.than, longest-1) + 1, longest
	case operators.GreaterEquals:
		return w.than, longest
	case operators.Equals:
		return w.than, w.than
	}
	return 0, longest
}

// Enumerated are the facts that hold one of a few words, by their name.
var Enumerated = map[string][]string{
	"request.type":      {string(request.DataAccess), string(request.MaskingException)},
	"request.privilege": {string(request.Read), string(request.ReadWrite)},
	"requester.kind":    kindsOfPeople,
	"beneficiary.kind":  kindsOfPeople,
	"steward.kind":      kindsOfPeople,
	"assist.risk":       {"LOW", "MODERATE", "HIGH", "UNDETERMINED"},
	"asset.kind":        {"DATABASE", "SCHEMA", "TABLE", "PARTITIONED_TABLE", "VIEW", "MATERIALIZED_VIEW", "FOREIGN_TABLE"},
}

var kindsOfPeople = []string{string(request.Person), string(request.Group), string(request.Service)}
