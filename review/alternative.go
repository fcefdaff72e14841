package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"

	"github.com/grantwright/grantwright/request"
)

// alternative is one way in which a condition comes to hold: what it reads, and
// what it wants of facts where that is plain.
type alternative struct {
	always bool // it holds whatever the facts are
	never  bool
	read   []read
	wants  []want
}

// maxAlternatives bounds how many ways a condition is taken apart into.
const maxAlternatives = 64

// alternatives are the ways in which a condition can come to hold. Where there are
// too many, what they read is taken together.
func alternatives(e ast.Expr) []alternative {
	if parts := joined(e, operators.LogicalOr); len(parts) > 1 {
		var all []alternative
		for _, part := range parts {
			all = append(all, alternatives(part)...)
		}
		return bounded(all, e)
	}
	if parts := joined(e, operators.LogicalAnd); len(parts) > 1 {
		all := []alternative{{always: true}}
		for _, part := range parts {
			all = combined(all, alternatives(part), e)
		}
		return all
	}
	return []alternative{leaf(e)}
}

func combined(these, those []alternative, e ast.Expr) []alternative {
	var all []alternative
	for _, a := range these {
		for _, b := range those {
			all = append(all, a.and(b))
		}
		if len(all) > maxAlternatives {
			break
		}
	}
	return bounded(all, e)
}

func bounded(all []alternative, e ast.Expr) []alternative {
	if len(all) <= maxAlternatives {
		return all
	}
	return []alternative{{read: readsOf(e)}}
}

// leaf is a part of a condition that is not taken apart.
func leaf(e ast.Expr) alternative {
	a := alternative{always: isTrue(e), never: isFalse(e), read: readsOf(e)}
	if w, plain := wantOf(e); plain {
		a.wants = append(a.wants, w)
	}
	return a
}

// isTrue reports whether an expression is literally true, and isFalse false.
func isTrue(e ast.Expr) bool  { return e.Kind() == ast.LiteralKind && e.AsLiteral().Value() == true }
func isFalse(e ast.Expr) bool { return e.Kind() == ast.LiteralKind && e.AsLiteral().Value() == false }

func (a alternative) and(b alternative) alternative {
	return alternative{always: a.always && b.always, never: a.never || b.never, read: slices.Concat(a.read, b.read), wants: slices.Concat(a.wants, b.wants)}
}

// reads reports whether the alternative looks at a fact, or at a part of it.
func (a alternative) reads(fact string) bool {
	path := strings.Split(fact, ".")
	return slices.ContainsFunc(a.read, func(r read) bool { return r.under(path...) })
}

// onClaims reports whether nothing that is read of the asset, and nobody, is known
// by anybody but the platform's own people and the requester.
func (a alternative) onClaims() bool {
	claimed := false
	for _, r := range a.read {
		switch {
		case r.under("asset", "source"):
			claimed = true
		case r.under("request") || r.under("answers"):
		default:
			return false
		}
	}
	return claimed
}

// impossible reports whether the alternative can never hold.
func (a alternative) impossible(forms []request.Form) bool { return a.why(forms) != "" }

// why says why the alternative can never hold; nothing if it can.
func (a alternative) why(forms []request.Form) string {
	if a.never {
		return "it is false whatever is asked"
	}
	for i, w := range a.wants {
		left := w.left(forms)
		for _, o := range a.wants {
			if o.fact == w.fact {
				left = o.narrowed(left)
			}
		}
		if w.one != nil && len(left) == 0 {
			return fmt.Sprintf("%s is never %s%s", w.fact, strings.Join(w.one, " or "), w.known(forms))
		}
		for _, o := range a.wants[:i] {
			if o.fact == w.fact && w.op != "" && o.op != "" && apart(o, w) {
				return fmt.Sprintf("%s cannot be both", w.fact)
			}
		}
	}
	return ""
}
