package asking

import (
	"net/http"
	"net/url"

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
	More    int // how many questions the answers have brought up
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
	s.showEdit(w, r, c, filledWith(c.Form, c.Request.Answers), 0, nil)
}

var errNoEdit = &site.Problem{Status: http.StatusForbidden, Code: "FORBIDDEN", Detail: "Only its requester changes the answers of a request, while it is pending."}

// showEdit shows the questions that are asked with the answers that are filled in. More
// says how many of them the page did not show before.
func (s *room) showEdit(w http.ResponseWriter, r *http.Request, c grantwright.Case, filled url.Values, more int, trouble *site.Problem) {
	page, status := editForm{Request: c.Request, More: more}, http.StatusOK
	var err error
	if page.Fields, err = s.askedOf(r, c, filled); err != nil {
		s.Fail(w, r, err)
		return
	}
	if trouble != nil {
		status = trouble.Status
		if page.Faults = blame(page.Fields, trouble.Errors, nil); len(page.Faults) == 0 {
			page.Trouble = words.Of(r).Say(trouble.Detail)
		}
	}
	s.show(w, r, status, "edit", page)
}

// askedOf are the fields that the form of a request asks with what is filled in. Where a
// field that is hidden has brought up another, that one is hidden with it, and its answer is
// let go.
func (s *room) askedOf(r *http.Request, c grantwright.Case, filled url.Values) ([]field, error) {
	fields := fieldsOf(words.Of(r), c.Form, filled)
	for {
		asked, err := s.Engine.Reviews().Asked(r.Context(), site.VisitOf(r.Context()).By, c.Request.ID, answersOf(fields))
		if err != nil {
			return nil, err
		}
		before := len(fields)
		if fields = onlyAsked(fields, asked); len(fields) == before {
			return fields, nil
		}
	}
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
	fields, err := s.askedOf(r, c, r.PostForm)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	if more := unseen(fields, r.PostForm["shown"]); more > 0 {
		s.showEdit(w, r, c, r.PostForm, more, nil)
		return
	}
	req, err := s.Engine.Reviews().Edit(r.Context(), by, id, answersOf(fields))
	if err != nil {
		s.showEdit(w, r, c, r.PostForm, 0, s.Problem(r, err))
		return
	}
	s.SettleShortly(r, req)
	http.Redirect(w, r, s.To(r, "/requests/"+url.PathEscape(string(id))), http.StatusSeeOther)
}
