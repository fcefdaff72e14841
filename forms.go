package grantwright

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/event"
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
	return g.e.form(ctx, name)
}

// FormAt returns one version of a form, also of one that was deleted. It takes
// GOVERNANCE or AUDIT.
func (g Governance) FormAt(ctx context.Context, by request.Identity, v request.FormVersion) (request.Form, error) {
	if err := permit(by, "read a form", request.Governance, request.Audit); err != nil {
		return request.Form{}, err
	}
	return g.e.formVersion(ctx, v)
}

// Forms lists the newest versions of all forms but the built-in one by name, from
// the one after a given name, at most limit of them. It takes GOVERNANCE or AUDIT.
func (g Governance) Forms(ctx context.Context, by request.Identity, after request.FormName, limit int) ([]request.Form, error) {
	if err := permit(by, "list the forms", request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return listed(ctx, g.e, store.FormDefinition, store.Forms, string(after), limit)
}

// SaveForm saves the next version of a form: f.Version names the version that it
// was based on, 0 for a new form. If someone has saved another meanwhile, the
// error is a *StaleError. Requests keep the version that they were made with. It
// takes GOVERNANCE.
func (g Governance) SaveForm(ctx context.Context, by request.Identity, f request.Form) (request.FormVersion, error) {
	if err := permit(by, "save a form", request.Governance); err != nil {
		return request.FormVersion{}, err
	}
	a := &savingForm{e: g.e, Form: f}
	if err := g.e.alter(ctx, by, a); err != nil {
		return request.FormVersion{}, err
	}
	return a.saved, nil
}

// DeleteForm deletes a form that is attached nowhere and that no pending request
// was made with; otherwise the error is an *InUseError. Its versions stay
// readable. The version is the newest that was seen, or else the error is a
// *StaleError. It takes GOVERNANCE.
func (g Governance) DeleteForm(ctx context.Context, by request.Identity, v request.FormVersion) error {
	if err := permit(by, "delete a form", request.Governance); err != nil {
		return err
	}
	return g.e.alter(ctx, by, &deletingForm{g.e, v})
}

// checkForm says everything that is wrong with a form by itself.
func checkForm(f request.Form) error { return errors.Join(f.Validate(), review.CheckQuestions(f)) }

func (d *defining) saveForm(ctx context.Context, f request.Form) (request.FormVersion, error) {
	version, err := d.next(ctx, formNamed(f.Name), f.Version, formNeeds(f))
	if err != nil {
		return request.FormVersion{}, err
	}
	f.Version, f.SavedBy, f.AgreedBy = version, d.by, d.agreed
	d.forms[f.Name] = f
	store.Forms.Insert(d.c, f)
	d.e.tell(d.c, event.FormSaved.With(f.Of()), d.by, nil, store.Forms.Subject(store.VersionKey(f.Name, f.Version)))
	return f.Of(), nil
}

func (d *defining) deleteForm(ctx context.Context, v request.FormVersion) error {
	version, err := d.remove(ctx, formNamed(v.Name))
	if err != nil {
		return err
	}
	if version != v.Version {
		return &StaleError{store.FormDefinition, string(v.Name), v.Version, version}
	}
	d.e.tell(d.c, event.FormDeleted.With(v), d.by, nil)
	return nil
}

func formNamed(name request.FormName) store.DefinitionNeed {
	return store.DefinitionNeed{Kind: store.FormDefinition, Name: string(name)}
}

func flowNamed(name request.FlowName) store.DefinitionNeed {
	return store.DefinitionNeed{Kind: store.FlowDefinition, Name: string(name)}
}

func agreementNamed(name request.AgreementName) store.DefinitionNeed {
	return store.DefinitionNeed{Kind: store.AgreementDefinition, Name: string(name)}
}

// formNeeds lists what a form names.
func formNeeds(f request.Form) []store.DefinitionNeed {
	var needs []store.DefinitionNeed
	if f.Flow != "" {
		needs = append(needs, flowNamed(f.Flow))
	}
	for _, name := range f.Agreements {
		needs = append(needs, agreementNamed(name))
	}
	return needs
}
