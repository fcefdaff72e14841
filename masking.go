package grantwright

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// someRecords is how many records of masks are read at once.
const someRecords = 200

// maskBook is what holds on one connection.
type maskBook struct {
	masks     []catalog.Mask
	suspended []store.Suspension
}

// maskBook reads what holds on a connection. Of one without masks that is one
// query.
func (e *Engine) maskBook(ctx context.Context, connection string) (b maskBook, err error) {
	if b.masks, err = values(store.MasksOn.Find(ctx, e.config.Store, connection, store.Position{}, catalog.MaxMasks)); err != nil || len(b.masks) == 0 {
		return b, err
	}
	all, err := values(store.SuspensionsOn.Find(ctx, e.config.Store, connection, store.Position{}, store.MaxPage))
	now := e.now()
	b.suspended = slices.DeleteFunc(all, func(s store.Suspension) bool { return !now.Before(s.Until) })
	return b, err
}

// suspension is the one that an asset is under; nil for none.
func (b maskBook) suspension(ref catalog.Ref) *store.Suspension {
	for i, s := range b.suspended {
		if s.At.Covers(ref) {
			return &b.suspended[i]
		}
	}
	return nil
}

// touches reports whether a mask may say something of an asset.
func (b maskBook) touches(a catalog.Asset) bool {
	return !a.Kind.Container() && slices.ContainsFunc(b.masks, func(m catalog.Mask) bool { return m.At.Covers(a.Ref) })
}

// masking is how one asset is to be shown, with what is known of it.
type masking struct {
	provision.Masking
	record store.Stored[store.MaskedAsset] // zero for one that was never masked
}

// changes reports whether the platform has not been brought to the masking yet, as
// far as is known.
func (m masking) changes() bool { return m.record.Value.Rules != rulesOf(m.Masking) }

// rulesOf is a digest of how an asset is to be shown.
func rulesOf(m provision.Masking) string {
	if !m.Show.Masked() {
		return ""
	}
	text, _ := json.Marshal(struct { // of texts and numbers alone
		Show catalog.Masking
		Off  bool
	}{m.Show, m.Off})
	return store.Digest(string(text))
}

// maskings says how some assets of one connection are to be shown: of those that
// are masked, or were and perhaps are still, in their order.
func (e *Engine) maskings(ctx context.Context, b maskBook, assets []catalog.Asset) ([]masking, error) {
	var all []masking
	for some := range slices.Chunk(assets, someRecords) {
		refs := make([]catalog.Ref, len(some))
		for i, a := range some {
			refs[i] = a.Ref
		}
		found, err := store.MaskedAssets.Some(ctx, e.config.Store, refs...)
		if err != nil {
			return nil, err
		}
		said := map[catalog.Ref]catalog.Classification{}
		if len(b.masks) > 0 {
			classified, err := values(store.ClassificationsNow.Some(ctx, e.config.Store, refs...))
			if err != nil {
				return nil, err
			}
			for _, c := range classified {
				said[c.At] = c
			}
		}
		for _, a := range some {
			if m, is := b.masking(a, recordOf(found, a.Ref), said[a.Ref]); is {
				all = append(all, m)
			}
		}
	}
	return all, nil
}

func recordOf(found []store.Stored[store.MaskedAsset], ref catalog.Ref) store.Stored[store.MaskedAsset] {
	for _, r := range found {
		if r.Value.Ref == ref {
			return r
		}
	}
	return store.Stored[store.MaskedAsset]{}
}

// masking is that of one asset; false if it neither is nor was masked. The columns
// are those of the record, so that whatever shows the asset and whoever grants on
// it mean the same.
func (b maskBook) masking(a catalog.Asset, record store.Stored[store.MaskedAsset], said catalog.Classification) (masking, bool) {
	known := record.Value.Ref != ""
	if known {
		a = record.Value.Asset()
	}
	m := masking{record: record}
	m.Asset = catalog.Asset{Ref: a.Ref, Kind: a.Kind}
	if b.touches(a) {
		m.Show = catalog.MaskingOf(a, b.masks, said, record.Value.Seen)
	}
	m.Off = m.Show.Masked() && b.suspension(a.Ref) != nil
	return m, known || m.Show.Masked()
}

// maskingOf is how one asset is to be shown, as it is in the inventory.
func (e *Engine) maskingOf(ctx context.Context, ref catalog.Ref) (masking, error) {
	b, err := e.maskBook(ctx, ref.Connection())
	if err != nil {
		return masking{}, err
	}
	asset := catalog.Asset{Ref: ref}
	if len(b.masks) > 0 {
		if asset, err = e.config.Inventory.Asset(ctx, ref); errors.Is(err, catalog.ErrNotFound) {
			asset, err = catalog.Asset{Ref: ref}, nil
		}
		if err != nil {
			return masking{}, err
		}
	}
	all, err := e.maskings(ctx, b, []catalog.Asset{asset})
	if err != nil || len(all) == 0 {
		return masking{}, err
	}
	return all[0], nil
}

