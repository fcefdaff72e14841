// Package governing are the pages of governance: forms, agreements, flows, guardrails,
// what is attached where, and changes that await a second person.
package governing

import (
	"embed"
	"net/http"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
)

//go:embed all:templates
var files embed.FS

var templates = frame.Parse(files)

// room are the pages, in the frame of all.
type room struct{ *frame.Frame }

// Register adds the pages to a frame.
func Register(f *frame.Frame) {
	s := &room{f}
	f.Link(frame.Link{Section: frame.Governance, Path: "/forms", Text: "Forms", For: []request.Permission{request.Governance, request.Audit}})
	f.Link(frame.Link{Section: frame.Governance, Path: "/flows", Text: "Flows", For: []request.Permission{request.Governance, request.Audit}})
	f.Link(frame.Link{Section: frame.Governance, Path: "/guardrails", Text: "Guardrails", For: []request.Permission{request.Governance, request.Audit}})
	f.Link(frame.Link{Section: frame.Governance, Path: "/masks", Text: "Masks", For: []request.Permission{request.Governance, request.Audit}})
	f.Link(frame.Link{Section: frame.Governance, Path: "/attachments", Text: "Attachments", For: []request.Permission{request.Governance, request.Audit}})
	f.Link(frame.Link{Section: frame.Governance, Path: "/proposals", Text: "Proposals", For: []request.Permission{request.Governance, request.Admin, request.Audit}})
	f.Handle("GET /guardrails", s.guardrailsPage)
	f.Handle("POST /guardrails", s.guardrailsAct)
	f.Handle("GET /proposals", s.proposalsPage)
	f.Handle("GET /proposals/{id}", s.proposalPage)
	f.Handle("POST /proposals/{id}", s.proposalAct)
	f.Handle("GET /flows", s.flowsPage)
	f.Handle("GET /flows/{name}", s.flowPage)
	f.Handle("POST /flows/{name}", s.deleteFlowAct)
	f.Handle("GET /forms", s.formsPage)
	f.Handle("POST /forms", s.detachAct)
	f.Handle("GET /forms/{name}", s.oneFormPage)
	f.Handle("POST /forms/{name}", s.deleteFormAct)
	f.Handle("GET /agreements/{name}", s.agreementPage)
	f.Handle("POST /agreements/{name}", s.deleteAgreementAct)
	f.Handle("GET /masks", s.masksPage)
	f.Handle("POST /masks", s.masksAct)
	f.Handle("GET /masks/{name}", s.maskPage)
	f.Handle("POST /masks/{name}", s.deleteMaskAct)
	f.Handle("GET /attachments", s.treePage)
	f.Handle("GET /versions/{kind}/{name}", s.versionPage)
	f.Handle("GET /build/{kind}", s.buildPage)
	f.Handle("POST /build/{kind}", s.buildAct)
	f.Handle("GET /definitions", s.definitionsPage)
	f.Handle("POST /definitions", s.definitionsAct)
}

func (s *room) show(w http.ResponseWriter, r *http.Request, status int, name string, page any) {
	s.Show(w, r, status, templates, name, page)
}
