package deciding

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/dossier"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// requestList is a page of requests.
type requestList struct {
	Role     grantwright.Role
	Rows     []row
	Next     string // the address of the next page
	First    bool   // this is the first page
	Overseer bool   // there is a list of all requests to go to
	Filters  filters
	From     string // the filters, for the pages of requests to come back to
	Bulk     bulkForm
	Results  []result // of several decisions at once
	Trouble  string
	About    string // the field that is at fault
}

// filtering are the filters of a list with what their form needs.
type filtering struct {
	requestList
	Base string
}

// With is the page for the form of its filters.
func (p requestList) With(base string) filtering { return filtering{p, base} }

// Statuses are those by which requests are filtered.
func (p requestList) Statuses() []request.Status {
	return []request.Status{request.Pending, request.Approved, request.Denied, request.Canceled, request.Lapsed, request.Expired, request.Revoked}
}

// Several reports whether several requests can be decided at once.
func (p requestList) Several() bool { return p.Role == grantwright.Steward && len(p.Rows) > 0 }

// row is one request of a list.
type row struct {
	request.Request
	dossier.Brief
	What   string // is asked: type, privilege, columns and time
	Who    string // it is for
	Team   string
	Age    string
	Advice string // of review assist, where there is any
	Tone   string // of its risk
	Status string // of the request, or of its grant where that says more
}

// rowOf writes a request for a list.
func rowOf(w *words.Words, req request.Request, b dossier.Brief) row {
	r := row{Request: req, Brief: b, What: asks(w, req), Who: named(req.Beneficiary, b.Name), Team: strings.Join(b.Team, ", "), Age: age(w, b.Age), Status: string(req.Status)}
	if req.Status == request.Approved && b.State != "" {
		if r.Status = b.State; b.State == string(provision.Active) && b.Gaps > 0 {
			r.Status = "ACTIVE, WITH GAPS"
		}
	}
	return r
}

// Overdue reports whether a decision is late.
func (r row) Overdue() bool { return !r.Due.IsZero() && r.Brief.Age > r.Due.Sub(r.Submitted) }

// asks writes what a request asks for.
func asks(w *words.Words, req request.Request) string {
	text := w.Use(req.Privilege)
	if req.Type == request.MaskingException {
		text = w.T("Masking exception")
	}
	return text + inColumns(w, req.Columns) + ", " + w.Lasts(req.Duration)
}

// mostColumns is how many columns a line names.
const mostColumns = 5

// inColumns writes some columns.
func inColumns(w *words.Words, columns []string) string {
	if len(columns) == 0 {
		return ""
	}
	shown := make([]string, min(len(columns), mostColumns))
	for i := range shown {
		shown[i] = visible.Text(columns[i])
	}
	text := strings.Join(shown, ", ")
	if len(columns) > mostColumns {
		text += " …"
	}
	return ", " + w.T("%d columns", len(columns)) + ": " + text
}

// age writes for how long something waits.
func age(w *words.Words, d time.Duration) string {
	switch {
	case d < time.Hour:
		return w.T("less than an hour")
	case d < 48*time.Hour:
		return w.T("%d hours", int(d/time.Hour))
	}
	return w.T("%d days", int(d/(24*time.Hour)))
}

// named is a person by name, where that is known, and always by id.
func named(person request.PersonID, name string) string {
	if id := person.Identity().ID; name == "" {
		return id
	} else {
		return name + " (" + id + ")"
	}
}

// result is the result of one of several decisions.
type result struct {
	row
	Text   string
	Bad    bool   // it did not count, or would not
	Chosen string // the value of its box
	SignIn string // where another sign-in is to be had, if it takes one; else empty
}

func (s *room) requestsPage(w http.ResponseWriter, r *http.Request) {
	s.showRequests(w, r, roleOf(r), requestList{}, http.StatusOK)
}

func (s *room) reviewsPage(w http.ResponseWriter, r *http.Request) {
	role := grantwright.Steward
	if r.URL.Query().Get("tab") == "decided" {
		role = grantwright.Decider
	}
	s.showRequests(w, r, role, requestList{}, http.StatusOK)
}

