package governance

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
)

// SavingMask saves the next version of a mask.
type SavingMask struct {
	Governance *Governance `json:"-"`

	Mask  catalog.Mask `json:"mask"`
	Saved catalog.Mask `json:"-"`
}

func (*SavingMask) Kind() manifest.ProposalKind { return "mask.save" }

func (a *SavingMask) Of() (what, name string) { return "mask", a.Mask.Name }

func (*SavingMask) Needs() request.Permission { return request.Governance }

func (a *SavingMask) Check(ctx context.Context) error {
	return a.Governance.checkMask(ctx, a.Mask)
}

func (a *SavingMask) CarryOut(ctx context.Context, d *Revision) (err error) {
	a.Saved, err = d.saveMask(ctx, a.Mask)
	return err
}

func (a *SavingMask) Differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(rulebook.Newest(ctx, a.Governance.Rules, rulebook.MaskNamed(a.Mask.Name), records.Masks))
	return manifest.Diff(manifest.Definitions{Masks: stands}, manifest.Definitions{Masks: []catalog.Mask{a.Mask}}), err
}

// DeletingMask deletes a mask.
type DeletingMask struct {
	Governance *Governance `json:"-"`

	Name    string `json:"name"`
	Version int    `json:"version"`
}

func (*DeletingMask) Kind() manifest.ProposalKind { return "mask.delete" }

func (a *DeletingMask) Of() (what, name string) { return "mask", a.Name }

func (*DeletingMask) Needs() request.Permission { return request.Governance }

func (*DeletingMask) Check(context.Context) error { return nil }

func (a *DeletingMask) CarryOut(ctx context.Context, d *Revision) error {
	return d.deleteMask(ctx, a.Name, a.Version)
}

func (a *DeletingMask) Differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(rulebook.Newest(ctx, a.Governance.Rules, rulebook.MaskNamed(a.Name), records.Masks))
	return manifest.Diff(manifest.Definitions{Masks: stands}, manifest.Definitions{}), err
}

// Classifying says something of the columns of an asset.
type Classifying struct {
	Governance *Governance `json:"-"`

	Classification catalog.Classification `json:"classification"`
	Saved          catalog.Classification `json:"-"`
}

func (*Classifying) Kind() manifest.ProposalKind { return "classification.save" }

func (a *Classifying) Of() (what, name string) { return "classification", string(a.Classification.At) }

func (*Classifying) Needs() request.Permission { return request.Governance }

func (a *Classifying) Check(ctx context.Context) error {
	return a.Governance.checkClassification(ctx, a.Classification)
}

func (a *Classifying) CarryOut(ctx context.Context, d *Revision) (err error) {
	a.Saved, err = d.classify(ctx, a.Classification)
	return err
}

func (a *Classifying) Differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(rulebook.Newest(ctx, a.Governance.Rules, rulebook.ClassificationOf(a.Classification.At), records.Classifications))
	return manifest.Diff(manifest.Definitions{Classifications: stands}, manifest.Definitions{Classifications: []catalog.Classification{a.Classification}}), err
}
