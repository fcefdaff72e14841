package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
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

// Mask returns the newest version of a mask. It takes GOVERNANCE or AUDIT.
func (g Governance) Mask(ctx context.Context, by request.Identity, name string) (catalog.Mask, error) {
	if err := permit(by, "read a mask", request.Governance, request.Audit); err != nil {
		return catalog.Mask{}, err
	}
	return rulebook.Newest(ctx, g.e.rules, rulebook.MaskNamed(name), records.Masks)
}

// MaskAt returns one version of a mask, also of one that was deleted. It takes
// GOVERNANCE or AUDIT.
func (g Governance) MaskAt(ctx context.Context, by request.Identity, name string, version int) (catalog.Mask, error) {
	if err := permit(by, "read a mask", request.Governance, request.Audit); err != nil {
		return catalog.Mask{}, err
	}
	read, err := records.Masks.Get(ctx, g.e.journal.Store, records.VersionKey(name, version))
	return read.Value, err
}

// Masks lists the newest versions of all masks by name, from the one after a given
// name, at most limit of them. It takes GOVERNANCE or AUDIT.
func (g Governance) Masks(ctx context.Context, by request.Identity, after string, limit int) ([]catalog.Mask, error) {
	if err := permit(by, "list the masks", request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return rulebook.List(ctx, g.e.rules, manifest.MaskDefinition, records.Masks, after, limit)
}

// SaveMask saves the next version of a mask: m.Version names the version that it
// was based on, 0 for a new one. If someone has saved another meanwhile, the error
// is a *StaleError. Of the assets that it masks, the columns that stand there now
// count as looked at; those that come later are not shown until they are
// classified. What was granted on these assets becomes access to what shows them
// masked. It takes GOVERNANCE.
func (g Governance) SaveMask(ctx context.Context, by request.Identity, m catalog.Mask) (catalog.Mask, error) {
	if err := permit(by, "save a mask", request.Governance); err != nil {
		return catalog.Mask{}, err
	}
	a := &governance.SavingMask{Governance: g.e.governance, Mask: m}
	if err := g.e.governance.Alter(ctx, by, a); err != nil {
		return catalog.Mask{}, err
	}
	return a.Saved, nil
}

// DeleteMask deletes a mask; its versions stay readable. What was granted on the
// assets that are masked no longer becomes access to the assets themselves. The
// version is the newest that was seen. It takes GOVERNANCE.
func (g Governance) DeleteMask(ctx context.Context, by request.Identity, name string, version int) error {
	if err := permit(by, "delete a mask", request.Governance); err != nil {
		return err
	}
	return g.e.governance.Alter(ctx, by, &governance.DeletingMask{Governance: g.e.governance, Name: name, Version: version})
}

// Classification returns what was last said of the columns of an asset. It takes
// GOVERNANCE or AUDIT.
func (g Governance) Classification(ctx context.Context, by request.Identity, at catalog.Ref) (catalog.Classification, error) {
	if err := permit(by, "read a classification", request.Governance, request.Audit); err != nil {
		return catalog.Classification{}, err
	}
	return rulebook.Newest(ctx, g.e.rules, rulebook.ClassificationOf(at), records.Classifications)
}

// Classifications lists what was last said of the columns of all assets, by the
// asset, from the one after a given one, at most limit of them. It takes
// GOVERNANCE or AUDIT.
func (g Governance) Classifications(ctx context.Context, by request.Identity, after catalog.Ref, limit int) ([]catalog.Classification, error) {
	if err := permit(by, "list the classifications", request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return rulebook.List(ctx, g.e.rules, manifest.ClassificationDefinition, records.Classifications, string(after), limit)
}

// Classify saves the next version of what governance says of the columns of an
// asset: their tags, by which masks find them, or none, so that a column is shown
// as it is unless a mask names it. It takes GOVERNANCE.
func (g Governance) Classify(ctx context.Context, by request.Identity, c catalog.Classification) (catalog.Classification, error) {
	if err := permit(by, "classify columns", request.Governance); err != nil {
		return catalog.Classification{}, err
	}
	a := &governance.Classifying{Governance: g.e.governance, Classification: c}
	if err := g.e.governance.Alter(ctx, by, a); err != nil {
		return catalog.Classification{}, err
	}
	return a.Saved, nil
}

// Attach sets the form and the flow at an asset, a container or a connection, for
// one type of request and everything below, until something nearer overrides it.
// An attachment without a form and a flow takes away what was set. One that would
// have no effect is refused. Requests that are open are not touched. It takes
// GOVERNANCE.
func (g Governance) Attach(ctx context.Context, by request.Identity, a request.Attachment) error {
	if err := permit(by, "attach a form or a flow", request.Governance); err != nil {
		return err
	}
	return g.e.governance.Alter(ctx, by, &governance.Attaching{Governance: g.e.governance, Attachment: a})
}

// Attached lists what is attached for one type of request, in the order of the
// places, from the one after a given place, at most limit of them. It takes
// GOVERNANCE or AUDIT.
func (g Governance) Attached(ctx context.Context, by request.Identity, t request.Type, after catalog.Ref, limit int) ([]request.Attachment, error) {
	if err := permit(by, "list what is attached", request.Governance, request.Audit); err != nil {
		return nil, err
	}
	if limit <= 0 || limit > store.MaxPage {
		limit = store.MaxPage
	}
	read, err := journal.Values(records.Attachments.All(ctx, g.e.journal.Store, request.Attachment{At: after, Type: t}.Key(), limit))
	for i, a := range read {
		if a.Type != t {
			return read[:i], err
		}
	}
	return read, err
}
