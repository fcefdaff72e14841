package rulebook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Places are where masks hold, the outermost only.
func (b MaskBook) Places() []catalog.Ref {
	var all []catalog.Ref
	for _, m := range b.Masks {
		if !slices.ContainsFunc(b.Masks, func(o catalog.Mask) bool { return o.At != m.At && o.At.Covers(m.At) }) && !slices.Contains(all, m.At) {
			all = append(all, m.At)
		}
	}
	return all
}

// Record adds to a change the record of an asset that is masked, or was, where something
// of it has changed, and lists the columns that no mask matches any more since. Those of a
// part are told of with what it is a part of. Looked says that governance looks at the
// asset now: its columns are classified with it.
func (b MaskBook) Record(c *store.Change, a catalog.Asset, found []store.Stored[records.MaskedAsset], said Classified, looked bool) (lost []string) {
	record := RecordOf(found, a.Ref)
	was, next := record.Value, record.Value
	next.Stands(a)
	history := historyOf(a, found)
	show := catalog.MaskingOf(a, b.Masks, said[a.Ref], history, said.wholes(a)...)
	next.Hidden, next.Lost = history.After(a, b.Masks, said[a.Ref], show, said.wholes(a)...).Hidden, show.Lost
	switch known := was.Ref != ""; {
	case !known && show.Masked():
		if looked {
			next.Seen = next.Columns
		}
		records.MaskedAssets.Insert(c, next)
	case known && !reflect.DeepEqual(was, next):
		records.MaskedAssets.Update(c, record, next)
	}
	return slices.DeleteFunc(slices.Clone(next.Lost), func(name string) bool { return slices.Contains(was.Lost, name) || len(a.PartOf) > 0 })
}

// historyOf is what is known of an asset from before, and of what it is a part of, or was.
// Each classification under another name than before is a later one.
func historyOf(a catalog.Asset, found []store.Stored[records.MaskedAsset]) catalog.History {
	var wholes []catalog.History
	for _, whole := range a.Wholes() {
		history := RecordOf(found, whole).Value.History()
		if slices.Contains(a.Was, whole) {
			history.Hidden = slices.Clone(history.Hidden)
			for i := range history.Hidden {
				history.Hidden[i].Classified = 0
			}
		}
		wholes = append(wholes, history)
	}
	return RecordOf(found, a.Ref).Value.History().With(wholes...)
}

// Records reads those of some assets, and of what they are parts of, or were.
func (r *Rulebook) Records(ctx context.Context, assets []catalog.Asset) ([]store.Stored[records.MaskedAsset], error) {
	return records.MaskedAssets.Some(ctx, r.Store, withWholes(assets)...)
}

// MasksOf is how an asset is shown, as somebody may read it.
func (r *Rulebook) MasksOf(ctx context.Context, by request.Identity, ref catalog.Ref) (request.AssetMasks, error) {
	b, err := r.MaskBook(ctx, ref.Connection())
	if err != nil {
		return request.AssetMasks{}, err
	}
	found, err := r.MaskingOf(ctx, ref)
	found.Asset.Ref = ref
	return found.readableBy(b, by), err
}

// Masked lists the masked assets at and below a place.
func (r *Rulebook) Masked(ctx context.Context, by request.Identity, at, after catalog.Ref, limit int) ([]request.AssetMasks, error) {
	b, err := r.MaskBook(ctx, at.Connection())
	if err != nil {
		return nil, err
	}
	from := store.Position{}
	if after != "" {
		from = store.Position{Order: string(after), ID: string(after)}
	}
	var all []request.AssetMasks
	for {
		page, err := records.MaskedOn.Find(ctx, r.Store, at.Connection(), from, RecordBatch)
		if err != nil || len(page) == 0 {
			return all, err
		}
		from = page[len(page)-1].At
		found, err := r.Maskings(ctx, b, AssetsOf(page))
		if err != nil {
			return nil, err
		}
		for _, one := range found {
			if !at.Covers(one.Asset.Ref) {
				continue
			}
			if all = append(all, one.readableBy(b, by)); len(all) == limit {
				return all, nil
			}
		}
	}
}

// readableBy is a masking as somebody may read it: only GOVERNANCE and AUDIT see the
// key references.
func (m Masking) readableBy(b MaskBook, by request.Identity) request.AssetMasks {
	r := m.Record.Value
	a := request.AssetMasks{Asset: m.Asset.Ref, Show: m.Show, Query: r.Query, Since: r.Since, Out: r.Out, Error: r.Error, ByHand: r.ByHand, Changes: m.changes()}
	a.Suspended = b.suspension(m.Asset.Ref)
	if !by.Has(request.Governance) && !by.Has(request.Audit) {
		for i := range a.Show.Columns {
			a.Show.Columns[i].Mask.Key = ""
		}
	}
	return a
}

// RecordBatch is how many records of masked assets are read at once.
const RecordBatch = 200

// MaskBook holds the masks and suspensions of one connection.
type MaskBook struct {
	Masks     []catalog.Mask
	suspended []request.Suspension
}

