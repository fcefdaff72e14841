package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Guardrail returns the newest version of a guardrail. It takes GOVERNANCE or
// AUDIT.
func (g Governance) Guardrail(ctx context.Context, by request.Identity, name review.GuardrailName) (review.Guardrail, error) {
	if err := permit(by, "read a guardrail", request.Governance, request.Audit); err != nil {
		return review.Guardrail{}, err
	}
	return g.e.rules.Guardrail(ctx, name)
}

// GuardrailAt returns one version of a guardrail, also of one that was deleted. It
// takes GOVERNANCE or AUDIT.
func (g Governance) GuardrailAt(ctx context.Context, by request.Identity, v review.GuardrailVersion) (review.Guardrail, error) {
	if err := permit(by, "read a guardrail", request.Governance, request.Audit); err != nil {
		return review.Guardrail{}, err
	}
	read, err := records.Guardrails.Get(ctx, g.e.journal.Store, records.VersionKey(v.Name, v.Version))
	return read.Value, err
}

// Guardrails lists the newest versions of all guardrails by name, from the one
// after a given name, at most limit of them. It takes GOVERNANCE or AUDIT.
func (g Governance) Guardrails(ctx context.Context, by request.Identity, after review.GuardrailName, limit int) ([]review.Guardrail, error) {
	if err := permit(by, "list the guardrails", request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return rulebook.List(ctx, g.e.rules, manifest.GuardrailDefinition, records.Guardrails, string(after), limit)
}

// SaveGuardrail saves the next version of a guardrail: its Version names the
// version that it was based on, 0 for a new one. It holds at once, also for what
// was approved before: live grants that it prevents end, and containers cover
// nothing any more where a guardrail is set below them. Errors are those of
// SaveFlow. It takes GOVERNANCE.
func (g Governance) SaveGuardrail(ctx context.Context, by request.Identity, rail review.Guardrail) (review.GuardrailVersion, error) {
	if err := permit(by, "save a guardrail", request.Governance); err != nil {
		return review.GuardrailVersion{}, err
	}
	a := &governance.SavingGuardrail{Governance: g.e.governance, Guardrail: rail}
	if err := g.e.governance.Alter(ctx, by, a); err != nil {
		return review.GuardrailVersion{}, err
	}
	return a.Saved, nil
}

// DeleteGuardrail takes a guardrail away. Its versions stay readable, and grants
// that it has ended stay ended. The version is the newest that was seen. It takes
// GOVERNANCE.
func (g Governance) DeleteGuardrail(ctx context.Context, by request.Identity, v review.GuardrailVersion) error {
	if err := permit(by, "delete a guardrail", request.Governance); err != nil {
		return err
	}
	return g.e.governance.Alter(ctx, by, &governance.DeletingGuardrail{Governance: g.e.governance, Guardrail: v})
}

// Guardrails lists those that hold for an asset, and where they are set, nearest
// first: to those who may see who has access to it.
func (a Assets) Guardrails(ctx context.Context, by request.Identity, ref catalog.Ref) ([]review.Placed, error) {
	if err := a.e.mayOversee(ctx, by, ref, "see the guardrails of this asset"); err != nil {
		return nil, err
	}
	return a.e.rules.GuardrailChecker().Guardrails(ctx, ref)
}
