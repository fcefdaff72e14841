package asking

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/site"
)

// renewalPage shows the form of an asset again, filled in as the request before.
func (s *room) renewalPage(w http.ResponseWriter, r *http.Request) {
	s.filledAs(w, r, func(page *requestForm, was grantwright.Case) error {
		page.Renews = was.Request.ID
		return nil
	})
}

var errStands = &site.Problem{Status: http.StatusConflict, Code: "STATE", Detail: "This request is pending, or its access stands. Ask again when it is over, or extend the access."}

// againPage shows the form of an asset again, filled in as a request that came to nothing
// or is over.
func (s *room) againPage(w http.ResponseWriter, r *http.Request) {
	s.filledAs(w, r, func(page *requestForm, was grantwright.Case) error {
		if st := was.Request.Status; st == request.Pending || st == request.Approved {
			return errStands
		}
		page.Again = was.Request.ID
		return nil
	})
}

// filledAs shows the form of an asset as it is now, filled in as a request before.
func (s *room) filledAs(w http.ResponseWriter, r *http.Request, of func(page *requestForm, was grantwright.Case) error) {
	by := site.VisitOf(r.Context()).By
	was, err := s.Engine.Request(r.Context(), by, request.ID(r.PathValue("id")))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	req := was.Request
	page := requestForm{Action: s.To(r, "/request"), Privilege: req.Privilege, Columns: req.Columns}
	if req.Beneficiary != by.Person() {
		page.Beneficiary = string(req.Beneficiary)
	}
	if err := of(&page, was); err != nil {
		s.Fail(w, r, err)
		return
	}
	if page.Entry, err = s.Engine.Assets().Entry(r.Context(), by, req.Asset, req.Type); err != nil {
		s.Fail(w, r, err)
		return
	}
	s.showForm(w, r, page, req.Answers)
}

// filledWith is a form as it is filled in with answers. Those to questions that it
// does not have are left out.
func filledWith(form request.Form, answers request.Answers) url.Values {
	filled := url.Values{}
	for _, q := range form.Questions {
		name, given := "answers."+q.ID, answers[q.ID]
		if q.Type != request.AccessDuration || len(q.Choices) > 0 || len(given) == 0 {
			filled[name] = given
			continue
		}
		count, unit, counted := strings.Cut(given[0], " ")
		if !counted { // ENDLESS
			count, unit = "", given[0]
		}
		filled.Set(name+".count", count)
		filled.Set(name+".unit", unit)
	}
	return filled
}
