package main

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/review"
)

const guardedFigure = "flow, guarded"

func measureGuarded(ctx context.Context, b *bench) ([]row, error) {
	return b.flows(ctx, flowing{figure: guardedFigure, ratio: 1.0 / 3, ready: guard, open: inProcess})
}

// guard puts guardrails on the connection and on the table, a mask on a column of it,
// and gives somebody else access to the whole schema.
func guard(ctx context.Context, w *world) error {
	for name, rail := range map[review.GuardrailName]review.Guardrail{
		"contractors": {At: []catalog.Ref{"warehouse"}, Require: "!('contractors' in beneficiary.groups)"},
		"suspended":   {At: []catalog.Ref{w.orders()}, Require: "!('suspended' in beneficiary.groups) && request.privilege == 'READ'"},
	} {
		rail.Name = name
		if err := saveGuardrail(ctx, w.engine, rail); err != nil {
			return err
		}
	}
	if err := flow(ctx, w.engine, person(loginCount-1), asking(w.orders().Parent())); err != nil {
		return fmt.Errorf("a container grant: %w", err)
	}
	if err := saveMask(ctx, w.engine, catalog.Mask{Name: "e-mail", At: w.orders(), Columns: []string{"email"}, How: catalog.MaskNull}); err != nil {
		return err
	}
	return w.engine.Masks().Enforce(ctx, admin, "warehouse")
}
