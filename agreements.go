package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
)

// Agreement returns the newest version of a data use agreement. Everyone may read
// it: it is shown before it is accepted.
func (g Governance) Agreement(ctx context.Context, by request.Identity, name request.AgreementName) (request.Agreement, error) {
	if err := by.Check(); err != nil {
		return request.Agreement{}, err
	}
	return g.e.rules.Agreement(ctx, name)
}

// AgreementAt returns one version of an agreement, also of one that was deleted,
// to everyone.
func (g Governance) AgreementAt(ctx context.Context, by request.Identity, v request.AgreementVersion) (request.Agreement, error) {
	if err := by.Check(); err != nil {
		return request.Agreement{}, err
	}
	read, err := records.Agreements.Get(ctx, g.e.journal.Store, records.VersionKey(v.Name, v.Version))
	return read.Value, err
}

// Agreements lists the newest versions of all agreements by name, from the one
// after a given name, at most limit of them. It takes GOVERNANCE or AUDIT.
func (g Governance) Agreements(ctx context.Context, by request.Identity, after request.AgreementName, limit int) ([]request.Agreement, error) {
	if err := permit(by, "list the agreements", request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return rulebook.List(ctx, g.e.rules, manifest.AgreementDefinition, records.Agreements, string(after), limit)
}

// SaveAgreement saves the next version of an agreement: a.Version names the
// version that it was based on, 0 for a new one. If someone has saved another
// meanwhile, the error is a *StaleError. What was accepted stays what it was: who
// submits from then on accepts the new version. It takes GOVERNANCE.
func (g Governance) SaveAgreement(ctx context.Context, by request.Identity, a request.Agreement) (request.AgreementVersion, error) {
	if err := permit(by, "save an agreement", request.Governance); err != nil {
		return request.AgreementVersion{}, err
	}
	saving := &governance.SavingAgreement{Governance: g.e.governance, Agreement: a}
	if err := g.e.governance.Alter(ctx, by, saving); err != nil {
		return request.AgreementVersion{}, err
	}
	return saving.Saved, nil
}

// DeleteAgreement deletes an agreement that no form names; otherwise the error is
// an *InUseError. Its versions stay readable. The version is the newest that was
// seen. It takes GOVERNANCE.
func (g Governance) DeleteAgreement(ctx context.Context, by request.Identity, v request.AgreementVersion) error {
	if err := permit(by, "delete an agreement", request.Governance); err != nil {
		return err
	}
	return g.e.governance.Alter(ctx, by, &governance.DeletingAgreement{Governance: g.e.governance, Agreement: v})
}
