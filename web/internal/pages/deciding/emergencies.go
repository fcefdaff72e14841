package deciding

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/site"
)

// emergencyList is a page of what was approved at once.
type emergencyList struct {
	Verdict request.Verdict
	Rows    []row
	Next    string
}

// emergenciesPage lists the emergency access that somebody may see, first what waits for its
// review.
func (s *room) emergenciesPage(w http.ResponseWriter, r *http.Request) {
	by, page := site.VisitOf(r.Context()).By, emergencyList{Verdict: cmp.Or(request.Verdict(r.URL.Query().Get("verdict")), request.Unreviewed)}
	after, err := site.ParseCursor(r.URL.Query().Get("cursor"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	all, next, err := s.Engine.Reviews().Emergencies(r.Context(), by, page.Verdict, after, frame.ListLength)
	if err == nil {
		page.Rows, err = s.rows(r, by, all)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	if !next.Zero() {
		page.Next = s.To(r, "/emergencies?verdict="+url.QueryEscape(string(page.Verdict))+"&cursor="+url.QueryEscape(site.FormatCursor(next)))
	}
	s.show(w, r, http.StatusOK, "emergencies", page)
}
