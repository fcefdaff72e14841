package governing

import (
	"net/http"
	"strconv"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/site"
)

// definedForm is the page of one version of a form.
type definedForm struct {
	Form       request.Form
	Newest     int // 0 if it was deleted
	Governance bool
}

// Before and After are the versions beside it; 0 if there is none.
func (d definedForm) Before() int { return d.Form.Version - 1 }
func (d definedForm) After() int  { return after(d.Form.Version, d.Newest) }

// definedAgreement is the page of one version of an agreement.
type definedAgreement struct {
	Agreement  request.Agreement
	Newest     int
	Governance bool
	Oversees   bool // may see what has changed
}

func (d definedAgreement) Before() int { return d.Agreement.Version - 1 }
func (d definedAgreement) After() int  { return after(d.Agreement.Version, d.Newest) }

func after(version, newest int) int {
	if version >= newest {
		return 0
	}
	return version + 1
}

// versionIn is the version that an address names; 0 for the newest.
func versionIn(r *http.Request) int {
	version, _ := strconv.Atoi(r.FormValue("version"))
	return version
}

func (s *room) oneFormPage(w http.ResponseWriter, r *http.Request) {
	ctx, by, g := r.Context(), site.VisitOf(r.Context()).By, s.Engine.Governance()
	name := request.FormName(r.PathValue("name"))
	newest, missing := g.Forms.Newest(ctx, by, name)
	page := definedForm{Form: newest, Newest: newest.Version, Governance: by.Has(request.Governance) && newest.Version > 0}
	if version := versionIn(r); version > 0 {
		page.Form, missing = g.Forms.At(ctx, by, name, version)
	}
	if missing != nil {
		s.Fail(w, r, missing)
		return
	}
	s.show(w, r, http.StatusOK, "form", page)
}

func (s *room) agreementPage(w http.ResponseWriter, r *http.Request) {
	ctx, by, g := r.Context(), site.VisitOf(r.Context()).By, s.Engine.Governance()
	name := request.AgreementName(r.PathValue("name"))
	newest, missing := g.Agreements.Newest(ctx, by, name)
	page := definedAgreement{Agreement: newest, Newest: newest.Version, Governance: by.Has(request.Governance) && newest.Version > 0, Oversees: by.Has(request.Governance) || by.Has(request.Audit)}
	if version := versionIn(r); version > 0 {
		page.Agreement, missing = g.Agreements.At(ctx, by, name, version)
	}
	if missing != nil {
		s.Fail(w, r, missing)
		return
	}
	s.show(w, r, http.StatusOK, "agreement", page)
}

func (s *room) deleteFormAct(w http.ResponseWriter, r *http.Request) {
	s.deleted(w, r, "forms", func() error {
		return s.Engine.Governance().Forms.Delete(r.Context(), site.VisitOf(r.Context()).By, request.FormName(r.PathValue("name")), versionIn(r))
	})
}

func (s *room) deleteAgreementAct(w http.ResponseWriter, r *http.Request) {
	s.deleted(w, r, "agreements", func() error {
		return s.Engine.Governance().Agreements.Delete(r.Context(), site.VisitOf(r.Context()).By, request.AgreementName(r.PathValue("name")), versionIn(r))
	})
}

// deleted deletes something, and goes back to the list that it was in.
func (s *room) deleted(w http.ResponseWriter, r *http.Request, list string, remove func() error) {
	if !s.Posted(w, r) {
		return
	}
	s.Changed(w, r, remove(), "/forms?show="+list)
}
