package governance

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Masks are the masks.
var Masks = Kind[string, catalog.Mask]{
	File:    manifest.Masks,
	Records: records.Masks,
	Now:     records.MasksNow,
	Warn: func(ctx context.Context, gov *Governance, m catalog.Mask) ([]review.Warning, error) {
		return gov.warnOfMask(ctx, m)
	},
	Stamp: func(m *catalog.Mask, version int, by, agreed request.PersonID) {
		m.Version, m.SavedBy, m.AgreedBy = version, string(by), string(agreed)
	},
	Check: func(ctx context.Context, gov *Governance, m catalog.Mask) error {
		faults := m.Faults()
		if err := gov.Rules.Platforms.CheckSecret(m.Key); err != nil && len(faults) == 0 {
			faults = append(faults, catalog.Fault{Field: "key", Reason: err.Error()})
		}
		return gov.checkDeclared(ctx, "mask", m.At, faults)
	},
	Holds:   func(m catalog.Mask) []catalog.Ref { return []catalog.Ref{m.At} },
	Changed: maskChanged,
	Saved:   func(m catalog.Mask) event.Event { return event.MaskSaved.With(maskPayload(m)) },
	Deleted: func(m catalog.Mask) event.Event { return event.MaskDeleted.With(maskPayload(m)) },
	Plain:   true,
}

func maskPayload(m catalog.Mask) event.Mask {
	return event.Mask{Name: m.Name, Version: m.Version, At: m.At}
}

// checkDeclared says everything that is wrong with a mask or a classification by itself,
// and whether it is on a connection that is known.
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

// maskChanged notes where a mask was and is now, on a connection with room for it.
func maskChanged(ctx context.Context, d *Revision, was, is *catalog.Mask) ([]store.Subject, error) {
	if was != nil {
		d.masked = append(d.masked, was.At)
	}
	if is == nil {
		return nil, nil
	}
	d.masked, d.looked = append(d.masked, is.At), true
	if was == nil {
		return nil, d.roomForMask(ctx, *is)
	}
	return nil, nil
}

// roomForMask refuses more masks on a connection than are read in one go.
func (d *Revision) roomForMask(ctx context.Context, m catalog.Mask) error {
	all, err := records.MasksOn.Find(ctx, d.governance.Store, m.At.Connection(), store.Position{}, catalog.MaxMasks)
	if err == nil && len(all) == catalog.MaxMasks {
		err = &request.InvalidError{What: "mask", Faults: []request.Fault{{Field: "at", Reason: fmt.Sprintf("is on connection %s, which has %d masks, the most that are allowed; mask by tag", m.At.Connection(), catalog.MaxMasks)}}}
	}
	return err
}
