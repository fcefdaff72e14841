package records

import (
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Masks are all versions of all masks. A version is inserted once and never
// changes.
var Masks = store.Kind[string, catalog.Mask]{
	Name: "masks",
	Of:   func(m catalog.Mask) string { return VersionKey(m.Name, m.Version) },
}

// MasksNow are the newest versions of the masks that are not deleted, by name.
var MasksNow = store.Kind[string, catalog.Mask]{
	Name:    "masks_now",
	Of:      func(m catalog.Mask) string { return m.Name },
	Indexes: []store.Indexed[catalog.Mask]{MasksOn},
	Quiet:   true, // the events of the versions speak of them
}

// MasksOn finds the masks that hold on a connection, by their place.
var MasksOn = store.Index[string, catalog.Mask]{Kind: "masks_now", Name: "connection",
	Values: func(m catalog.Mask) []string { return []string{m.At.Connection()} },
	Order:  func(m catalog.Mask) string { return string(m.At) }}

// Classifications are all versions of the classifications of columns.
var Classifications = store.Kind[string, catalog.Classification]{
	Name: "classifications",
	Of:   func(c catalog.Classification) string { return VersionKey(c.At, c.Version) },
}

// ClassificationsNow are the newest versions of those that are not deleted, by the
// asset.
var ClassificationsNow = store.Kind[catalog.Ref, catalog.Classification]{
	Name:  "classifications_now",
	Of:    func(c catalog.Classification) catalog.Ref { return c.At },
	Quiet: true, // the events of the versions speak of them
}

// MaskedAsset is an asset that is masked, or whose masked view may still stand on its
// platform, with the last answer of the platform.
type MaskedAsset struct {
	Ref  catalog.Ref  `json:"ref"`
	Kind catalog.Kind `json:"kind"`

	Columns []string         `json:"columns"`          // as the last sync saw them
	IDs     []string         `json:"ids,omitempty"`    // of the columns, where the platform has ids
	From    [][]string       `json:"from,omitempty"`   // of the columns, where one is computed from others
	ID      string           `json:"id,omitempty"`     // of the asset then
	Seen    []string         `json:"seen,omitempty"`   // that were there when it was masked first
	Hidden  []catalog.Hidden `json:"hidden,omitempty"` // that masks have hidden
	Lost    []string         `json:"lost,omitempty"`   // of Hidden: that no mask matches any more
	PartOf  []catalog.Ref    `json:"partOf,omitempty"` // as the last sync saw it: their masks hold too
	Was     []catalog.Ref    `json:"was,omitempty"`    // the same
	Behind  bool             `json:"behind,omitempty"` // the grants have still to follow a change of the masked view

	Object catalog.Object `json:"object,omitzero"` // the object behind the masked view, as of the last check
	Rules  string         `json:"rules,omitempty"` // digest of the masks in force
	Query  string         `json:"query,omitempty"` // name of the masked view; empty while there is none
	Out    []string       `json:"out,omitempty"`   // columns of the object that are not shown: nobody has classified them
	Since  time.Time      `json:"since,omitzero"`  // since when Rules are in force
	Error  string         `json:"error,omitempty"` // why it is not in force
	ByHand bool           `json:"byHand,omitempty"`

	// Of a view of governance's own that shows the asset: its definition when it was brought
	// into force, and the version of the mask by which it was.
	Pinned   string `json:"pinned,omitempty"`
	PinnedBy string `json:"pinnedBy,omitempty"`
}

// Asset is the asset with its columns, as far as masks ask for them.
func (m MaskedAsset) Asset() catalog.Asset {
	a := catalog.Asset{Ref: m.Ref, Kind: m.Kind, ID: m.ID, PartOf: m.PartOf, Was: m.Was}
	for i, name := range m.Columns {
		column := catalog.Column{Name: name}
		if i < len(m.IDs) {
			column.ID = m.IDs[i]
		}
		if i < len(m.From) {
			column.From = m.From[i]
		}
		a.Columns = append(a.Columns, column)
	}
	return a
}

// Stands takes over what a sync has seen of the asset.
func (m *MaskedAsset) Stands(a catalog.Asset) {
	m.Ref, m.Kind, m.ID, m.Columns, m.IDs, m.From, m.PartOf, m.Was = a.Ref, a.Kind, a.ID, []string{}, nil, nil, a.PartOf, a.Was
	for _, column := range a.Columns {
		m.Columns, m.IDs, m.From = append(m.Columns, column.Name), append(m.IDs, column.ID), append(m.From, column.From)
	}
	if !slices.ContainsFunc(m.IDs, func(id string) bool { return id != "" }) {
		m.IDs = nil
	}
	if !slices.ContainsFunc(m.From, func(from []string) bool { return len(from) > 0 }) {
		m.From = nil
	}
}

// History is what is known of the asset from before.
func (m MaskedAsset) History() catalog.History {
	return catalog.History{Seen: m.Seen, Hidden: m.Hidden}
}

// Same reports whether two answers of the platform are the same.
func (m MaskedAsset) Same(o MaskedAsset) bool {
	return m.Object == o.Object && m.Rules == o.Rules && m.Query == o.Query && slices.Equal(m.Out, o.Out) && m.Error == o.Error && m.ByHand == o.ByHand && m.Pinned == o.Pinned && m.PinnedBy == o.PinnedBy
}

// MaskedAssets are the assets that are masked, by their Refs.
var MaskedAssets = store.Kind[catalog.Ref, MaskedAsset]{
	Name:    "masked",
	Of:      func(m MaskedAsset) catalog.Ref { return m.Ref },
	Indexes: []store.Indexed[MaskedAsset]{MaskedOn},
	Quiet:   true, // changes on the platform have events of their own
}

// MaskedOn finds the masked assets of a connection, by their Refs.
var MaskedOn = store.Index[string, MaskedAsset]{Kind: "masked", Name: "connection",
	Values: func(m MaskedAsset) []string { return []string{m.Ref.Connection()} },
	Order:  func(m MaskedAsset) string { return string(m.Ref) }}

// Suspensions are the suspensions of masks that were not ended, by their place.
var Suspensions = store.Kind[catalog.Ref, request.Suspension]{
	Name:    "mask_suspensions",
	Of:      func(s request.Suspension) catalog.Ref { return s.At },
	Indexes: []store.Indexed[request.Suspension]{SuspensionsOn},
}

// SuspensionsOn finds the suspensions on a connection, by their place.
var SuspensionsOn = store.Index[string, request.Suspension]{Kind: "mask_suspensions", Name: "connection",
	Values: func(s request.Suspension) []string { return []string{s.At.Connection()} },
	Order:  func(s request.Suspension) string { return string(s.At) }}
