package pages

import (
	"net/http"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/site"
)

// wantedList is a page of wanted assets, which people have looked for in vain.
type wantedList struct {
	Wanted []request.Wanted
	Next   string // the address of the next page
}

func (s *Pages) wantedPage(w http.ResponseWriter, r *http.Request) {
	after, err := site.ParseCursor(r.URL.Query().Get("cursor"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	found, next, err := s.Engine.Governance().Wanted(r.Context(), site.VisitOf(r.Context()).By, request.StillWanted, after, listLength)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := wantedList{Wanted: found}
	if len(found) == listLength {
		page.Next = s.nextPage(r, next)
	}
	s.show(w, r, http.StatusOK, "wanted", page)
}

// wantedAct dismisses a wanted asset.
func (s *Pages) wantedAct(w http.ResponseWriter, r *http.Request) {
	if !s.posted(w, r) {
		return
	}
	_, err := s.Engine.Governance().Dismiss(r.Context(), site.VisitOf(r.Context()).By, request.WantedID(r.PostForm.Get("wanted")), r.PostForm.Get("reason"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, s.To(r, "/wanted"), http.StatusSeeOther)
}

// reportAct reports to governance a link that leads to nothing.
func (s *Pages) reportAct(w http.ResponseWriter, r *http.Request) {
	if !s.posted(w, r) {
		return
	}
	link, err := catalog.ParseLink(r.PostForm)
	if err == nil {
		_, err = s.Engine.Assets().Report(r.Context(), site.VisitOf(r.Context()).By, link)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "missing", missing{Name: link.FullyQualifiedName(), Query: r.PostForm, Reported: true})
}

// batchPage shows the requests that were submitted together.
func (s *Pages) batchPage(w http.ResponseWriter, r *http.Request) {
	all, err := s.Engine.Batch(r.Context(), site.VisitOf(r.Context()).By, request.BatchID(r.PathValue("id")))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "batch", all)
}
