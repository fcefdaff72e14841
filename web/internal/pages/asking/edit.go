package asking

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// editForm is the page on which a requester changes the answers of a request.
type editForm struct {
	Request request.Request
	Fields  []field
	Faults  []frame.ShownFault
	Trouble string
}

func (s *room) editPage(w http.ResponseWriter, r *http.Request) {
	c, err := s.Engine.Request(r.Context(), site.VisitOf(r.Context()).By, request.ID(r.PathValue("id")))
	if err == nil && !c.May.Edit {
		err = errNoEdit
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.showEdit(w, r, c, filledWith(c.Form, c.Request.Answers), nil)
}

var errNoEdit = &site.Problem{Status: http.StatusForbidden, Code: "FORBIDDEN", Detail: "Only its requester changes the answers of a request, while it is pending."}

// showEdit shows the questions without a condition, those that were answered, and
// those that something is wrong with.
func (s *room) showEdit(w http.ResponseWriter, r *http.Request, c grantwright.Case, filled url.Values, trouble *site.Problem) {
	page, status := editForm{Request: c.Request, Fields: fieldsOf(words.Of(r), c.Form, filled)}, http.StatusOK
	if trouble != nil {
		status = trouble.Status
		if page.Faults = blame(page.Fields, trouble.Errors, nil); len(page.Faults) == 0 {
			page.Trouble = trouble.Detail
		}
	}
	page.Fields = slices.DeleteFunc(page.Fields, func(f field) bool {
		return f.When != "" && len(f.Errors) == 0 && strings.Join(f.Given, "") == ""
	})
	s.show(w, r, status, "edit", page)
}

func (s *room) editAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	by, id := site.VisitOf(r.Context()).By, request.ID(r.PathValue("id"))
	c, err := s.Engine.Request(r.Context(), by, id)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	req, err := s.Engine.Reviews().Edit(r.Context(), by, id, answersOf(fieldsOf(words.Of(r), c.Form, r.PostForm)))
	if err != nil {
		s.showEdit(w, r, c, r.PostForm, s.Problem(r, err))
		return
	}
	s.SettleShortly(r, req)
	http.Redirect(w, r, s.To(r, "/requests/"+url.PathEscape(string(id))), http.StatusSeeOther)
}
