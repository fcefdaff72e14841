package grantwright

import (
	"context"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Masks is how assets are shown to those who may not see them clear.
type Masks struct{ e *Engine }

// Masks returns the masks of the engine, as they hold. Governance declares them.
func (e *Engine) Masks() Masks { return Masks{e} }

// AssetMasks is how one asset is shown, and what its platform last said of that.
type AssetMasks struct {
	Asset catalog.Ref     `json:"asset"`
	Show  catalog.Masking `json:"show"`            // nothing is masked where it has neither columns nor a view
	Query string          `json:"query,omitempty"` // what to query in place of the asset; empty while nothing shows it
	Since time.Time       `json:"since,omitzero"`  // when these masks came into force

	// Out are columns that nobody has classified, so that they are not shown: as the
	// platform has them.
	Out []string `json:"out,omitempty"`

	Error     string            `json:"error,omitempty"`  // why they are not in force
	ByHand    bool              `json:"byHand,omitempty"` // we cannot mask it: people do
	Suspended *store.Suspension `json:"suspended,omitempty"`

	changes bool `json:"-"` // the platform is not there yet
}

// Of says how an asset is shown, to everyone. Where the keys of hashes are kept is
// told to GOVERNANCE and AUDIT alone.
func (m Masks) Of(ctx context.Context, by request.Identity, ref catalog.Ref) (AssetMasks, error) {
	if err := by.Check(); err != nil {
		return AssetMasks{}, err
	}
	if _, err := m.e.asset(ctx, ref); err != nil {
		return AssetMasks{}, err
	}
	return m.e.masksOf(ctx, by, ref)
}

// masksOf is how an asset is shown, as somebody may read it.
func (e *Engine) masksOf(ctx context.Context, by request.Identity, ref catalog.Ref) (AssetMasks, error) {
	b, err := e.maskBook(ctx, ref.Connection())
	if err != nil {
		return AssetMasks{}, err
	}
	found, err := e.maskingOf(ctx, ref)
	found.Asset.Ref = ref
	return found.told(b, by), err
}

// Masked lists the assets that are masked at and below a place, by their Refs, from
// the one after a given one, at most limit of them. It takes GOVERNANCE, ADMIN or
// AUDIT.
func (m Masks) Masked(ctx context.Context, by request.Identity, at, after catalog.Ref, limit int) ([]AssetMasks, error) {
	if err := permit(by, "list what is masked", request.Governance, request.Admin, request.Audit); err != nil {
		return nil, err
	}
	return m.e.masked(ctx, by, at, after, limit)
}

// masked lists the masked assets at and below a place.
func (e *Engine) masked(ctx context.Context, by request.Identity, at, after catalog.Ref, limit int) ([]AssetMasks, error) {
	b, err := e.maskBook(ctx, at.Connection())
	if err != nil {
		return nil, err
	}
	from := store.Position{}
	if after != "" {
		from = store.Position{Order: string(after), ID: string(after)}
	}
	var all []AssetMasks
	for {
		page, err := store.MaskedOn.Find(ctx, e.config.Store, at.Connection(), from, someRecords)
		if err != nil || len(page) == 0 {
			return all, err
		}
		from = page[len(page)-1].At
		found, err := e.maskings(ctx, b, assetsOf(page))
		if err != nil {
			return nil, err
		}
		for _, one := range found {
			if !at.Covers(one.Asset.Ref) {
				continue
			}
			if all = append(all, one.told(b, by)); len(all) == limit {
				return all, nil
			}
		}
	}
}

// told is a masking as somebody may read it.
func (m masking) told(b maskBook, by request.Identity) AssetMasks {
	r := m.record.Value
	a := AssetMasks{Asset: m.Asset.Ref, Show: m.Show, Query: r.Query, Since: r.Since, Out: r.Out, Error: r.Error, ByHand: r.ByHand, changes: m.changes()}
	a.Suspended = b.suspension(m.Asset.Ref)
	if !by.Has(request.Governance) && !by.Has(request.Audit) {
		for i := range a.Show.Columns {
			a.Show.Columns[i].Mask.Key = ""
		}
	}
	return a
}
