package governance

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// checkMask says everything that is wrong with a mask by itself, and whether it is
// on a connection that is known.
func (gov *Governance) checkMask(ctx context.Context, m catalog.Mask) error {
	return gov.checkDeclared(ctx, "mask", m.At, m.Faults())
}

func (gov *Governance) checkClassification(ctx context.Context, c catalog.Classification) error {
	return gov.checkDeclared(ctx, "classification", c.At, c.Faults())
}

func (gov *Governance) checkDeclared(ctx context.Context, what string, at catalog.Ref, found []catalog.Fault) error {
	if len(found) == 0 {
		_, err := records.Connections.Get(ctx, gov.Store, at.Connection())
		return err
	}
	invalid := &request.InvalidError{What: what}
	for _, f := range found {
		invalid.Faults = append(invalid.Faults, request.Fault{Field: f.Field, Reason: f.Reason})
	}
	return invalid
}

func (d *Revision) saveMask(ctx context.Context, m catalog.Mask) (catalog.Mask, error) {
	version, err := d.next(ctx, rulebook.MaskNamed(m.Name), m.Version, nil)
	if err != nil {
		return m, err
	}
	m.Version, m.SavedBy, m.AgreedBy = version, string(d.By), string(d.agreed)
	old, err := records.MasksNow.Get(ctx, d.governance.Store, m.Name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		if err := d.roomForMask(ctx, m); err != nil {
			return m, err
		}
		records.MasksNow.Insert(d.C, m)
	case err != nil:
		return m, err
	default:
		d.masked = append(d.masked, old.Value.At)
		records.MasksNow.Update(d.C, old, m)
	}
	d.masked, d.looked = append(d.masked, m.At), true
	records.Masks.Insert(d.C, m)
	d.governance.Emit(d.C, event.MaskSaved.With(event.Mask{Name: m.Name, Version: m.Version, At: m.At}), d.By, nil, records.Masks.Subject(records.VersionKey(m.Name, m.Version)))
	return m, nil
}

func (d *Revision) roomForMask(ctx context.Context, m catalog.Mask) error {
	all, err := records.MasksOn.Find(ctx, d.governance.Store, m.At.Connection(), store.Position{}, catalog.MaxMasks)
	if err == nil && len(all) == catalog.MaxMasks {
		err = &request.InvalidError{What: "mask", Faults: []request.Fault{{Field: "at", Reason: fmt.Sprintf("is on connection %s, which has %d masks, the most that are allowed; mask by tag", m.At.Connection(), catalog.MaxMasks)}}}
	}
	return err
}

func (d *Revision) deleteMask(ctx context.Context, name string, version int) error {
	newest, err := d.remove(ctx, rulebook.MaskNamed(name))
	if err != nil {
		return err
	}
	if newest != version {
		return &manifest.StaleError{What: manifest.MaskDefinition, Name: name, Based: version, Newest: newest}
	}
	old, err := records.MasksNow.Get(ctx, d.governance.Store, name)
	if err != nil {
		return err
	}
	records.MasksNow.Delete(d.C, old)
	d.masked = append(d.masked, old.Value.At)
	d.governance.Emit(d.C, event.MaskDeleted.With(event.Mask{Name: name, Version: version, At: old.Value.At}), d.By, nil)
	return nil
}

func (d *Revision) classify(ctx context.Context, c catalog.Classification) (catalog.Classification, error) {
	version, err := d.next(ctx, rulebook.ClassificationOf(c.At), c.Version, nil)
	if err != nil {
		return c, err
	}
	c.Version, c.SavedBy, c.AgreedBy = version, string(d.By), string(d.agreed)
	old, err := records.ClassificationsNow.Get(ctx, d.governance.Store, c.At)
	switch {
	case errors.Is(err, store.ErrNotFound):
		records.ClassificationsNow.Insert(d.C, c)
	case err != nil:
		return c, err
	default:
		records.ClassificationsNow.Update(d.C, old, c)
	}
	d.masked = append(d.masked, c.At)
	if err := d.tagged(ctx, c.At); err != nil {
		return c, err
	}
	records.Classifications.Insert(d.C, c)
	d.governance.Emit(d.C, event.ColumnsClassified.With(event.Mask{Version: c.Version, At: c.At}), d.By, nil, records.Classifications.Subject(records.VersionKey(c.At, c.Version)))
	return c, nil
}

func (d *Revision) tagged(ctx context.Context, at catalog.Ref) error {
	guarded, err := d.governance.Rules.IsGuarded(ctx, catalog.Ref(at.Connection()))
	if guarded {
		d.guarded = append(d.guarded, at)
	}
	return err
}

func (d *Revision) unclassify(ctx context.Context, at catalog.Ref, version int) error {
	newest, err := d.remove(ctx, rulebook.ClassificationOf(at))
	if err != nil {
		return err
	}
	if newest != version {
		return &manifest.StaleError{What: manifest.ClassificationDefinition, Name: string(at), Based: version, Newest: newest}
	}
	old, err := records.ClassificationsNow.Get(ctx, d.governance.Store, at)
	if err != nil {
		return err
	}
	records.ClassificationsNow.Delete(d.C, old)
	d.masked = append(d.masked, at)
	d.governance.Emit(d.C, event.ColumnsClassified.With(event.Mask{At: at}), d.By, nil)
	return d.tagged(ctx, at)
}
