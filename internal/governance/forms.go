package governance

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// checkForm says everything that is wrong with a form by itself.
func checkForm(f request.Form) error { return errors.Join(f.Validate(), review.CheckQuestions(f)) }

// formNeeds lists what a form names.
func formNeeds(f request.Form) []records.DefinitionNeed {
	var needs []records.DefinitionNeed
	if f.Flow != "" {
		needs = append(needs, rulebook.FlowNamed(f.Flow))
	}
	for _, name := range f.Agreements {
		needs = append(needs, rulebook.AgreementNamed(name))
	}
	return needs
}

func (d *Revision) saveForm(ctx context.Context, f request.Form) (request.FormVersion, error) {
	version, err := d.next(ctx, rulebook.FormNamed(f.Name), f.Version, formNeeds(f))
	if err != nil {
		return request.FormVersion{}, err
	}
	f.Version, f.SavedBy, f.AgreedBy = version, d.By, d.agreed
	d.forms[f.Name] = f
	records.Forms.Insert(d.C, f)
	d.governance.Emit(d.C, event.FormSaved.With(f.Of()), d.By, nil, records.Forms.Subject(records.VersionKey(f.Name, f.Version)))
	return f.Of(), nil
}

func (d *Revision) deleteForm(ctx context.Context, v request.FormVersion) error {
	version, err := d.remove(ctx, rulebook.FormNamed(v.Name))
	if err != nil {
		return err
	}
	if version != v.Version {
		return &manifest.StaleError{What: manifest.FormDefinition, Name: string(v.Name), Based: v.Version, Newest: version}
	}
	d.governance.Emit(d.C, event.FormDeleted.With(v), d.By, nil)
	return nil
}