// MaskBook reads the masks and suspensions of a connection. Without masks that is
// one query.
func (r *Rulebook) MaskBook(ctx context.Context, connection string) (b MaskBook, err error) {
	if b.Masks, err = journal.Values(records.MasksOn.Find(ctx, r.Store, connection, store.Position{}, catalog.MaxMasks)); err != nil || len(b.Masks) == 0 {
		return b, err
	}
	all, err := journal.Values(records.SuspensionsOn.Find(ctx, r.Store, connection, store.Position{}, store.MaxPage))
	now := r.Now()
	b.suspended = slices.DeleteFunc(all, func(s request.Suspension) bool { return !now.Before(s.Until) })
	return b, err
}

// suspension is the one that an asset is under; nil for none.
func (b MaskBook) suspension(ref catalog.Ref) *request.Suspension {
	for i, s := range b.suspended {
		if s.At.Covers(ref) {
			return &b.suspended[i]
		}
	}
	return nil
}

// isSuspended reports whether the masks of an asset are suspended, or those of something
// that it is a part of, or was.
func (b MaskBook) isSuspended(a catalog.Asset) bool {
	return b.suspension(a.Ref) != nil || slices.ContainsFunc(a.Wholes(), func(whole catalog.Ref) bool { return b.suspension(whole) != nil })
}

// Touches reports whether a mask may say something of an asset.
func (b MaskBook) Touches(a catalog.Asset) bool {
	return !a.Kind.Container() && slices.ContainsFunc(b.Masks, func(m catalog.Mask) bool {
		return m.At.Covers(a.Ref) || slices.ContainsFunc(a.Wholes(), m.At.Covers)
	})
}

// Masking is how one asset is to be shown, with the record of how it is shown.
type Masking struct {
	provision.Masking
	Record store.Stored[records.MaskedAsset] // zero for one that was never masked

	PinnedBy string // the version of the mask by which a view of governance's own shows the asset; empty for none
}

// replaced reports whether the view by which governance masks the asset is not, as far as is
// known, the one that was brought into force.
func (m Masking) replaced() bool {
	r := m.Record.Value
	return r.Pinned != "" && r.Query == "" && r.Error != ""
}

// changes reports whether the platform has not been brought to the masking yet, as
// far as is known, or the grants have still to follow.
func (m Masking) changes() bool {
	return m.Record.Value.Behind || m.Record.Value.Rules != MaskingDigest(m.Masking)
}

// MaskingDigest is a digest of how an asset is to be shown.
func MaskingDigest(m provision.Masking) string {
	if !m.Show.Masked() {
		return ""
	}
	text, _ := json.Marshal(struct { // of texts and numbers alone
		Show catalog.Masking
		Off  bool
	}{m.Show, m.Off})
	return store.Digest(string(text))
}

// Maskings says how some assets of one connection are to be shown: of those that
// are masked, or were and perhaps are still, in their order.
func (r *Rulebook) Maskings(ctx context.Context, b MaskBook, assets []catalog.Asset) ([]Masking, error) {
	var all []Masking
	for some := range slices.Chunk(assets, RecordBatch) {
		refs := withWholes(some)
		found, err := records.MaskedAssets.Some(ctx, r.Store, refs...)
		if err != nil {
			return nil, err
		}
		if all := wholesOf(found, refs); len(all) > len(refs) { // by the records, which may be older
			refs = all
			if found, err = records.MaskedAssets.Some(ctx, r.Store, refs...); err != nil {
				return nil, err
			}
		}
		said := Classified{}
		if len(b.Masks) > 0 {
			if said, err = r.Classified(ctx, refs...); err != nil {
				return nil, err
			}
		}
		for _, a := range some {
			if m, is := b.masking(a, found, said); is {
				all = append(all, m)
			}
		}
	}
	return all, nil
}

// withWholes are the Refs of some assets, and of what they are parts of, or were, each once.
func withWholes(assets []catalog.Asset) []catalog.Ref {
	seen := map[catalog.Ref]bool{}
	var refs []catalog.Ref
	for _, a := range assets {
		for _, ref := range append([]catalog.Ref{a.Ref}, a.Wholes()...) {
			if !seen[ref] {
				seen[ref] = true
				refs = append(refs, ref)
			}
		}
	}
	return refs
}

// wholesOf adds to refs those of what masked assets are parts of by their records.
func wholesOf(found []store.Stored[records.MaskedAsset], refs []catalog.Ref) []catalog.Ref {
	assets := make([]catalog.Asset, len(refs))
	for i, ref := range refs {
		assets[i].Ref = ref
	}
	return withWholes(append(assets, AssetsOf(found)...))
}

// RecordOf finds the record of an asset; zero if there is none.
func RecordOf(found []store.Stored[records.MaskedAsset], ref catalog.Ref) store.Stored[records.MaskedAsset] {
	for _, r := range found {
		if r.Value.Ref == ref {
			return r
		}
	}
	return store.Stored[records.MaskedAsset]{}
}

