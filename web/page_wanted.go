package web

import (
	"net/http"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// wantedList is a page of what people have looked for in vain.
type wantedList struct {
	Wanted []request.Wanted
	Next   string // the address of the next page
}

func (s *site) wantedPage(w http.ResponseWriter, r *http.Request) {
	after, err := parseCursor(r.URL.Query().Get("cursor"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	found, next, err := s.engine.Governance().Wanted(r.Context(), visitOf(r.Context()).by, request.StillWanted, after, listLength)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := wantedList{Wanted: found}
	if len(found) == listLength {
		page.Next = s.nextPage(r, next)
	}
	s.show(w, r, http.StatusOK, "wanted", page)
}

// wantedAct dismisses what is wanted.
func (s *site) wantedAct(w http.ResponseWriter, r *http.Request) {
	if !s.posted(w, r) {
		return
	}
	_, err := s.engine.Governance().Dismiss(r.Context(), visitOf(r.Context()).by, request.WantedID(r.PostForm.Get("wanted")), r.PostForm.Get("reason"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, s.to(r, "/wanted"), http.StatusSeeOther)
}

// reportAct tells governance that a link leads to nothing.
func (s *site) reportAct(w http.ResponseWriter, r *http.Request) {
	if !s.posted(w, r) {
		return
	}
	link, err := catalog.ParseLink(r.PostForm)
	if err == nil {
		_, err = s.engine.Assets().Report(r.Context(), visitOf(r.Context()).by, link)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "missing", missing{Name: link.FullyQualifiedName(), Query: r.PostForm, Reported: true})
}

// batchPage shows what was submitted together.
func (s *site) batchPage(w http.ResponseWriter, r *http.Request) {
	all, err := s.engine.Batch(r.Context(), visitOf(r.Context()).by, request.BatchID(r.PathValue("id")))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "batch", all)
}
