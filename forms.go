package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
)

// Form returns the newest version of a form, the built-in one included. It takes
// GOVERNANCE or AUDIT.
func (g Governance) Form(ctx context.Context, by request.Identity, name request.FormName) (request.Form, error) {
	if err := permit(by, "read a form", request.Governance, request.Audit); err != nil {
		return request.Form{}, err
	}
	return g.e.rules.Form(ctx, name)
}

// FormAt returns one version of a form, also of one that was deleted. It takes
// GOVERNANCE or AUDIT.
func (g Governance) FormAt(ctx context.Context, by request.Identity, v request.FormVersion) (request.Form, error) {
	if err := permit(by, "read a form", request.Governance, request.Audit); err != nil {
		return request.Form{}, err
	}
	return g.e.rules.FormVersion(ctx, v)
}

// Forms lists the newest versions of all forms but the built-in one by name, from
// the one after a given name, at most limit of them. It takes GOVERNANCE or AUDIT.
func (g Governance) Forms(ctx context.Context, by request.Identity, after request.FormName, limit int) ([]request.Form, error) {
	if err := permit(by, "list the forms", request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return rulebook.List(ctx, g.e.rules, manifest.FormDefinition, records.Forms, string(after), limit)
}

// SaveForm saves the next version of a form: f.Version names the version that it
// was based on, 0 for a new form. If someone has saved another meanwhile, the
// error is a *StaleError. Requests keep the version that they were made with. It
// takes GOVERNANCE.
func (g Governance) SaveForm(ctx context.Context, by request.Identity, f request.Form) (request.FormVersion, error) {
	if err := permit(by, "save a form", request.Governance); err != nil {
		return request.FormVersion{}, err
	}
	a := &governance.SavingForm{Governance: g.e.governance, Form: f}
	if err := g.e.governance.Alter(ctx, by, a); err != nil {
		return request.FormVersion{}, err
	}
	return a.Saved, nil
}

// DeleteForm deletes a form that is attached nowhere and that no pending request
// was made with; otherwise the error is an *InUseError. Its versions stay
// readable. The version is the newest that was seen, or else the error is a
// *StaleError. It takes GOVERNANCE.
func (g Governance) DeleteForm(ctx context.Context, by request.Identity, v request.FormVersion) error {
	if err := permit(by, "delete a form", request.Governance); err != nil {
		return err
	}
	return g.e.governance.Alter(ctx, by, &governance.DeletingForm{Governance: g.e.governance, Form: v})
}
