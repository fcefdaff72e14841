package api

import (
	"context"
	"net/http"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web/internal/conditional"
	"github.com/grantwright/grantwright/web/internal/site"
)

// FormBody saves a form.
type FormBody struct {
	AsRead
	Based      int                     `json:"based,omitempty" minimum:"0" doc:"The version that it was based on; 0 or missing for a new form"`
	Title      string                  `json:"title"`
	Questions  []request.Question      `json:"questions,omitempty" nullable:"false"`
	Flow       request.FlowName        `json:"flow,omitempty" doc:"The review flow of the form itself; without it, that of the asset decides"`
	Agreements []request.AgreementName `json:"agreements,omitempty" nullable:"false" doc:"Must be accepted to submit"`
}

// AgreementBody saves a data use agreement.
type AgreementBody struct {
	AsRead
	Based int    `json:"based,omitempty" minimum:"0" doc:"The version that it was based on; 0 or missing for a new agreement"`
	Title string `json:"title"`
	Text  string `json:"text" doc:"Markdown"`
}

// AttachmentBody sets the form and the flow of a place.
type AttachmentBody struct {
	Form request.FormName `json:"form,omitempty" doc:"Missing sets none here: that of the next container holds"`
	Flow request.FlowName `json:"flow,omitempty" doc:"Missing sets none here"`

	Holds *Holding `json:"holds,omitempty" doc:"As GET returns it: not read"`
}

// SavedAttachment is the answer to a form and a flow that were set.
type SavedAttachment struct {
	Form     request.FormName `json:"form,omitempty"`
	Flow     request.FlowName `json:"flow,omitempty"`
	Warnings []review.Warning `json:"warnings" nullable:"false" doc:"What is most likely not meant: a place where nothing is, a flow that asks people of whom there are none"`
}

// Attached is what is set at a place, and what holds there.
type Attached struct {
	Form  request.FormName `json:"form,omitempty" doc:"That is set there; missing if none is"`
	Flow  request.FlowName `json:"flow,omitempty" doc:"That is set there; missing if none is"`
	Holds Holding          `json:"holds" doc:"What holds there, and where it comes from"`
}

// Holding names the form and the flow of an asset, and where they are set.
type Holding struct {
	Form Inherited `json:"form" doc:"The form that holds"`
	Flow Inherited `json:"flow" doc:"The flow of the asset; without a name, governance decides unless the form has its own"`
}

// Inherited names a form or a flow, and the container from which an asset inherits
// it.
type Inherited struct {
	Name          string      `json:"name,omitempty"`
	InheritedFrom catalog.Ref `json:"inheritedFrom,omitempty" doc:"Missing for what is set at the asset itself, or is built in"`
}

func inherited(name string, from, asset catalog.Ref) Inherited {
	return Inherited{name, site.InheritedFrom(from, asset)}
}

func (s *server) routeForms() {
	g := s.Engine.Governance()
	const governs, oversees = "Takes GOVERNANCE.", "Takes GOVERNANCE or AUDIT."
	serve(s, http.MethodGet, "/forms", "list-forms", "List the forms by name, each in its newest version", listing(g.Forms, manifest.Forms), described(oversees))
	serve(s, http.MethodGet, "/forms/{name}", "form", "A form in its newest version", newest(g.Forms, manifest.Forms), edited, described(oversees))
	serve(s, http.MethodGet, "/forms/{name}/versions/{version}", "form-version", "A form in one of its versions", atVersion(g.Forms), described(oversees))
	serve(s, http.MethodPut, "/forms/{name}", "save-form", "Save the next version of a form", s.saveForm, described(governs+" Requests keep the version that they were made with."), s.takesTwo, edited)
	serve(s, http.MethodDelete, "/forms/{name}", "delete-form", "Delete a form that is not in use", deleting(g.Forms), described(governs+" Its versions stay readable."), s.takesTwo)
	serve(s, http.MethodGet, "/agreements", "list-agreements", "List the data use agreements by name, each in its newest version", listing(g.Agreements, manifest.Agreements), described(oversees))
	serve(s, http.MethodGet, "/agreements/{name}", "agreement", "A data use agreement in its newest version", newest(g.Agreements, manifest.Agreements), edited, described("For everybody."))
	serve(s, http.MethodGet, "/agreements/{name}/versions/{version}", "agreement-version", "A data use agreement in one of its versions", atVersion(g.Agreements), described("For everybody."))
	serve(s, http.MethodPut, "/agreements/{name}", "save-agreement", "Save the next version of an agreement", s.saveAgreement, described(governs+" Whoever submits from then on accepts the new version."), s.takesTwo, edited)
	serve(s, http.MethodDelete, "/agreements/{name}", "delete-agreement", "Delete an agreement that no form names", deleting(g.Agreements), described(governs+" Its versions stay readable."), s.takesTwo)
	serve(s, http.MethodGet, "/attachments", "list-attachments", "List where forms and flows are attached, by place", s.attachments, described(oversees))
	serve(s, http.MethodGet, "/assets/{ref}/attachments/{type}", "holding", "The form and the flow that hold for an asset, and where they come from", s.held, edited, described("For everybody."))
	serve(s, http.MethodPut, "/assets/{ref}/attachments/{type}", "attach", "Set the form and the flow of an asset, a container or a connection", s.attach, described(governs+" They hold for everything below, until something nearer overrides them. Requests that are open are not touched."), s.takesTwo, edited)
	serve(s, http.MethodDelete, "/assets/{ref}/attachments/{type}", "detach", "Take away what is set there", s.detach, described(governs), s.takesTwo)
}

