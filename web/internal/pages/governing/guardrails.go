package governing

import (
	"net/http"
	"net/url"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/site"
)

// guardrailList is the page of all guardrails, or of those that hold for an asset.
type guardrailList struct {
	Asset      catalog.Ref // empty: all
	Guardrails []review.Guardrail
	Placed     []site.Placed
	Governance bool
	Next       string // the address of the next page
}

func (s *room) guardrailsPage(w http.ResponseWriter, r *http.Request) {
	by := site.VisitOf(r.Context()).By
	page := guardrailList{Asset: catalog.Ref(r.URL.Query().Get("asset")), Governance: by.Has(request.Governance)}
	if err := s.readGuardrails(r, by, &page); err != nil {
		s.Fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "guardrails", page)
}

func (s *room) readGuardrails(r *http.Request, by request.Identity, page *guardrailList) error {
	if page.Asset != "" {
		var err error
		page.Placed, err = s.GuardrailsOf(r.Context(), by, page.Asset)
		return err
	}
	after, err := site.ParseCursor(r.URL.Query().Get("cursor"))
	if err != nil {
		return err
	}
	page.Guardrails, err = s.Engine.Governance().Guardrails.List(r.Context(), by, review.GuardrailName(after.ID), frame.ListLength)
	if n := len(page.Guardrails); n == frame.ListLength {
		page.Next = s.To(r, "/guardrails?"+url.Values{"cursor": {site.FormatCursor(store.Position{ID: string(page.Guardrails[n-1].Name)})}}.Encode())
	}
	return err
}

// guardrailsAct deletes a guardrail in the version that was seen.
func (s *room) guardrailsAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	err := s.Engine.Governance().Guardrails.Delete(r.Context(), site.VisitOf(r.Context()).By, review.GuardrailName(r.PostForm.Get("name")), versionIn(r))
	s.Changed(w, r, err, "/guardrails")
}
