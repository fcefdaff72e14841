package grantwright

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Mask returns the newest version of a mask. It takes GOVERNANCE or AUDIT.
func (g Governance) Mask(ctx context.Context, by request.Identity, name string) (catalog.Mask, error) {
	if err := permit(by, "read a mask", request.Governance, request.Audit); err != nil {
		return catalog.Mask{}, err
	}
	return newest(ctx, g.e, maskNamed(name), store.Masks)
}

// MaskAt returns one version of a mask, also of one that was deleted. It takes
// GOVERNANCE or AUDIT.
func (g Governance) MaskAt(ctx context.Context, by request.Identity, name string, version int) (catalog.Mask, error) {
	if err := permit(by, "read a mask", request.Governance, request.Audit); err != nil {
		return catalog.Mask{}, err
	}
	read, err := store.Masks.Get(ctx, g.e.config.Store, store.VersionKey(name, version))
	return read.Value, err
}

// Masks lists the newest versions of all masks by name, from the one after a given
// name, at most limit of them. It takes GOVERNANCE or AUDIT.
func (g Governance) Masks(ctx context.Context, by request.Identity, after string, limit int) ([]catalog.Mask, error) {
	if err := permit(by, "list the masks", request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return listed(ctx, g.e, store.MaskDefinition, store.Masks, after, limit)
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
	a := &savingMask{e: g.e, Mask: m}
	if err := g.e.alter(ctx, by, a); err != nil {
		return catalog.Mask{}, err
	}
	return a.saved, nil
}

// DeleteMask deletes a mask; its versions stay readable. What was granted on the
// assets that are masked no longer becomes access to the assets themselves. The
// version is the newest that was seen. It takes GOVERNANCE.
func (g Governance) DeleteMask(ctx context.Context, by request.Identity, name string, version int) error {
	if err := permit(by, "delete a mask", request.Governance); err != nil {
		return err
	}
	return g.e.alter(ctx, by, &deletingMask{g.e, name, version})
}

// Classification returns what was last said of the columns of an asset. It takes
// GOVERNANCE or AUDIT.
func (g Governance) Classification(ctx context.Context, by request.Identity, at catalog.Ref) (catalog.Classification, error) {
	if err := permit(by, "read a classification", request.Governance, request.Audit); err != nil {
		return catalog.Classification{}, err
	}
	return newest(ctx, g.e, classificationOf(at), store.Classifications)
}

// Classifications lists what was last said of the columns of all assets, by the
// asset, from the one after a given one, at most limit of them. It takes
// GOVERNANCE or AUDIT.
func (g Governance) Classifications(ctx context.Context, by request.Identity, after catalog.Ref, limit int) ([]catalog.Classification, error) {
	if err := permit(by, "list the classifications", request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return listed(ctx, g.e, store.ClassificationDefinition, store.Classifications, string(after), limit)
}

// Classify saves the next version of what governance says of the columns of an
// asset: their tags, by which masks find them, or none, so that a column is shown
// as it is unless a mask names it. It takes GOVERNANCE.
func (g Governance) Classify(ctx context.Context, by request.Identity, c catalog.Classification) (catalog.Classification, error) {
	if err := permit(by, "classify columns", request.Governance); err != nil {
		return catalog.Classification{}, err
	}
	a := &classifying{e: g.e, Classification: c}
	if err := g.e.alter(ctx, by, a); err != nil {
		return catalog.Classification{}, err
	}
	return a.saved, nil
}

func maskNamed(name string) store.DefinitionNeed {
	return store.DefinitionNeed{Kind: store.MaskDefinition, Name: name}
}

func classificationOf(at catalog.Ref) store.DefinitionNeed {
	return store.DefinitionNeed{Kind: store.ClassificationDefinition, Name: string(at)}
}

// checkMask says everything that is wrong with a mask by itself, and whether it is
// on a connection that is known.
func (e *Engine) checkMask(ctx context.Context, m catalog.Mask) error {
	return e.checkDeclared(ctx, "mask", m.At, m.Faults())
}

func (e *Engine) checkClassification(ctx context.Context, c catalog.Classification) error {
	return e.checkDeclared(ctx, "classification", c.At, c.Faults())
}

func (e *Engine) checkDeclared(ctx context.Context, what string, at catalog.Ref, found []catalog.Fault) error {
	if len(found) == 0 {
		_, err := store.Connections.Get(ctx, e.config.Store, at.Connection())
		return err
	}
	invalid := &request.InvalidError{What: what}
	for _, f := range found {
		invalid.Faults = append(invalid.Faults, request.Fault{Field: f.Field, Reason: f.Reason})
	}
	return invalid
}

func (d *defining) saveMask(ctx context.Context, m catalog.Mask) (catalog.Mask, error) {
	version, err := d.next(ctx, maskNamed(m.Name), m.Version, nil)
	if err != nil {
		return m, err
	}
	m.Version, m.SavedBy, m.AgreedBy = version, string(d.by), string(d.agreed)
	old, err := store.MasksNow.Get(ctx, d.e.config.Store, m.Name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		if err := d.roomForMask(ctx, m); err != nil {
			return m, err
		}
		store.MasksNow.Insert(d.c, m)
	case err != nil:
		return m, err
	default:
		d.masked = append(d.masked, old.Value.At)
		store.MasksNow.Update(d.c, old, m)
	}
	d.masked, d.looked = append(d.masked, m.At), true
	store.Masks.Insert(d.c, m)
	d.e.tell(d.c, event.MaskSaved.With(event.Mask{Name: m.Name, Version: m.Version, At: m.At}), d.by, nil, store.Masks.Subject(store.VersionKey(m.Name, m.Version)))
	return m, nil
}

// roomForMask refuses more masks on a connection than are read in one go.
func (d *defining) roomForMask(ctx context.Context, m catalog.Mask) error {
	all, err := store.MasksOn.Find(ctx, d.e.config.Store, m.At.Connection(), store.Position{}, catalog.MaxMasks)
	if err == nil && len(all) == catalog.MaxMasks {
		err = &request.InvalidError{What: "mask", Faults: []request.Fault{{Field: "at", Reason: fmt.Sprintf("is on connection %s, which has %d masks, the most that are allowed; mask by tag", m.At.Connection(), catalog.MaxMasks)}}}
	}
	return err
}

func (d *defining) deleteMask(ctx context.Context, name string, version int) error {
	newest, err := d.remove(ctx, maskNamed(name))
	if err != nil {
		return err
	}
	if newest != version {
		return &StaleError{store.MaskDefinition, name, version, newest}
	}
	old, err := store.MasksNow.Get(ctx, d.e.config.Store, name)
	if err != nil {
		return err
	}
	store.MasksNow.Delete(d.c, old)
	d.masked = append(d.masked, old.Value.At)
	d.e.tell(d.c, event.MaskDeleted.With(event.Mask{Name: name, Version: version, At: old.Value.At}), d.by, nil)
	return nil
}

func (d *defining) classify(ctx context.Context, c catalog.Classification) (catalog.Classification, error) {
	version, err := d.next(ctx, classificationOf(c.At), c.Version, nil)
	if err != nil {
		return c, err
	}
	c.Version, c.SavedBy, c.AgreedBy = version, string(d.by), string(d.agreed)
	old, err := store.ClassificationsNow.Get(ctx, d.e.config.Store, c.At)
	switch {
	case errors.Is(err, store.ErrNotFound):
		store.ClassificationsNow.Insert(d.c, c)
	case err != nil:
		return c, err
	default:
		store.ClassificationsNow.Update(d.c, old, c)
	}
	d.masked = append(d.masked, c.At)
	if err := d.tagged(ctx, c.At); err != nil {
		return c, err
	}
	store.Classifications.Insert(d.c, c)
	d.e.tell(d.c, event.ColumnsClassified.With(event.Mask{Version: c.Version, At: c.At}), d.by, nil, store.Classifications.Subject(store.VersionKey(c.At, c.Version)))
	return c, nil
}

// tagged has guardrails looked at, which may read the tags that have changed.
func (d *defining) tagged(ctx context.Context, at catalog.Ref) error {
	guarded, err := d.e.isGuarded(ctx, catalog.Ref(at.Connection()))
	if guarded {
		d.guarded = append(d.guarded, at)
	}
	return err
}

// unclassify takes away what was said of the columns of an asset.
func (d *defining) unclassify(ctx context.Context, at catalog.Ref, version int) error {
	newest, err := d.remove(ctx, classificationOf(at))
	if err != nil {
		return err
	}
	if newest != version {
		return &StaleError{store.ClassificationDefinition, string(at), version, newest}
	}
	old, err := store.ClassificationsNow.Get(ctx, d.e.config.Store, at)
	if err != nil {
		return err
	}
	store.ClassificationsNow.Delete(d.c, old)
	d.masked = append(d.masked, at)
	d.e.tell(d.c, event.ColumnsClassified.With(event.Mask{At: at}), d.by, nil)
	return d.tagged(ctx, at)
}
