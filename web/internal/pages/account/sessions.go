package account

import (
	"net/http"
	"net/url"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/site"
)

// sessionsOf is the page of the sessions of somebody.
type sessionsOf struct {
	Person   request.PersonID
	Mine     bool
	Admin    bool // those of others may be asked for
	Oversees bool // lost groups may be read
	Sessions []request.Session
}

func (s *room) sessionsPage(w http.ResponseWriter, r *http.Request) {
	by := site.VisitOf(r.Context()).By
	person := request.PersonID(r.URL.Query().Get("person"))
	if person == "" {
		person = by.Person()
	}
	all, err := s.Engine.Sessions().Of(r.Context(), by, person)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "sessions", sessionsOf{Person: person, Mine: person == by.Person(), Admin: by.Has(request.Admin),
		Oversees: by.Has(request.Admin) || by.Has(request.Governance) || by.Has(request.Audit), Sessions: all})
}

// sessionsAct ends a session.
func (s *room) sessionsAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	by := site.VisitOf(r.Context()).By
	if err := s.Engine.Sessions().End(r.Context(), by, request.SessionID(r.PostForm.Get("session"))); err != nil {
		s.Fail(w, r, err)
		return
	}
	to := s.To(r, "/sessions")
	if person := r.PostForm.Get("person"); person != "" && person != string(by.Person()) {
		to += "?" + url.Values{"person": {person}}.Encode()
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// lostGroups is the page of people whose groups have all vanished.
type lostGroups struct {
	People []request.LostGroups
	May    bool // confirm
	Next   string
}

func (s *room) lostGroupsPage(w http.ResponseWriter, r *http.Request) {
	by := site.VisitOf(r.Context()).By
	after, err := site.ParseCursor(r.URL.Query().Get("cursor"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	all, next, err := s.Engine.People().Lost(r.Context(), by, after, site.PageSize(0))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := lostGroups{People: all, May: by.Has(request.Admin) || by.Has(request.Governance)}
	if next != (store.Position{}) {
		page.Next = s.To(r, "/sessions/groups") + "?" + url.Values{"cursor": {site.FormatCursor(next)}}.Encode()
	}
	s.show(w, r, http.StatusOK, "lostgroups", page)
}

// lostGroupsAct confirms that somebody is in no group any more.
func (s *room) lostGroupsAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	by := site.VisitOf(r.Context()).By
	if err := s.Engine.People().ConfirmLost(r.Context(), by, request.PersonID(r.PostForm.Get("person")), r.PostForm.Get("reason")); err != nil {
		s.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, s.To(r, "/sessions/groups"), http.StatusSeeOther)
}
