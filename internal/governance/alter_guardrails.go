package governance

import (
	"context"

	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// SavingGuardrail saves the next version of a guardrail.
type SavingGuardrail struct {
	Governance *Governance `json:"-"`

	Guardrail review.Guardrail        `json:"guardrail"`
	Saved     review.GuardrailVersion `json:"-"`
}

func (*SavingGuardrail) Kind() manifest.ProposalKind { return "guardrail.save" }

func (a *SavingGuardrail) Of() (what, name string) { return "guardrail", string(a.Guardrail.Name) }

func (*SavingGuardrail) Needs() request.Permission { return request.Governance }

func (a *SavingGuardrail) Check(ctx context.Context) error {
	return a.Governance.checkGuardrail(ctx, a.Guardrail)
}

func (a *SavingGuardrail) CarryOut(ctx context.Context, d *Revision) (err error) {
	a.Saved, err = d.saveGuardrail(ctx, a.Guardrail)
	return err
}

func (a *SavingGuardrail) Differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(a.Governance.Rules.Guardrail(ctx, a.Guardrail.Name))
	return manifest.Diff(manifest.Definitions{Guardrails: stands}, manifest.Definitions{Guardrails: []review.Guardrail{a.Guardrail}}), err
}

// DeletingGuardrail deletes a guardrail.
type DeletingGuardrail struct {
	Governance *Governance `json:"-"`

	Guardrail review.GuardrailVersion `json:"guardrail"`
}

func (*DeletingGuardrail) Kind() manifest.ProposalKind { return "guardrail.delete" }

func (a *DeletingGuardrail) Of() (what, name string) { return "guardrail", string(a.Guardrail.Name) }

func (*DeletingGuardrail) Needs() request.Permission { return request.Governance }

func (*DeletingGuardrail) Check(context.Context) error { return nil }

func (a *DeletingGuardrail) CarryOut(ctx context.Context, d *Revision) error {
	return d.deleteGuardrail(ctx, a.Guardrail)
}

func (a *DeletingGuardrail) Differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(a.Governance.Rules.Guardrail(ctx, a.Guardrail.Name))
	return manifest.Diff(manifest.Definitions{Guardrails: stands}, manifest.Definitions{}), err
}