// masking is that of one asset; false if it neither is nor was masked. The columns
// are those of the record, so that whatever shows the asset and whoever grants on
// it mean the same.
func (b MaskBook) masking(a catalog.Asset, found []store.Stored[records.MaskedAsset], said Classified) (Masking, bool) {
	record := RecordOf(found, a.Ref)
	known := record.Value.Ref != ""
	if known {
		a = record.Value.Asset()
	}
	m := Masking{Record: record}
	m.Asset = catalog.Asset{Ref: a.Ref, Kind: a.Kind}
	if b.Touches(a) {
		m.Show = catalog.MaskingOf(a, b.Masks, said[a.Ref], historyOf(a, found), said.wholes(a)...)
	}
	if m.Show.View != "" {
		m.Pinned, m.PinnedBy = record.Value.Pinned, b.versionOf(m.Show.By[0])
	}
	m.Off = m.Show.Masked() && b.isSuspended(a)
	return m, known || m.Show.Masked()
}

// versionOf names a mask with its version.
func (b MaskBook) versionOf(name string) string {
	for _, m := range b.Masks {
		if m.Name == name {
			return records.VersionKey(name, m.Version)
		}
	}
	return name
}

// MaskingOf is how one asset is to be shown, as it is in the inventory.
func (r *Rulebook) MaskingOf(ctx context.Context, ref catalog.Ref) (Masking, error) {
	b, err := r.MaskBook(ctx, ref.Connection())
	if err != nil {
		return Masking{}, err
	}
	asset := catalog.Asset{Ref: ref}
	if len(b.Masks) > 0 {
		if asset, err = r.Inventory.Asset(ctx, ref); errors.Is(err, catalog.ErrNotFound) {
			asset, err = catalog.Asset{Ref: ref}, nil
		}
		if err != nil {
			return Masking{}, err
		}
	}
	all, err := r.Maskings(ctx, b, []catalog.Asset{asset})
	if err != nil || len(all) == 0 {
		return Masking{}, err
	}
	return all[0], nil
}

// WithMasks fills Standing.Masked. While a masked view is being rebuilt it clears
// Given, so that a missing right is not reported as one that somebody revoked.
func (r *Rulebook) WithMasks(ctx context.Context, ref catalog.Ref, standings []provision.Standing, below []catalog.Asset) ([]provision.Standing, error) {
	var all []Masking
	if len(below) == 0 {
		one, err := r.MaskingOf(ctx, ref)
		if err != nil {
			return nil, err
		}
		if one.Asset.Ref != "" {
			all = append(all, one)
		}
	} else {
		b, err := r.MaskBook(ctx, ref.Connection())
		if err != nil || len(b.Masks) == 0 {
			return standings, err
		}
		if all, err = r.Maskings(ctx, b, slices.DeleteFunc(slices.Clone(below), func(a catalog.Asset) bool { return !b.Touches(a) })); err != nil {
			return nil, err
		}
	}
	if len(all) == 0 {
		return standings, nil
	}
	return fillMasked(standings, all), nil
}

// fillMasked fills Standing.Masked, and clears Given while a masked view is being
// rebuilt.
func fillMasked(standings []provision.Standing, all []Masking) []provision.Standing {
	var masks []provision.Masking
	changes := false
	for _, m := range all {
		if changes = changes || m.changes(); m.Show.Masked() {
			masks = append(masks, m.Masking)
		}
	}
	masked := slices.Clone(standings)
	for i := range masked {
		if masked[i].Masked = masks; changes {
			masked[i].Given = nil
		}
	}
	return masked
}

// nearerMasks lists the places below a container at which masks hold that do not
// come from it or from above.
func (r *Rulebook) nearerMasks(ctx context.Context, container catalog.Ref) ([]catalog.Ref, error) {
	b, err := r.MaskBook(ctx, container.Connection())
	var refs []catalog.Ref
	for _, m := range b.Masks {
		if m.At != container && container.Covers(m.At) {
			refs = append(refs, m.At)
		}
	}
	return refs, err
}

// UnmaskableFaults says of each masked Standing that nothing may be given on a
// platform that cannot mask: that would be access to the asset itself. Access that
// stands is taken away.
func UnmaskableFaults(p provision.Provisioner, want []provision.Standing) []error {
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

// MethodOn says how access to one asset is given now: by hand where the platform
// cannot mask an asset that is masked.
func (r *Rulebook) MethodOn(ctx context.Context, ref catalog.Ref) (provision.Method, error) {
	how, err := r.Platforms.Method(ctx, ref.Connection())
	if err != nil || how == provision.Manual {
		return how, err
	}
	m, err := r.MaskingOf(ctx, ref)
	if m.Show.Masked() && m.Record.Value.ByHand {
		how = provision.Manual
	}
	return how, err
}

// AssetsOf are the assets of some records.
func AssetsOf(page []store.Stored[records.MaskedAsset]) []catalog.Asset {
	assets := make([]catalog.Asset, len(page))
	for i, r := range page {
		assets[i] = r.Value.Asset()
	}
	return assets
}
