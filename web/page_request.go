package web

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// epoch is a start for comparing durations where any will do.
var epoch = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

// requestForm is the page of an asset's form.
type requestForm struct {
	Entry       grantwright.Entry
	Action      string // where the form is sent: the link itself
	Fields      []field
	Privilege   request.Privilege
	Beneficiary string
	Key         string
	Faults      []shownFault
	Trouble     string // what is wrong with the submission as a whole

	BeneficiaryError string
}

// chooser is the page of a link that fits several assets.
type chooser struct {
	Name       string
	Candidates []candidate
	Many       bool // as many as are ever listed: there may be more
}

type candidate struct {
	Asset catalog.Asset
	URL   string
}

// missing is the page of a link that fits nothing.
type missing struct {
	Name   string // what was asked for; empty if nothing was
	Detail string
	Query  url.Values
}

// formPage shows the form of the asset that a link leads to.
func (s *site) formPage(w http.ResponseWriter, r *http.Request) {
	link, err := catalog.ParseLink(r.URL.Query())
	if err != nil {
		s.noForm(w, r, err)
		return
	}
	entry, err := s.engine.Resolve(r.Context(), visitOf(r.Context()).by, link)
	ambiguous := (*grantwright.AmbiguousError)(nil)
	switch {
	case errors.As(err, &ambiguous):
		s.choose(w, r, link, ambiguous.Candidates)
	case err != nil:
		s.noForm(w, r, err)
	default:
		s.show(w, r, http.StatusOK, "request", requestForm{
			Entry: entry, Action: s.here(r), Fields: fieldsOf(entry.Form, nil), Privilege: request.Read, Key: newID()})
	}
}

func (s *site) choose(w http.ResponseWriter, r *http.Request, link catalog.Link, found []catalog.Asset) {
	page := chooser{Name: catalog.FormatPath(link.Path), Many: len(found) >= catalog.MaxCandidates}
	for _, a := range found {
		page.Candidates = append(page.Candidates, candidate{a, catalog.LinkTo(a, link.Type).URL(visitOf(r.Context()).base)})
	}
	s.show(w, r, http.StatusOK, "chooser", page)
}

// noForm shows why a link leads to no form, and how to find one.
func (s *site) noForm(w http.ResponseWriter, r *http.Request, err error) {
	q := r.URL.Query()
	nothing := q.Get("fullyQualifiedName") == ""
	if !nothing && !errors.Is(err, catalog.ErrNotFound) && !errors.Is(err, catalog.ErrLink) {
		s.fail(w, r, err)
		return
	}
	page := missing{Name: q.Get("fullyQualifiedName"), Query: q}
	status := http.StatusNotFound
	switch {
	case nothing:
		status = http.StatusOK // nobody followed a link
	case errors.Is(err, catalog.ErrLink):
		status, page.Detail = http.StatusBadRequest, sentence(err)
	}
	s.show(w, r, status, "missing", page)
}

// formSubmit hands in a form, or shows it again with what is wrong.
func (s *site) formSubmit(w http.ResponseWriter, r *http.Request) {
	if !s.posted(w, r) {
		return
	}
	by, ref, kind := visitOf(r.Context()).by, catalog.Ref(r.PostForm.Get("asset")), request.Type(r.PostForm.Get("type"))
	entry, err := s.engine.Assets().Entry(r.Context(), by, ref, kind)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := requestForm{
		Entry: entry, Action: s.here(r), Fields: fieldsOf(entry.Form, r.PostForm), Key: r.PostForm.Get("key"),
		Privilege: request.Privilege(r.PostForm.Get("privilege")), Beneficiary: r.PostForm.Get("beneficiary")}
	req, err := s.engine.Submit(r.Context(), by, grantwright.Submission{
		Asset: ref, Type: kind, Beneficiary: request.PersonID(page.Beneficiary), Privilege: page.Privilege,
		Answers: answersOf(page.Fields), Key: page.Key})
	if err != nil {
		s.formAgain(w, r, page, err)
		return
	}
	s.settleShortly(r, req)
	http.Redirect(w, r, s.to(r, "/requests/"+url.PathEscape(string(req.ID))), http.StatusSeeOther)
}

// others are the fields of the page that are no questions.
var others = map[string]string{"beneficiary": "beneficiary", "privilege": "privilege", "type": "privilege"}

// formAgain shows a form with everything that is wrong with it, and everything
// that was filled in.
func (s *site) formAgain(w http.ResponseWriter, r *http.Request, page requestForm, err error) {
	p := s.problem(r, err)
	page.Faults = blame(page.Fields, p.Errors, others)
	if p.Code == "KEY_REUSED" {
		// The browser went back to a form that was sent, and changed it: that is
		// another request.
		page.Key, page.Faults = newID(), nil
		p.Detail = "This form was sent before, with other answers. Send it again if you want to ask for this as well."
	}
	for _, f := range p.Errors {
		if f.field == "beneficiary" {
			page.BeneficiaryError = about(f.Detail)
		}
	}
	if len(page.Faults) == 0 {
		page.Trouble = p.Detail
		if p.ID != "" {
			page.Trouble += " (" + p.ID + ")"
		}
	}
	s.show(w, r, p.Status, "request", page)
}
