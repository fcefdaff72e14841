package asking

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// renewalPage shows the form of an asset again, filled in as the request before.
func (s *room) renewalPage(w http.ResponseWriter, r *http.Request) {
	by := site.VisitOf(r.Context()).By
	was, err := s.Engine.Request(r.Context(), by, request.ID(r.PathValue("id")))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	req := was.Request
	entry, err := s.Engine.Assets().Entry(r.Context(), by, req.Asset, req.Type)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := requestForm{Entry: entry, Action: s.To(r, "/request"), Fields: fieldsOf(words.Of(r), entry.Form, filledWith(entry.Form, req.Answers)), Privilege: req.Privilege,
		Columns: req.Columns, Renews: req.ID, Key: site.NewID(), Agreements: agreementsOf(entry, nil)}
	if req.Beneficiary != by.Person() {
		page.Beneficiary = string(req.Beneficiary)
	}
	if page.Fields, err = s.asked(r, page); err != nil {
		s.Fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "request", page)
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
