package main

import (
	"context"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/review"
)

func saveFlow(ctx context.Context, e *grantwright.Engine, f review.Flow) error {
	_, err := e.Governance().Flows.Save(ctx, governance, f)
	return err
}

func saveGuardrail(ctx context.Context, e *grantwright.Engine, rail review.Guardrail) error {
	_, err := e.Governance().Guardrails.Save(ctx, governance, rail)
	return err
}

func saveMask(ctx context.Context, e *grantwright.Engine, m catalog.Mask) error {
	_, err := e.Governance().Masks.Save(ctx, governance, m)
	return err
}
