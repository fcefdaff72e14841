package deciding

import (
	"net/http"
	"strings"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// substituteForm is the page on which somebody names who decides in their place.
type substituteForm struct {
	request.Standing
	Substitute, From, Until, Reason string
	Trouble                         string
}

// Who is how the page speaks of a person.
func (p substituteForm) Who(person request.PersonID) string {
	return named(person, p.Names[person])
}

func (s *room) substitutePage(w http.ResponseWriter, r *http.Request) {
	s.showSubstitute(w, r, substituteForm{}, http.StatusOK)
}

func (s *room) showSubstitute(w http.ResponseWriter, r *http.Request, page substituteForm, status int) {
	var err error
	if page.Standing, err = s.Engine.Substitutes().Mine(r.Context(), site.VisitOf(r.Context()).By); err != nil {
		s.Fail(w, r, err)
		return
	}
	s.show(w, r, status, "substitute", page)
}

func (s *room) substituteAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	ctx, by, form := r.Context(), site.VisitOf(r.Context()).By, r.PostForm
	page := substituteForm{Substitute: strings.TrimSpace(form.Get("substitute")), From: form.Get("from"), Until: form.Get("until"), Reason: form.Get("reason")}
	var err error
	switch form.Get("act") {
	case "end":
		err = s.Engine.Substitutes().End(ctx, by, request.PersonID(form.Get("person")))
	default:
		err = s.name(r, by, page)
	}
	if err != nil {
		p := s.Problem(r, err)
		page.Trouble = words.Of(r).Say(detailOf(p))
		s.showSubstitute(w, r, page, p.Status)
		return
	}
	http.Redirect(w, r, s.To(r, "/substitute"), http.StatusSeeOther)
}

// name reads the days of the page: from the beginning of one, UTC, to the end of
// another.
func (s *room) name(r *http.Request, by request.Identity, page substituteForm) error {
	var from time.Time
	var err error
	if page.From != "" {
		if from, err = time.Parse(time.DateOnly, page.From); err != nil {
			return site.Invalid("substitution", "from", "must be a day such as 2026-07-01")
		}
	}
	until, err := time.Parse(time.DateOnly, page.Until)
	if err != nil {
		return site.Invalid("substitution", "until", "must be a day such as 2026-07-14")
	}
	_, err = s.Engine.Substitutes().Name(r.Context(), by, request.PersonID(page.Substitute), from, until.AddDate(0, 0, 1), page.Reason)
	return err
}
