package operating

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/site"
)

// taskList is the page of manual tasks.
type taskList struct {
	Grants  []provision.Grant
	Next    string
	Trouble string
	Over    bool // the task that somebody came for needs nobody any more
}

func (s *room) tasksPage(w http.ResponseWriter, r *http.Request) { s.showTasks(w, r, nil) }

func (s *room) showTasks(w http.ResponseWriter, r *http.Request, trouble *site.Problem) {
	after, err := site.ParseCursor(r.URL.Query().Get("cursor"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	found, next, err := s.Engine.Grants().ToDo(r.Context(), site.VisitOf(r.Context()).By, after, frame.ListLength)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page, status := taskList{Grants: found, Over: r.URL.Query().Has("over")}, http.StatusOK
	if len(found) == frame.ListLength {
		page.Next = s.NextPage(r, next)
	}
	if trouble != nil {
		page.Trouble, status = trouble.Detail, trouble.Status
	}
	s.show(w, r, status, "tasks", page)
}

// tasksAct attests one of the tasks.
func (s *room) tasksAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	if err := s.attested(r, provision.GrantID(r.PostForm.Get("grant"))); err != nil {
		s.showTasks(w, r, s.Problem(r, err))
		return
	}
	http.Redirect(w, r, s.Here(r), http.StatusSeeOther)
}

// attested attests a task by a form.
func (s *room) attested(r *http.Request, id provision.GrantID) error {
	f := r.PostForm
	a := provision.Attest{Done: f.Get("act") == "done", Note: strings.ReplaceAll(strings.TrimSpace(f.Get("note")), "\r\n", "\n"), State: provision.State(f.Get("state"))}
	if act := f.Get("act"); act != "done" && act != "failed" {
		return frame.ErrNoDecision
	}
	_, err := s.Engine.Grants().Attest(r.Context(), site.VisitOf(r.Context()).By, id, a)
	return err
}

// jobPage is the page of one manual task.
type jobPage struct {
	site.Job
	Request request.Request
	Note    string
	Trouble string
}

// Shown is what shows an asset masked; empty while nothing does.
func (jobPage) Shown(m request.AssetMasks) string { return notify.Masked(m) }

func (s *room) taskPage(w http.ResponseWriter, r *http.Request) {
	s.showTask(w, r, jobPage{}, http.StatusOK)
}

func (s *room) showTask(w http.ResponseWriter, r *http.Request, page jobPage, status int) {
	job, err := s.Engine.Grants().Job(r.Context(), site.VisitOf(r.Context()).By, provision.GrantID(r.PathValue("id")))
	if errors.Is(err, store.ErrState) && page.Trouble == "" {
		http.Redirect(w, r, s.To(r, s.done(r)), http.StatusSeeOther)
		return
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page.Job, page.Request = site.JobOf(job), job.Request
	s.show(w, r, status, "task", page)
}

// done leads away from a task that somebody has done: to its request, which shows the
// result to whoever may read it.
func (s *room) done(r *http.Request) string {
	id := r.PathValue("id")
	if _, err := s.Engine.Request(r.Context(), site.VisitOf(r.Context()).By, request.ID(id)); err != nil {
		return "/tasks?over"
	}
	return "/requests/" + url.PathEscape(id)
}

// taskAct attests the task.
func (s *room) taskAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	if err := s.attested(r, provision.GrantID(r.PathValue("id"))); err != nil {
		p := s.Problem(r, err)
		s.showTask(w, r, jobPage{Trouble: p.Detail, Note: r.PostForm.Get("note")}, p.Status)
		return
	}
	http.Redirect(w, r, s.To(r, "/tasks"), http.StatusSeeOther)
}
