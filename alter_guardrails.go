package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// savingGuardrail saves the next version of a guardrail.
type savingGuardrail struct {
	e *Engine

	Guardrail review.Guardrail `json:"guardrail"`
	saved     review.GuardrailVersion
}

func (*savingGuardrail) kind() store.ProposalKind  { return "guardrail.save" }
func (a *savingGuardrail) of() (what, name string) { return "guardrail", string(a.Guardrail.Name) }
func (*savingGuardrail) needs() request.Permission { return request.Governance }
func (a *savingGuardrail) check(ctx context.Context) error {
	return a.e.checkGuardrail(ctx, a.Guardrail)
}

func (a *savingGuardrail) carryOut(ctx context.Context, d *defining) (err error) {
	a.saved, err = d.saveGuardrail(ctx, a.Guardrail)
	return err
}

func (a *savingGuardrail) differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(a.e.guardrail(ctx, a.Guardrail.Name))
	return manifest.Diff(manifest.Definitions{Guardrails: stands}, manifest.Definitions{Guardrails: []review.Guardrail{a.Guardrail}}), err
}

// deletingGuardrail deletes a guardrail.
type deletingGuardrail struct {
	e *Engine

	Guardrail review.GuardrailVersion `json:"guardrail"`
}

func (*deletingGuardrail) kind() store.ProposalKind    { return "guardrail.delete" }
func (a *deletingGuardrail) of() (what, name string)   { return "guardrail", string(a.Guardrail.Name) }
func (*deletingGuardrail) needs() request.Permission   { return request.Governance }
func (*deletingGuardrail) check(context.Context) error { return nil }
func (a *deletingGuardrail) carryOut(ctx context.Context, d *defining) error {
	return d.deleteGuardrail(ctx, a.Guardrail)
}

func (a *deletingGuardrail) differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(a.e.guardrail(ctx, a.Guardrail.Name))
	return manifest.Diff(manifest.Definitions{Guardrails: stands}, manifest.Definitions{}), err
}
