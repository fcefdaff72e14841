package condition

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"

	"github.com/grantwright/grantwright/request"
)

// Alternative is one way in which a condition comes to hold: what it reads, and
// what it wants of facts where that is plain.
type Alternative struct {
	Always bool // it holds whatever the facts are
	never  bool
	read   []Read
	wants  []want
}

// maxAlternatives bounds how many ways a condition is taken apart into.
const maxAlternatives = 64

// Alternatives are the ways in which a condition can come to hold. Where there are
// too many, what they read is taken together.
func Alternatives(e ast.Expr) []Alternative {
	if parts := Joined(e, operators.LogicalOr); len(parts) > 1 {
		var all []Alternative
		for _, part := range parts {
			all = append(all, Alternatives(part)...)
		}
		return bounded(all, e)
	}
	if parts := Joined(e, operators.LogicalAnd); len(parts) > 1 {
		all := []Alternative{{Always: true}}
		for _, part := range parts {
			all = combined(all, Alternatives(part), e)
		}
		return all
	}
	return []Alternative{leaf(e)}
}

func combined(these, those []Alternative, e ast.Expr) []Alternative {
	var all []Alternative
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

func bounded(all []Alternative, e ast.Expr) []Alternative {
	if len(all) <= maxAlternatives {
		return all
	}
	return []Alternative{{read: ReadsOf(e)}}
}

// leaf is a part of a condition that is not taken apart.
func leaf(e ast.Expr) Alternative {
	a := Alternative{Always: isTrue(e), never: isFalse(e), read: ReadsOf(e)}
	if w, plain := wantOf(e); plain {
		a.wants = append(a.wants, w)
	}
	return a
}

// isTrue reports whether an expression is literally true, and isFalse false.
func isTrue(e ast.Expr) bool  { return e.Kind() == ast.LiteralKind && e.AsLiteral().Value() == true }
func isFalse(e ast.Expr) bool { return e.Kind() == ast.LiteralKind && e.AsLiteral().Value() == false }

func (a Alternative) and(b Alternative) Alternative {
	return Alternative{Always: a.Always && b.Always, never: a.never || b.never, read: slices.Concat(a.read, b.read), wants: slices.Concat(a.wants, b.wants)}
}

// Where is the alternative where a fact is one text.
func (a Alternative) Where(fact, text string) Alternative {
	return a.and(Alternative{wants: []want{{fact: fact, one: []string{text}}}})
}

// Reads reports whether the alternative looks at a fact, or at a part of it.
func (a Alternative) Reads(fact string) bool {
	path := strings.Split(fact, ".")
	return slices.ContainsFunc(a.read, func(r Read) bool { return r.Under(path...) })
}

// OnClaims reports whether nothing that is read of the asset, and nobody, is known
// by anybody but the platform's own people and the requester.
func (a Alternative) OnClaims() bool {
	claimed := false
	for _, r := range a.read {
		switch {
		case r.Under("asset", "source"):
			claimed = true
		case r.Under("request") || r.Under("answers"):
		default:
			return false
		}
	}
	return claimed
}

// Impossible reports whether the alternative can never hold.
func (a Alternative) Impossible(forms []request.Form) bool { return a.Why(forms) != "" }

// Why says why the alternative can never hold; nothing if it can.
func (a Alternative) Why(forms []request.Form) string {
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
