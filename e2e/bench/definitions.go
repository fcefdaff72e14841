package main

import (
	"context"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/review"
)

func saveFlow(ctx context.Context, e *grantwright.Engine, f review.Flow) error {
	_, err := e.Governance().SaveFlow(ctx, governance, f)
	return err
}

func saveGuardrail(ctx context.Context, e *grantwright.Engine, rail review.Guardrail) error {
	_, err := e.Governance().SaveGuardrail(ctx, governance, rail)
	return err
}

func saveMask(ctx context.Context, e *grantwright.Engine, m catalog.Mask) error {
	_, err := e.Governance().SaveMask(ctx, governance, m)
	return err
}
