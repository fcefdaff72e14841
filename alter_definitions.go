package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// standing is what stands now, as a list: empty where nothing does.
func standing[T any](v T, err error) ([]T, error) {
	if err != nil {
		return nil, unlessMissing(err)
	}
	return []T{v}, nil
}

// savingFlow saves the next version of a flow.
type savingFlow struct {
	e *Engine

	Flow  review.Flow `json:"flow"`
	saved review.FlowVersion
}

func (*savingFlow) kind() store.ProposalKind      { return "flow.save" }
func (a *savingFlow) of() (what, name string)     { return "flow", string(a.Flow.Name) }
func (*savingFlow) needs() request.Permission     { return request.Governance }
func (a *savingFlow) check(context.Context) error { return checkFlow(a.Flow) }
func (a *savingFlow) carryOut(ctx context.Context, d *defining) (err error) {
	a.saved, err = d.saveFlow(ctx, a.Flow)
	return err
}

func (a *savingFlow) differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(a.e.flow(ctx, a.Flow.Name))
	return manifest.Diff(manifest.Definitions{Flows: stands}, manifest.Definitions{Flows: []review.Flow{a.Flow}}), err
}

// deletingFlow deletes a flow.
type deletingFlow struct {
	e *Engine

	Flow review.FlowVersion `json:"flow"`
}

func (*deletingFlow) kind() store.ProposalKind    { return "flow.delete" }
func (a *deletingFlow) of() (what, name string)   { return "flow", string(a.Flow.Name) }
func (*deletingFlow) needs() request.Permission   { return request.Governance }
func (*deletingFlow) check(context.Context) error { return nil }
func (a *deletingFlow) carryOut(ctx context.Context, d *defining) error {
	return d.deleteFlow(ctx, a.Flow)
}

func (a *deletingFlow) differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(a.e.flow(ctx, a.Flow.Name))
	return manifest.Diff(manifest.Definitions{Flows: stands}, manifest.Definitions{}), err
}

// savingForm saves the next version of a form.
type savingForm struct {
	e *Engine

	Form  request.Form `json:"form"`
	saved request.FormVersion
}

func (*savingForm) kind() store.ProposalKind      { return "form.save" }
func (a *savingForm) of() (what, name string)     { return "form", string(a.Form.Name) }
func (*savingForm) needs() request.Permission     { return request.Governance }
func (a *savingForm) check(context.Context) error { return checkForm(a.Form) }
func (a *savingForm) carryOut(ctx context.Context, d *defining) (err error) {
	a.saved, err = d.saveForm(ctx, a.Form)
	return err
}

func (a *savingForm) differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(a.e.form(ctx, a.Form.Name))
	return manifest.Diff(manifest.Definitions{Forms: stands}, manifest.Definitions{Forms: []request.Form{a.Form}}), err
}

// deletingForm deletes a form.
type deletingForm struct {
	e *Engine

	Form request.FormVersion `json:"form"`
}

func (*deletingForm) kind() store.ProposalKind    { return "form.delete" }
func (a *deletingForm) of() (what, name string)   { return "form", string(a.Form.Name) }
func (*deletingForm) needs() request.Permission   { return request.Governance }
func (*deletingForm) check(context.Context) error { return nil }
func (a *deletingForm) carryOut(ctx context.Context, d *defining) error {
	return d.deleteForm(ctx, a.Form)
}

func (a *deletingForm) differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(a.e.form(ctx, a.Form.Name))
	return manifest.Diff(manifest.Definitions{Forms: stands}, manifest.Definitions{}), err
}

// savingAgreement saves the next version of an agreement.
type savingAgreement struct {
	e *Engine

	Agreement request.Agreement `json:"agreement"`
	saved     request.AgreementVersion
}

func (*savingAgreement) kind() store.ProposalKind      { return "agreement.save" }
func (a *savingAgreement) of() (what, name string)     { return "agreement", string(a.Agreement.Name) }
func (*savingAgreement) needs() request.Permission     { return request.Governance }
func (a *savingAgreement) check(context.Context) error { return a.Agreement.Validate() }
func (a *savingAgreement) carryOut(ctx context.Context, d *defining) (err error) {
	a.saved, err = d.saveAgreement(ctx, a.Agreement)
	return err
}

func (a *savingAgreement) differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(a.e.agreement(ctx, a.Agreement.Name))
	return manifest.Diff(manifest.Definitions{Agreements: stands}, manifest.Definitions{Agreements: []request.Agreement{a.Agreement}}), err
}

// deletingAgreement deletes an agreement.
type deletingAgreement struct {
	e *Engine

	Agreement request.AgreementVersion `json:"agreement"`
}

func (*deletingAgreement) kind() store.ProposalKind    { return "agreement.delete" }
func (a *deletingAgreement) of() (what, name string)   { return "agreement", string(a.Agreement.Name) }
func (*deletingAgreement) needs() request.Permission   { return request.Governance }
func (*deletingAgreement) check(context.Context) error { return nil }
func (a *deletingAgreement) carryOut(ctx context.Context, d *defining) error {
	return d.deleteAgreement(ctx, a.Agreement)
}

func (a *deletingAgreement) differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(a.e.agreement(ctx, a.Agreement.Name))
	return manifest.Diff(manifest.Definitions{Agreements: stands}, manifest.Definitions{}), err
}

// attaching sets the form and the flow of a place.
type attaching struct {
	e *Engine

	Attachment request.Attachment `json:"attachment"`
}

func (*attaching) kind() store.ProposalKind  { return "attachment.set" }
func (a *attaching) of() (what, name string) { return "attachment", a.Attachment.Key() }
func (*attaching) needs() request.Permission { return request.Governance }
func (a *attaching) check(ctx context.Context) error {
	return a.e.checkAttachment(ctx, a.Attachment)
}

func (a *attaching) carryOut(ctx context.Context, d *defining) error {
	return d.attach(ctx, a.Attachment)
}

func (a *attaching) differences(ctx context.Context) (manifest.Differences, error) {
	read, err := store.Attachments.Get(ctx, a.e.config.Store, a.Attachment.Key())
	stands, err := standing(read.Value, err)
	var want manifest.Definitions
	if a.Attachment.Form != "" || a.Attachment.Flow != "" {
		want.Attachments = []request.Attachment{a.Attachment}
	}
	return manifest.Diff(manifest.Definitions{Attachments: stands}, want), err
}
