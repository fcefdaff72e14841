package governance

import (
	"context"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// standing is what stands now, as a list: empty where nothing does.
func standing[T any](v T, err error) ([]T, error) {
	if err != nil {
		return nil, journal.UnlessMissing(err)
	}
	return []T{v}, nil
}

// SavingFlow saves the next version of a flow.
type SavingFlow struct {
	Governance *Governance `json:"-"`

	Flow  review.Flow        `json:"flow"`
	Saved review.FlowVersion `json:"-"`
}

func (*SavingFlow) Kind() manifest.ProposalKind { return "flow.save" }

func (a *SavingFlow) Of() (what, name string) { return "flow", string(a.Flow.Name) }

func (*SavingFlow) Needs() request.Permission { return request.Governance }

func (a *SavingFlow) Check(context.Context) error { return CheckFlow(a.Flow) }

func (a *SavingFlow) CarryOut(ctx context.Context, d *Revision) (err error) {
	a.Saved, err = d.saveFlow(ctx, a.Flow)
	return err
}

func (a *SavingFlow) Differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(a.Governance.Rules.Flow(ctx, a.Flow.Name))
	return manifest.Diff(manifest.Definitions{Flows: stands}, manifest.Definitions{Flows: []review.Flow{a.Flow}}), err
}

// DeletingFlow deletes a flow.
type DeletingFlow struct {
	Governance *Governance `json:"-"`

	Flow review.FlowVersion `json:"flow"`
}

func (*DeletingFlow) Kind() manifest.ProposalKind { return "flow.delete" }

func (a *DeletingFlow) Of() (what, name string) { return "flow", string(a.Flow.Name) }

func (*DeletingFlow) Needs() request.Permission { return request.Governance }

func (*DeletingFlow) Check(context.Context) error { return nil }

func (a *DeletingFlow) CarryOut(ctx context.Context, d *Revision) error {
	return d.deleteFlow(ctx, a.Flow)
}

func (a *DeletingFlow) Differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(a.Governance.Rules.Flow(ctx, a.Flow.Name))
	return manifest.Diff(manifest.Definitions{Flows: stands}, manifest.Definitions{}), err
}

// SavingForm saves the next version of a form.
type SavingForm struct {
	Governance *Governance `json:"-"`

	Form  request.Form        `json:"form"`
	Saved request.FormVersion `json:"-"`
}

func (*SavingForm) Kind() manifest.ProposalKind { return "form.save" }

func (a *SavingForm) Of() (what, name string) { return "form", string(a.Form.Name) }

func (*SavingForm) Needs() request.Permission { return request.Governance }

func (a *SavingForm) Check(context.Context) error { return checkForm(a.Form) }

func (a *SavingForm) CarryOut(ctx context.Context, d *Revision) (err error) {
	a.Saved, err = d.saveForm(ctx, a.Form)
	return err
}

func (a *SavingForm) Differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(a.Governance.Rules.Form(ctx, a.Form.Name))
	return manifest.Diff(manifest.Definitions{Forms: stands}, manifest.Definitions{Forms: []request.Form{a.Form}}), err
}

// DeletingForm deletes a form.
type DeletingForm struct {
	Governance *Governance `json:"-"`

	Form request.FormVersion `json:"form"`
}

func (*DeletingForm) Kind() manifest.ProposalKind { return "form.delete" }

func (a *DeletingForm) Of() (what, name string) { return "form", string(a.Form.Name) }

func (*DeletingForm) Needs() request.Permission { return request.Governance }

func (*DeletingForm) Check(context.Context) error { return nil }

func (a *DeletingForm) CarryOut(ctx context.Context, d *Revision) error {
	return d.deleteForm(ctx, a.Form)
}

func (a *DeletingForm) Differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(a.Governance.Rules.Form(ctx, a.Form.Name))
	return manifest.Diff(manifest.Definitions{Forms: stands}, manifest.Definitions{}), err
}

// SavingAgreement saves the next version of an agreement.
type SavingAgreement struct {
	Governance *Governance `json:"-"`

	Agreement request.Agreement        `json:"agreement"`
	Saved     request.AgreementVersion `json:"-"`
}

func (*SavingAgreement) Kind() manifest.ProposalKind { return "agreement.save" }

func (a *SavingAgreement) Of() (what, name string) { return "agreement", string(a.Agreement.Name) }

func (*SavingAgreement) Needs() request.Permission { return request.Governance }

func (a *SavingAgreement) Check(context.Context) error { return a.Agreement.Validate() }

func (a *SavingAgreement) CarryOut(ctx context.Context, d *Revision) (err error) {
	a.Saved, err = d.saveAgreement(ctx, a.Agreement)
	return err
}

func (a *SavingAgreement) Differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(a.Governance.Rules.Agreement(ctx, a.Agreement.Name))
	return manifest.Diff(manifest.Definitions{Agreements: stands}, manifest.Definitions{Agreements: []request.Agreement{a.Agreement}}), err
}

// DeletingAgreement deletes an agreement.
type DeletingAgreement struct {
	Governance *Governance `json:"-"`

	Agreement request.AgreementVersion `json:"agreement"`
}

func (*DeletingAgreement) Kind() manifest.ProposalKind { return "agreement.delete" }

func (a *DeletingAgreement) Of() (what, name string) { return "agreement", string(a.Agreement.Name) }

func (*DeletingAgreement) Needs() request.Permission { return request.Governance }

func (*DeletingAgreement) Check(context.Context) error { return nil }

func (a *DeletingAgreement) CarryOut(ctx context.Context, d *Revision) error {
	return d.deleteAgreement(ctx, a.Agreement)
}

func (a *DeletingAgreement) Differences(ctx context.Context) (manifest.Differences, error) {
	stands, err := standing(a.Governance.Rules.Agreement(ctx, a.Agreement.Name))
	return manifest.Diff(manifest.Definitions{Agreements: stands}, manifest.Definitions{}), err
}

// Attaching sets the form and the flow of a place.
type Attaching struct {
	Governance *Governance `json:"-"`

	Attachment request.Attachment `json:"attachment"`
}

func (*Attaching) Kind() manifest.ProposalKind { return "attachment.set" }

func (a *Attaching) Of() (what, name string) { return "attachment", a.Attachment.Key() }

func (*Attaching) Needs() request.Permission { return request.Governance }

func (a *Attaching) Check(ctx context.Context) error {
	return a.Governance.checkAttachment(ctx, a.Attachment)
}

func (a *Attaching) CarryOut(ctx context.Context, d *Revision) error {
	return d.attach(ctx, a.Attachment)
}

func (a *Attaching) Differences(ctx context.Context) (manifest.Differences, error) {
	read, err := records.Attachments.Get(ctx, a.Governance.Store, a.Attachment.Key())
	stands, err := standing(read.Value, err)
	var want manifest.Definitions
	if a.Attachment.Form != "" || a.Attachment.Flow != "" {
		want.Attachments = []request.Attachment{a.Attachment}
	}
	return manifest.Diff(manifest.Definitions{Attachments: stands}, want), err
}