// veil says in Standings on one asset or container which masks hold. Where the
// platform is on its way from one masking to another, nothing counts as given: what
// is missing was not taken away by someone.
func (e *Engine) veil(ctx context.Context, ref catalog.Ref, standings []provision.Standing, below []catalog.Asset) ([]provision.Standing, error) {
	var all []masking
	if len(below) == 0 {
		one, err := e.maskingOf(ctx, ref)
		if err != nil {
			return nil, err
		}
		if one.Asset.Ref != "" {
			all = append(all, one)
		}
	} else {
		b, err := e.maskBook(ctx, ref.Connection())
		if err != nil || len(b.masks) == 0 {
			return standings, err
		}
		if all, err = e.maskings(ctx, b, slices.DeleteFunc(slices.Clone(below), func(a catalog.Asset) bool { return !b.touches(a) })); err != nil {
			return nil, err
		}
	}
	if len(all) == 0 {
		return standings, nil
	}
	return veiled(standings, all), nil
}

func veiled(standings []provision.Standing, all []masking) []provision.Standing {
	var masked []provision.Masking
	changes := false
	for _, m := range all {
		if changes = changes || m.changes(); m.Show.Masked() {
			masked = append(masked, m.Masking)
		}
	}
	veiled := slices.Clone(standings)
	for i := range veiled {
		if veiled[i].Masked = masked; changes {
			veiled[i].Given = nil
		}
	}
	return veiled
}

// nearerMasks lists the places below a container at which masks hold that do not
// come from it or from above.
func (e *Engine) nearerMasks(ctx context.Context, container catalog.Ref) ([]catalog.Ref, error) {
	b, err := e.maskBook(ctx, container.Connection())
	var refs []catalog.Ref
	for _, m := range b.masks {
		if m.At != container && container.Covers(m.At) {
			refs = append(refs, m.At)
		}
	}
	return refs, err
}

// accessOf is what a request asks for, or was granted.
func accessOf(t request.Type, p request.Privilege, columns []string) provision.Access {
	if t == request.MaskingException {
		return provision.Access{Privilege: request.Read, Unmasked: columns}
	}
	return provision.Access{Privilege: p, Columns: columns}
}

// bare says of each Standing why nothing may be given: it is masked, and where
// nothing masks that would be access to the asset itself. What stands is taken.
func bare(p provision.Provisioner, want []provision.Standing) []error {
	faults := make([]error, len(want))
	if _, masks := p.(provision.Masker); masks {
		return faults
	}
	for i, s := range want {
		if len(s.Masked) > 0 && len(s.Want) > 0 {
			faults[i] = fmt.Errorf("%w: %w: it is masked, and nothing on this platform masks by itself", provision.ErrPermanent, provision.ErrByHand)
		}
	}
	return faults
}

// methodOn is how access to one asset is given now: by hand where we cannot mask
// what is masked.
func (e *Engine) methodOn(ctx context.Context, ref catalog.Ref) (provision.Method, error) {
	how, err := e.method(ctx, ref.Connection())
	if err != nil || how == provision.Manual {
		return how, err
	}
	m, err := e.maskingOf(ctx, ref)
	if m.Show.Masked() && m.record.Value.ByHand {
		how = provision.Manual
	}
	return how, err
}

// checkMasked says what is wrong with a request as far as masks go.
func checkMasked(req request.Request, m catalog.Masking) []request.Fault {
	var faults []request.Fault
	add := func(field, reason string, args ...any) {
		faults = append(faults, request.Fault{Field: field, Reason: fmt.Sprintf(reason, args...)})
	}
	names := make([]string, len(m.Columns))
	for i, c := range m.Columns {
		names[i] = c.Name
	}
	masked := strings.Join(names, ", ")
	switch {
	case req.Type != request.MaskingException:
		if m.Masked() && req.Privilege == request.ReadWrite {
			add("privilege", "is READ_WRITE, but the asset is masked; READ can be granted")
		}
		return faults
	case !m.Masked():
		add("type", "is MASKING_EXCEPTION, but no column of the asset is masked; ask for DATA_ACCESS")
		return faults
	case m.View != "":
		add("type", "is MASKING_EXCEPTION, but the asset is shown by %s, which decides itself what is clear", m.View)
		return faults
	case len(req.Columns) == 0:
		add("columns", "must name the columns to see clear, of those that are masked: %s", masked)
	}
	if req.Privilege != request.Read {
		add("privilege", "must be READ for a masking exception")
	}
	for i, name := range req.Columns {
		if !m.Masks(name) {
			add(fmt.Sprintf("columns[%d]", i), "%.60q is not masked; masked are %s", name, masked)
		}
	}
	return faults
}
