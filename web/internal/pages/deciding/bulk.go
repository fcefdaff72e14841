package deciding

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// bulkForm is a decision on several requests as it was sent.
type bulkForm struct {
	Act, Reason, Count, Unit string
	Read                     bool
}

func bulkOf(form url.Values) bulkForm {
	return bulkForm{form.Get("act"), strings.ReplaceAll(form.Get("reason"), "\r\n", "\n"), strings.TrimSpace(form.Get("count")), form.Get("unit"), form.Has("read")}
}

// bulkPreview is the page of what a decision on several requests would do.
type bulkPreview struct {
	bulkForm
	From    string
	Results []result
	Counted int // that would count
}

// limits are those of the form: of any that ask for more.
func (f bulkForm) limits() (d request.Duration, err error) {
	if f.Count == "" {
		return d, nil
	}
	if d, err = request.ParseDuration(f.Count + " " + f.Unit); err != nil {
		return d, site.Invalid("determination", "duration", "must be a number from 1 to 999 and a unit, such as 7 days")
	}
	return d, nil
}

// decisions are those of the chosen requests, each no less than it is asked for.
func (f bulkForm) decisions(w *words.Words, chosen []string) ([]review.Decision, error) {
	d := review.Determination{Act: review.Act(f.Act), Reason: f.Reason}
	most, err := f.limits()
	if err != nil {
		return nil, err
	}
	if f.Act == string(review.Deny) && (f.Read || f.Count != "") {
		return nil, contradicts(w, w.T("Deny"), limitsOf(w, f.Read, nil, nil, most))
	}
	var all []review.Decision
	for _, box := range chosen {
		one := review.Decision{Determination: d}
		id, version, privilege, asked := parseBox(box)
		if one.Request, one.Version = id, version; f.Read && privilege != request.Read {
			one.Privilege = request.Read
		}
		if !most.IsZero() && (asked.IsZero() || asked.LongerThan(most, someTime)) {
			one.Duration = most
		}
		all = append(all, one)
	}
	return all, nil
}

// boxOf is the value of a box by which a request is chosen: what was shown of it.
func boxOf(id request.ID, version int, p request.Privilege, d request.Duration) string {
	return strings.Join([]string{string(id), strconv.Itoa(version), string(p), d.String()}, " ")
}

// parseBox reads a value of boxOf. A version that cannot be read is none that was shown.
func parseBox(box string) (id request.ID, version int, p request.Privilege, d request.Duration) {
	parts := append(strings.SplitN(box, " ", 4), "", "", "")
	if version, _ = strconv.Atoi(parts[1]); version == 0 {
		version = -1
	}
	d, _ = request.ParseDuration(parts[3]) // where it cannot be read, limits hold all the same
	return request.ID(parts[0]), version, request.Privilege(parts[2]), d
}

// Box is the value of the box of a row.
func (r row) Box() string { return boxOf(r.ID, r.Version, r.Privilege, r.Duration) }

// bulkPage shows what a decision on several requests would do with each.
func (s *room) bulkPage(w http.ResponseWriter, r *http.Request) {
	all, ok := s.chosen(w, r)
	if !ok {
		return
	}
	by := site.VisitOf(r.Context()).By
	tried, err := s.Engine.Reviews().Try(r.Context(), by, all)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := bulkPreview{bulkForm: bulkOf(r.PostForm), From: queryOf(r.URL.Query())}
	if page.Results, err = s.results(r, by, all, tried, true); err != nil {
		s.Fail(w, r, err)
		return
	}
	for i := range page.Results {
		if page.Results[i].Chosen = r.PostForm["request"][i]; !page.Results[i].Bad {
			page.Counted++
		}
	}
	s.show(w, r, http.StatusOK, "bulk", page)
}

// chosen reads a decision on several requests, or shows the queue again with its fault.
func (s *room) chosen(w http.ResponseWriter, r *http.Request) (all []review.Decision, ok bool) {
	if !s.Posted(w, r) {
		return nil, false
	}
	form := bulkOf(r.PostForm)
	again := func(text, about string) {
		s.showRequests(w, r, grantwright.Steward, requestList{Bulk: form, Trouble: text, About: about}, http.StatusUnprocessableEntity)
	}
	if len(r.PostForm["request"]) == 0 || form.Act == "" {
		again(words.Of(r).T("Choose the requests, and what you decide."), "bulk")
		return nil, false
	}
	all, err := form.decisions(words.Of(r), r.PostForm["request"])
	if err != nil {
		p := s.Problem(r, err)
		again(words.Of(r).Say(detailOf(p)), "bulk")
		return nil, false
	}
	return all, true
}

// detailOf is the first fault of a problem, or its text.
func detailOf(p *site.Problem) string {
	if len(p.Errors) > 0 {
		return site.Capital(p.Errors[0].Field() + " " + p.Errors[0].Detail)
	}
	return p.Detail
}

// reviewsAct decides on several requests at once, and shows the list again with the
// result of each.
func (s *room) reviewsAct(w http.ResponseWriter, r *http.Request) {
	all, ok := s.chosen(w, r)
	if !ok {
		return
	}
	by := site.VisitOf(r.Context()).By
	decided, err := s.Engine.Reviews().Determine(r.Context(), by, all)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	results, err := s.results(r, by, all, decided, false)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.showRequests(w, r, grantwright.Steward, requestList{Results: results}, http.StatusOK)
}

// results write the results of several decisions, or those that they would have.
func (s *room) results(r *http.Request, by request.Identity, all []review.Decision, decided []review.Decided, would bool) ([]result, error) {
	said := words.Of(r)
	requests := make([]request.Request, len(all))
	for i, d := range decided {
		if requests[i] = d.Request; d.Request.ID == "" {
			requests[i].ID = all[i].Request
		}
	}
	briefs, err := s.Engine.Reviews().Briefs(r.Context(), by, requests)
	if err != nil {
		return nil, err
	}
	results := make([]result, len(all))
	for i, d := range decided {
		res := result{row: rowOf(said, requests[i], briefs[all[i].Request]), Bad: d.Err != nil}
		switch {
		case d.Err != nil:
			if again := (*review.StepUpError)(nil); errors.As(d.Err, &again) {
				res.SignIn = s.SignInTo(r, s.To(r, "/reviews"), again.StepUp)
			}
			res.Text = said.Say(detailOf(s.Problem(r, d.Err)))
		default:
			res.Text = outcome(said, d.Request, all[i].Determination, would)
		}
		results[i] = res
	}
	return results, nil
}

// outcome writes what a determination has come to, or would.
func outcome(w *words.Words, req request.Request, d review.Determination, would bool) string {
	text := w.Word(string(req.Status))
	switch {
	case req.Status == request.Pending && would:
		text = w.T("Would count; others have still to decide")
	case req.Status == request.Pending:
		text = w.T("Counted; others have still to decide")
	case req.Status == request.Approved && would:
		text = w.T("Would be approved")
	case req.Status == request.Denied && would:
		text = w.T("Would be denied: this is final")
	}
	if limits := limitsOf(w, d.Privilege == request.Read, nil, nil, d.Duration); limits != "" {
		text += ", " + limits
	}
	return text
}
