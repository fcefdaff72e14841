package deciding

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// requestList is a page of requests.
type requestList struct {
	Role     grantwright.Role
	Requests []request.Request
	Next     string             // the address of the next page
	First    bool               // this is the first page
	Overseer bool               // there is a list of all requests to go to
	Versions map[request.ID]int // of the reviews, where several can be decided at once
	Results  []result           // of several decisions at once
	Trouble  string
}

// result is the result of one of several decisions.
type result struct {
	ID    request.ID
	Asset catalog.Ref // empty if it did not count
	Text  string

	SignIn string // where another sign-in is to be had, if it takes one; else empty
}

func (s *room) requestsPage(w http.ResponseWriter, r *http.Request) {
	role := grantwright.Concerned
	if r.URL.Query().Get("role") == string(grantwright.Overseer) {
		role = grantwright.Overseer
	}
	s.listRequests(w, r, role)
}

func (s *room) reviewsPage(w http.ResponseWriter, r *http.Request) {
	s.listRequests(w, r, grantwright.Steward)
}

func (s *room) listRequests(w http.ResponseWriter, r *http.Request, role grantwright.Role) {
	s.showRequests(w, r, role, requestList{}, http.StatusOK)
}

func (s *room) showRequests(w http.ResponseWriter, r *http.Request, role grantwright.Role, page requestList, status int) {
	by := site.VisitOf(r.Context()).By
	after, err := site.ParseCursor(r.URL.Query().Get("cursor"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	found, err := s.Engine.Requests(r.Context(), by, grantwright.RequestQuery{Role: role, After: after, Limit: frame.ListLength})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page.Role, page.Requests, page.Next, page.First = role, found.Requests, s.NextPage(r, found.Next), after.Zero()
	page.Overseer, page.Versions = by.Has(request.Governance) || by.Has(request.Audit), found.Versions
	s.show(w, r, status, "requests", page)
}

// reviewsAct decides on several requests at once, and shows the list again with the
// result of each.
func (s *room) reviewsAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	form := r.PostForm
	d := review.Determination{Act: review.Act(form.Get("act")), Reason: strings.ReplaceAll(form.Get("reason"), "\r\n", "\n")}
	var all []review.Decision
	for _, chosen := range form["request"] {
		id, version, _ := strings.Cut(chosen, " ")
		one := review.Decision{Request: request.ID(id), Determination: d}
		if one.Version, _ = strconv.Atoi(version); one.Version == 0 {
			one.Version = -1 // no version that was shown
		}
		all = append(all, one)
	}
	if len(all) == 0 || d.Act == "" {
		s.showRequests(w, r, grantwright.Steward, requestList{Trouble: "Choose the requests, and what you decide."}, http.StatusUnprocessableEntity)
		return
	}
	decided, err := s.Engine.Reviews().Determine(r.Context(), site.VisitOf(r.Context()).By, all)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.showRequests(w, r, grantwright.Steward, requestList{Results: s.results(r, all, decided)}, http.StatusOK)
}

func (s *room) results(r *http.Request, all []review.Decision, decided []review.Decided) []result {
	results := make([]result, len(all))
	for i, d := range decided {
		results[i] = result{ID: all[i].Request, Asset: d.Request.Asset, Text: words.Of(r).Word(string(d.Request.Status))}
		switch p := (*site.Problem)(nil); {
		case d.Err != nil:
			if again := (*review.StepUpError)(nil); errors.As(d.Err, &again) {
				results[i].SignIn = s.SignInTo(r, s.To(r, "/reviews"), again.StepUp)
			}
			p = s.Problem(r, d.Err)
			if results[i].Text = p.Detail; len(p.Errors) > 0 {
				results[i].Text = site.Capital(p.Errors[0].Field() + " " + p.Errors[0].Detail)
			}
		case d.Request.Status == request.Pending:
			results[i].Text = "Counted; others have still to decide"
		}
	}
	return results
}

func (s *room) batchPage(w http.ResponseWriter, r *http.Request) {
	all, err := s.Engine.Batch(r.Context(), site.VisitOf(r.Context()).By, request.BatchID(r.PathValue("id")))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "batch", all)
}
