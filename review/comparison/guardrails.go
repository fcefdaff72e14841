package comparison

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/cel-go/common/ast"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/internal/formula"
)

// Guardrails says what a changed guardrail no longer prevents. An error is that of ctx, or
// of a guardrail that does not compile.
func Guardrails(ctx context.Context, before, changed review.Guardrail) (Comparison, error) {
	was, err := review.CompileGuardrail(before)
	is, other := review.CompileGuardrail(changed)
	if err := errors.Join(err, other); err != nil {
		return Comparison{}, err
	}
	c := Comparison{Ways: elsewhere(before, changed)}
	if before.Require == changed.Require {
		return c, nil
	}
	first, err := read(before.Require)
	second, other := read(changed.Require)
	if err := errors.Join(err, other); err != nil {
		return Comparison{}, err
	}
	w := Way{Kind: Allows, Rule: "guardrail " + string(changed.Name), Says: "no longer prevents access", Example: nil}
	sp := formula.New(nil, first, second)
	left := maxCost
	outcome, err := sp.Find(ctx, guarding(sp, first, second), &left, func(found *formula.Found) bool {
		m, possible := madeUp(found)
		if !possible {
			return false
		}
		if !prevents(ctx, was, m) || prevents(ctx, is, m) {
			return false
		}
		w.Example = m.example()
		return true
	})
	switch {
	case ctx.Err() != nil:
		return Comparison{}, ctx.Err()
	case err != nil:
		c.Undecided = append(c.Undecided, Undecided{w.Rule, err.Error()})
	case outcome == formula.Refused:
		c.Undecided = append(c.Undecided, Undecided{w.Rule, "no made-up request shows it" + closed(sp)})
	case outcome == formula.Seen:
		c.Ways = append(c.Ways, w)
	}
	return c, nil
}

// guarding wants the condition of before not to hold, or to fail, and the changed one to
// hold.
func guarding(sp *formula.Space, before, changed *ast.AST) []formula.Wanted {
	return []formula.Wanted{
		{Of: sp.Read(changed, changed.Expr()), To: formula.Yes},
		{Of: sp.Read(before, before.Expr()), To: formula.No | formula.Fault},
	}
}

func prevents(ctx context.Context, g *review.Guard, m *made) bool {
	p, err := g.Prevents(ctx, m.asset.Ref, m.facts(), nil)
	return err == nil && p != nil
}

// elsewhere lists the places where a guardrail no longer holds.
func elsewhere(before, changed review.Guardrail) (all []Way) {
	for _, at := range before.At {
		if !slices.ContainsFunc(changed.At, func(r catalog.Ref) bool { return r.Covers(at) }) {
			all = append(all, Way{Kind: Allows, Rule: "guardrail " + string(changed.Name), Says: fmt.Sprintf("no longer prevents anything at %s", at)})
		}
	}
	return all
}
