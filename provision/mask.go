package provision

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
)

// Masker is what a Provisioner may do beside: put masks into force. Access to an
// asset that is masked is then access to what shows it masked, never to the asset.
//
// Mask brings what stands under the name of each asset to its Masking, and reads
// back. It looks first and then acts, so that it may be called at any time; what
// was swapped, dropped or changed meanwhile is made anew. Where that cannot be
// done, nothing shows more than before. It returns one Masked for each Masking, in
// their order; one that fails does not hold up the others.
type Masker interface {
	Mask(ctx context.Context, want []Masking) []Masked
}

// Masking is how one asset is to be shown to those who may not see it clear.
type Masking struct {
	Asset catalog.Asset   // Ref and Kind; whatever stands under the name by now
	Show  catalog.Masking // not Masked: what shows it is removed
	Off   bool            // for a while: what shows it is removed, and the asset is not shown either

	// Pinned is the definition of the view by which governance masks the asset, from when
	// that was brought into force: a view that shows something else is not given. Mask is
	// asked without it to bring a view into force as it stands.
	Pinned string

	// Keys are what the key references of the masks refer to. They are secrets.
	Keys map[string]string
}

// String keeps the keys out of what is printed.
func (m Masking) String() string { return "masking of " + string(m.Asset.Ref) }

// GoString keeps them out of %#v.
func (m Masking) GoString() string { return m.String() }

// Masked says what Mask found for one Masking after it had acted.
type Masked struct {
	Err    error          // nil: it is in force. It wraps ErrByHand where we cannot mask the asset
	Object catalog.Object // what stands under the name of the asset; zero if nothing does
	Name   string         // what to query in place of the asset, as the platform writes it
	Out    []string       // columns that stand there and are not shown: nobody has classified them
	Ran    []Statement

	// Definition is that of the view by which governance masks the asset, as it stands now;
	// see catalog.SameDefinition. Empty where that is not known.
	Definition string
}

// Told is the payload of the events about an asset that was masked so, without a query
// where masking failed.
func (m Masked) Told(asset catalog.Ref) event.Masked {
	if m.Err != nil {
		return event.Masked{Asset: asset, Error: m.Err.Error(), Ran: texts(m.Ran)}
	}
	return event.Masked{Asset: asset, Query: m.Name, Ran: texts(m.Ran)}
}

// ErrByHand is wrapped where a platform cannot be brought to what is wanted by us,
// and a person can do it.
var ErrByHand = errors.New("provision: has to be done by hand")

// ErrUnmasked is wrapped where access waits for what shows an asset masked: that
// does not stand, or not as it should. Until it does, nothing is shown.
var ErrUnmasked = errors.New("provision: the asset is masked, and what shows it masked does not stand")

// ErrRedefined is wrapped where the view by which governance masks an asset shows something
// else than when it was brought into force: governance has to look at it.
var ErrRedefined = errors.New("provision: the view that masks it was replaced, and shows something else than when it was brought into force")

// MaskingOf is how an asset is masked, among those of a Standing.
func (s Standing) MaskingOf(ref catalog.Ref) (Masking, bool) {
	i := slices.IndexFunc(s.Masked, func(m Masking) bool { return m.Asset.Ref == ref })
	if i < 0 {
		return Masking{}, false
	}
	return s.Masked[i], true
}

// Covers reports whether access a includes b, which a platform may tell of column
// by column.
func (a Access) Covers(b Access) bool {
	if a.Equal(b) {
		return true
	}
	outside := func(column string) bool { return !slices.Contains(a.Unmasked, column) }
	return a.Privilege == b.Privilege && slices.Equal(a.Columns, b.Columns) && len(b.Unmasked) > 0 && !slices.ContainsFunc(b.Unmasked, outside)
}
