package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
)

// Mask returns the newest version of a mask. It takes GOVERNANCE or AUDIT.
func (g Governance) Mask(ctx context.Context, by request.Identity, name string) (catalog.Mask, error) {
	if err := permit(by, "read a mask", request.Governance, request.Audit); err != nil {
		return catalog.Mask{}, err
	}
	return rulebook.Newest(ctx, g.e.rules, rulebook.MaskNamed(name), records.Masks)
}

// MaskAt returns one version of a mask, also of one that was deleted. It takes
// GOVERNANCE or AUDIT.
func (g Governance) MaskAt(ctx context.Context, by request.Identity, name string, version int) (catalog.Mask, error) {
	if err := permit(by, "read a mask", request.Governance, request.Audit); err != nil {
		return catalog.Mask{}, err
	}
	read, err := records.Masks.Get(ctx, g.e.journal.Store, records.VersionKey(name, version))
	return read.Value, err
}

// Masks lists the newest versions of all masks by name, from the one after a given
// name, at most limit of them. It takes GOVERNANCE or AUDIT.
func (g Governance) Masks(ctx context.Context, by request.Identity, after string, limit int) ([]catalog.Mask, error) {
	if err := permit(by, "list the masks", request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return rulebook.List(ctx, g.e.rules, manifest.MaskDefinition, records.Masks, after, limit)
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
	a := &governance.SavingMask{Governance: g.e.governance, Mask: m}
	if err := g.e.governance.Alter(ctx, by, a); err != nil {
		return catalog.Mask{}, err
	}
	return a.Saved, nil
}

// DeleteMask deletes a mask; its versions stay readable. What was granted on the
// assets that are masked no longer becomes access to the assets themselves. The
// version is the newest that was seen. It takes GOVERNANCE.
func (g Governance) DeleteMask(ctx context.Context, by request.Identity, name string, version int) error {
	if err := permit(by, "delete a mask", request.Governance); err != nil {
		return err
	}
	return g.e.governance.Alter(ctx, by, &governance.DeletingMask{Governance: g.e.governance, Name: name, Version: version})
}

// Classification returns what was last said of the columns of an asset. It takes
// GOVERNANCE or AUDIT.
func (g Governance) Classification(ctx context.Context, by request.Identity, at catalog.Ref) (catalog.Classification, error) {
	if err := permit(by, "read a classification", request.Governance, request.Audit); err != nil {
		return catalog.Classification{}, err
	}
	return rulebook.Newest(ctx, g.e.rules, rulebook.ClassificationOf(at), records.Classifications)
}

// Classifications lists what was last said of the columns of all assets, by the
// asset, from the one after a given one, at most limit of them. It takes
// GOVERNANCE or AUDIT.
func (g Governance) Classifications(ctx context.Context, by request.Identity, after catalog.Ref, limit int) ([]catalog.Classification, error) {
	if err := permit(by, "list the classifications", request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return rulebook.List(ctx, g.e.rules, manifest.ClassificationDefinition, records.Classifications, string(after), limit)
}

// Classify saves the next version of what governance says of the columns of an
// asset: their tags, by which masks find them, or none, so that a column is shown
// as it is unless a mask names it. It takes GOVERNANCE.
func (g Governance) Classify(ctx context.Context, by request.Identity, c catalog.Classification) (catalog.Classification, error) {
	if err := permit(by, "classify columns", request.Governance); err != nil {
		return catalog.Classification{}, err
	}
	a := &governance.Classifying{Governance: g.e.governance, Classification: c}
	if err := g.e.governance.Alter(ctx, by, a); err != nil {
		return catalog.Classification{}, err
	}
	return a.Saved, nil
}