func (s *server) saveForm(ctx context.Context, by request.Identity, in *struct {
	Named
	conditional.Change
	Body FormBody
}) (*shown[Saved], error) {
	b := in.Body
	v, warnings, err := save(ctx, s, by, s.Engine.Governance().Forms, manifest.Forms, change{in.Change, in.Name, b.AsRead, b.Based}, func(based int) request.Form {
		return request.Form{Name: request.FormName(in.Name), Version: based, Title: b.Title, Questions: b.Questions, Flow: b.Flow, Agreements: b.Agreements}
	})
	return savedOf(manifest.Forms, v, warnings, err)
}

func (s *server) saveAgreement(ctx context.Context, by request.Identity, in *struct {
	Named
	conditional.Change
	Body AgreementBody
}) (*shown[Saved], error) {
	b := in.Body
	v, warnings, err := save(ctx, s, by, s.Engine.Governance().Agreements, manifest.Agreements, change{in.Change, in.Name, b.AsRead, b.Based}, func(based int) request.Agreement {
		return request.Agreement{Name: request.AgreementName(in.Name), Version: based, Title: b.Title, Text: b.Text}
	})
	return savedOf(manifest.Agreements, v, warnings, err)
}

func (s *server) attachments(ctx context.Context, by request.Identity, in *struct {
	Paged
	Type request.Type `query:"type" enum:"DATA_ACCESS,MASKING_EXCEPTION" default:"DATA_ACCESS"`
}) (*listed[request.Attachment], error) {
	return byName(&in.Paged, func(after string, limit int) ([]request.Attachment, error) {
		return s.AttachmentsOf(ctx, by, in.Type, catalog.Ref(after), limit)
	}, func(a request.Attachment) string { return string(a.At) })
}

// Place is a route about the attachments of one place.
type Place struct {
	AssetNamed
	Type request.Type `path:"type" enum:"DATA_ACCESS,MASKING_EXCEPTION"`
}

func (s *server) held(ctx context.Context, by request.Identity, in *Place) (*shown[Attached], error) {
	entry, err := s.Engine.Assets().Entry(ctx, by, in.Ref, in.Type)
	if err != nil {
		return nil, err
	}
	from := entry.From
	out := Attached{Holds: Holding{inherited(string(from.Form), from.FormFrom, in.Ref), inherited(string(from.Flow), from.FlowFrom, in.Ref)}}
	if from.FormFrom == in.Ref {
		out.Form = from.Form
	}
	if from.FlowFrom == in.Ref {
		out.Flow = from.Flow
	}
	tag(ctx, request.Attachment{Form: out.Form, Flow: out.Flow}.Sum())
	return &shown[Attached]{out}, nil
}

func (s *server) attach(ctx context.Context, by request.Identity, in *struct {
	Place
	conditional.Seen
	Body AttachmentBody
}) (*shown[SavedAttachment], error) {
	seen, err := in.Version()
	if err != nil {
		return nil, err
	}
	all := s.Engine.Governance().Attachments
	set, err := all.Save(ctx, by, request.Attachment{At: in.Ref, Type: in.Type, Form: in.Body.Form, Flow: in.Body.Flow, Digest: int(seen)})
	if err != nil {
		return nil, err
	}
	tag(ctx, set.Sum())
	return &shown[SavedAttachment]{SavedAttachment{set.Form, set.Flow, warningsOf(ctx, s, by, all, set)}}, nil
}

func (s *server) detach(ctx context.Context, by request.Identity, in *struct {
	Place
	conditional.Seen
}) (*struct{}, error) {
	seen, err := in.Version()
	if err != nil {
		return nil, err
	}
	return nil, s.Engine.Governance().Attachments.Delete(ctx, by, request.Attachment{At: in.Ref, Type: in.Type}.Key(), int(seen))
}
