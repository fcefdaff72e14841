package governance

import (
	"context"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/review"
)

func (d *Revision) saveFlow(ctx context.Context, f review.Flow) (review.FlowVersion, error) {
	version, err := d.next(ctx, rulebook.FlowNamed(f.Name), f.Version, nil)
	if err != nil {
		return review.FlowVersion{}, err
	}
	f.Version, f.SavedBy, f.AgreedBy = version, d.By, d.agreed
	d.flows[f.Name] = f
	records.Flows.Insert(d.C, f)
	d.governance.Emit(d.C, event.FlowSaved.With(flowPayload(f)), d.By, nil, records.Flows.Subject(records.VersionKey(f.Name, f.Version)))
	return f.Of(), nil
}

func (d *Revision) deleteFlow(ctx context.Context, v review.FlowVersion) error {
	version, err := d.remove(ctx, rulebook.FlowNamed(v.Name))
	if err != nil {
		return err
	}
	if version != v.Version {
		return &manifest.StaleError{What: manifest.FlowDefinition, Name: string(v.Name), Based: v.Version, Newest: version}
	}
	d.governance.Emit(d.C, event.FlowDeleted.With(event.Flow{Name: v.Name, Version: v.Version}), d.By, nil)
	return nil
}