func (s *room) showRequests(w http.ResponseWriter, r *http.Request, role grantwright.Role, page requestList, status int) {
	by, query := site.VisitOf(r.Context()).By, r.URL.Query()
	after, err := site.ParseCursor(query.Get("cursor"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page.Role, page.Filters, page.From, page.First = role, filtersOf(query), queryOf(query), after.Zero()
	page.Overseer = by.Has(request.Governance) || by.Has(request.Audit)
	q, err := page.Filters.wanted(role, by)
	var found grantwright.Page
	if q.After, q.Limit = after, frame.ListLength; err == nil {
		found, err = s.Engine.Requests(r.Context(), by, q)
	}
	if faults := request.FaultsOf(err); len(faults) > 0 { // of the filters: they stay as they are
		p := s.Problem(r, err)
		page.Trouble, page.About, status = site.Capital(p.Errors[0].Field()+" "+p.Errors[0].Detail), "filter-"+faults[0].Field, p.Status
		s.show(w, r, status, listName(role), page)
		return
	}
	if err == nil {
		page.Rows, err = s.rows(r, by, found.Requests)
	}
	if err == nil && role == grantwright.Steward {
		err = s.inShort(r, by, page.Rows)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page.Next = s.NextPage(r, found.Next)
	s.show(w, r, status, listName(role), page)
}

// listName is the template of a list.
func listName(role grantwright.Role) string {
	if role == grantwright.Steward || role == grantwright.Decider {
		return "queue"
	}
	return "requests"
}

// rows are requests as a list shows them.
func (s *room) rows(r *http.Request, by request.Identity, all []request.Request) ([]row, error) {
	briefs, err := s.Engine.Reviews().Briefs(r.Context(), by, all)
	if err != nil {
		return nil, err
	}
	rows := make([]row, len(all))
	for i, req := range all {
		rows[i] = rowOf(words.Of(r), req, briefs[req.ID])
		if req.Beneficiary == by.Person() {
			rows[i].Who = words.Of(r).T("you")
		}
	}
	return rows, nil
}

// near are the requests before and after one in the queue that somebody has come from.
type near struct {
	Given          bool   // they have come from one
	From           string // its filters
	Tab            bool   // it was the list of what they have decided
	Previous, Next request.ID
}

// mostNear is how much of a queue is looked through for the neighbours of a request.
const mostNear = 200

// nearTo finds the neighbours of a request. Where it is no longer in the queue, the first of
// the queue comes next.
func (s *room) nearTo(r *http.Request, by request.Identity, id request.ID) near {
	if !r.URL.Query().Has("from") {
		return near{}
	}
	from, err := url.ParseQuery(r.URL.Query().Get("from"))
	if err != nil {
		return near{}
	}
	n := near{Given: true, From: queryOf(from), Tab: from.Get("tab") == "decided"}
	role := grantwright.Steward
	if n.Tab {
		role = grantwright.Decider
	}
	q, err := filtersOf(from).wanted(role, by)
	if q.Limit = mostNear; err != nil {
		return n
	}
	found, err := s.Engine.Requests(r.Context(), by, q)
	if err != nil {
		s.Log.WarnContext(r.Context(), "a case is shown without its neighbours", "request", id, "error", err)
		return n
	}
	all, at := found.Requests, -1
	for i, req := range all {
		if req.ID == id {
			at = i
		}
	}
	if at > 0 {
		n.Previous = all[at-1].ID
	}
	if at+1 < len(all) {
		n.Next = all[at+1].ID
	}
	return n
}

// batchPage lists the requests that were submitted together.
func (s *room) batchPage(w http.ResponseWriter, r *http.Request) {
	by := site.VisitOf(r.Context()).By
	all, err := s.Engine.Batch(r.Context(), by, request.BatchID(r.PathValue("id")))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	requests := make([]request.Request, len(all))
	for i, one := range all {
		requests[i] = one.Request
	}
	rows, err := s.rows(r, by, requests)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "batch", rows)
}
