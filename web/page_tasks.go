package web

import (
	"net/http"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/provision"
)

// taskList is the page of what is to be done by hand.
type taskList struct {
	Grants  []provision.Grant
	Next    string
	Trouble string
}

func (s *site) tasksPage(w http.ResponseWriter, r *http.Request) { s.showTasks(w, r, nil) }

func (s *site) showTasks(w http.ResponseWriter, r *http.Request, trouble *Problem) {
	after, err := parseCursor(r.URL.Query().Get("cursor"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	found, next, err := s.engine.Grants().ToDo(r.Context(), visitOf(r.Context()).by, after, listLength)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page, status := taskList{Grants: found}, http.StatusOK
	if len(found) == listLength {
		page.Next = s.nextPage(r, next)
	}
	if trouble != nil {
		page.Trouble, status = trouble.Detail, trouble.Status
	}
	s.show(w, r, status, "tasks", page)
}

// tasksAct records what a person says of one of the tasks.
func (s *site) tasksAct(w http.ResponseWriter, r *http.Request) {
	if !s.posted(w, r) {
		return
	}
	_, err := s.engine.Grants().Attest(r.Context(), visitOf(r.Context()).by, provision.GrantID(r.PostForm.Get("grant")),
		grantwright.Attestation{Done: r.PostForm.Get("act") == "done", Note: r.PostForm.Get("note"), State: provision.State(r.PostForm.Get("state"))})
	if err != nil {
		s.showTasks(w, r, s.problem(r, err))
		return
	}
	http.Redirect(w, r, s.here(r), http.StatusSeeOther)
}
