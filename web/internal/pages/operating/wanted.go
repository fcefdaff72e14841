package operating

import (
	"net/http"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/site"
)

// wantedList is a page of wanted assets, which people have looked for in vain.
type wantedList struct {
	Wanted []request.Wanted
	Next   string // the address of the next page
}

func (s *room) wantedPage(w http.ResponseWriter, r *http.Request) {
	after, err := site.ParseCursor(r.URL.Query().Get("cursor"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	found, next, err := s.Engine.Governance().Wanted(r.Context(), site.VisitOf(r.Context()).By, request.StillWanted, after, frame.ListLength)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := wantedList{Wanted: found}
	if len(found) == frame.ListLength {
		page.Next = s.NextPage(r, next)
	}
	s.show(w, r, http.StatusOK, "wanted", page)
}

// wantedAct dismisses a wanted asset.
func (s *room) wantedAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	_, err := s.Engine.Governance().Dismiss(r.Context(), site.VisitOf(r.Context()).By, request.WantedID(r.PostForm.Get("wanted")), r.PostForm.Get("reason"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, s.To(r, "/wanted"), http.StatusSeeOther)
}
