package operating

import (
	"net/http"
	"strings"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// failedList is the page of access that has failed.
type failedList struct {
	Grants     []provision.Grant
	Admin      bool // may retry
	Governance bool // may resume
	Next       string
	Acts       *frame.GrantActs // on what is listed; nil for those who may not act
	Trouble    string
}

func (s *room) failedPage(w http.ResponseWriter, r *http.Request) { s.showFailed(w, r, nil) }

func (s *room) showFailed(w http.ResponseWriter, r *http.Request, trouble *site.Problem) {
	by := site.VisitOf(r.Context()).By
	after, err := site.ParseCursor(r.URL.Query().Get("cursor"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	found, next, err := s.Engine.Grants().Amiss(r.Context(), by, after, frame.ListLength)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page, status := failedList{Grants: found, Admin: by.Has(request.Admin) || by.Has(request.Governance), Governance: by.Has(request.Governance)}, http.StatusOK
	if page.Admin && len(found) > 0 {
		page.Acts = &frame.GrantActs{Base: s.To(r, ""), From: frame.ListedAt(r), End: page.Governance, Retry: true}
	}
	if len(found) == frame.ListLength {
		page.Next = s.NextPage(r, next)
	}
	if trouble != nil {
		page.Trouble, status = words.Of(r).Say(trouble.Detail), trouble.Status
	}
	s.show(w, r, status, "failed", page)
}

// failedAct retries a grant, or resumes one.
func (s *room) failedAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	ctx, by, f := r.Context(), site.VisitOf(r.Context()).By, r.PostForm
	var err error
	switch id := provision.GrantID(f.Get("grant")); f.Get("act") {
	case "resume":
		_, err = s.Engine.Grants().Resume(ctx, by, id, strings.TrimSpace(f.Get("reason")))
	case "retry":
		_, err = s.Engine.Grants().Retry(ctx, by, id)
	default:
		err = frame.ErrNoDecision
	}
	if err != nil {
		s.showFailed(w, r, s.Problem(r, err))
		return
	}
	http.Redirect(w, r, s.Here(r), http.StatusSeeOther)
}
