package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// savingMask saves the next version of a mask.
type savingMask struct {
	e *Engine

	Mask  catalog.Mask `json:"mask"`
	saved catalog.Mask
}

func (*savingMask) kind() store.ProposalKind  { return "mask.save" }
func (a *savingMask) of() (what, name string) { return "mask", a.Mask.Name }
func (*savingMask) needs() request.Permission { return request.Governance }
func (a *savingMask) check(ctx context.Context) error {
	return a.e.checkMask(ctx, a.Mask)
}

func (a *savingMask) carryOut(ctx context.Context, d *defining) (err error) {
	a.saved, err = d.saveMask(ctx, a.Mask)
	return err
}

func (a *savingMask) differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(newest(ctx, a.e, maskNamed(a.Mask.Name), store.Masks))
	return manifest.Diff(manifest.Definitions{Masks: stands}, manifest.Definitions{Masks: []catalog.Mask{a.Mask}}), err
}

// deletingMask deletes a mask.
type deletingMask struct {
	e *Engine

	Name    string `json:"name"`
	Version int    `json:"version"`
}

func (*deletingMask) kind() store.ProposalKind    { return "mask.delete" }
func (a *deletingMask) of() (what, name string)   { return "mask", a.Name }
func (*deletingMask) needs() request.Permission   { return request.Governance }
func (*deletingMask) check(context.Context) error { return nil }
func (a *deletingMask) carryOut(ctx context.Context, d *defining) error {
	return d.deleteMask(ctx, a.Name, a.Version)
}

func (a *deletingMask) differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(newest(ctx, a.e, maskNamed(a.Name), store.Masks))
	return manifest.Diff(manifest.Definitions{Masks: stands}, manifest.Definitions{}), err
}

// classifying says something of the columns of an asset.
type classifying struct {
	e *Engine

	Classification catalog.Classification `json:"classification"`
	saved          catalog.Classification
}

func (*classifying) kind() store.ProposalKind  { return "classification.save" }
func (a *classifying) of() (what, name string) { return "classification", string(a.Classification.At) }
func (*classifying) needs() request.Permission { return request.Governance }
func (a *classifying) check(ctx context.Context) error {
	return a.e.checkClassification(ctx, a.Classification)
}

func (a *classifying) carryOut(ctx context.Context, d *defining) (err error) {
	a.saved, err = d.classify(ctx, a.Classification)
	return err
}

func (a *classifying) differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(newest(ctx, a.e, classificationOf(a.Classification.At), store.Classifications))
	return manifest.Diff(manifest.Definitions{Classifications: stands}, manifest.Definitions{Classifications: []catalog.Classification{a.Classification}}), err
}
