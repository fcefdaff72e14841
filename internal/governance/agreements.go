package governance

import (
	"context"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
)

func (d *Revision) saveAgreement(ctx context.Context, a request.Agreement) (request.AgreementVersion, error) {
	version, err := d.next(ctx, rulebook.AgreementNamed(a.Name), a.Version, nil)
	if err != nil {
		return request.AgreementVersion{}, err
	}
	a.Version, a.SavedBy, a.AgreedBy = version, d.By, d.agreed
	records.Agreements.Insert(d.C, a)
	d.governance.Emit(d.C, event.AgreementSaved.With(a.Of()), d.By, nil, records.Agreements.Subject(records.VersionKey(a.Name, a.Version)))
	return a.Of(), nil
}

func (d *Revision) deleteAgreement(ctx context.Context, v request.AgreementVersion) error {
	version, err := d.remove(ctx, rulebook.AgreementNamed(v.Name))
	if err != nil {
		return err
	}
	if version != v.Version {
		return &manifest.StaleError{What: manifest.AgreementDefinition, Name: string(v.Name), Based: v.Version, Newest: version}
	}
	d.governance.Emit(d.C, event.AgreementDeleted.With(v), d.By, nil)
	return nil
}
