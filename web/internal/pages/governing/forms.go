package governing

import (
	"net/http"
	"net/url"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/site"
)

// formList is a page of one of the lists of governance.
type formList struct {
	Show        string // forms, agreements or attachments
	Type        request.Type
	Forms       []request.Form
	Agreements  []request.Agreement
	Attachments []request.Attachment
	Next        string // the address of the next page
	Governance  bool
}

func (s *room) formsPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	after, err := site.ParseCursor(q.Get("cursor"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := formList{Show: q.Get("show"), Type: request.Type(q.Get("type")), Governance: site.VisitOf(r.Context()).By.Has(request.Governance)}
	if page.Type == "" {
		page.Type = request.DataAccess
	}
	last, err := s.readForms(r, &page, after.ID)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	if last != "" {
		next := url.Values{"show": {page.Show}, "type": {string(page.Type)}, "cursor": {site.FormatCursor(store.Position{ID: last})}}
		page.Next = s.To(r, "/forms?"+next.Encode())
	}
	s.show(w, r, http.StatusOK, "forms", page)
}

// readForms reads the list of a page. It returns the last name if others may follow.
func (s *room) readForms(r *http.Request, page *formList, after string) (last string, err error) {
	ctx, by, g := r.Context(), site.VisitOf(r.Context()).By, s.Engine.Governance()
	switch page.Show {
	case "agreements":
		page.Agreements, err = g.Agreements.List(ctx, by, request.AgreementName(after), frame.ListLength)
		return frame.LastOf(page.Agreements, func(a request.Agreement) string { return string(a.Name) }), err
	case "attachments":
		page.Attachments, err = s.AttachmentsOf(ctx, by, page.Type, catalog.Ref(after), frame.ListLength)
		return frame.LastOf(page.Attachments, func(a request.Attachment) string { return string(a.At) }), err
	}
	page.Show = "forms"
	page.Forms, err = g.Forms.List(ctx, by, request.FormName(after), frame.ListLength)
	return frame.LastOf(page.Forms, func(f request.Form) string { return string(f.Name) }), err
}

// detachAct takes away the attachment of a place.
func (s *room) detachAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	at := request.Attachment{At: catalog.Ref(r.PostForm.Get("at")), Type: request.Type(r.PostForm.Get("type"))}
	err := s.Engine.Governance().Attachments.Delete(r.Context(), site.VisitOf(r.Context()).By, at.Key(), 0)
	s.Changed(w, r, err, "/forms?"+url.Values{"show": {"attachments"}, "type": {string(at.Type)}}.Encode())
}
