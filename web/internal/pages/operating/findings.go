package operating

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// findingList is the page of what reconciliation has found on a connection.
type findingList struct {
	Name       string
	Result     provision.Reconciliation
	Findings   []shownFinding
	Fresh      bool // the result is of just now
	Admin      bool // may compare and repair
	Governance bool // may name how much is removed, and resume
	Trouble    string
}

// Compared reports whether there is a result.
func (l findingList) Compared() bool { return !l.Result.At.IsZero() }

// shownFinding is a finding in words.
type shownFinding struct {
	provision.Finding
	What string
}

// findingWords say what the kinds of findings are.
var findingWords = map[provision.FindingKind]struct{ Text string }{
	provision.FoundReplaced:  {Text: "The object was made anew; the access follows it"},
	provision.FoundSuspended: {Text: "Somebody removed this access on the platform, or something else stands there"},
	provision.FoundBroken:    {Text: "The access does not work"},
	provision.FoundGaps:      {Text: "Parts of it stopped working, or work again"},
	provision.FoundRemarks:   {Text: "Something limits the access"},
	provision.FoundMissing:   {Text: "Access is missing on the platform"},
	provision.FoundForeign:   {Text: "Other ways in came or went"},
	provision.FoundOrphan:    {Text: "Access of ours that no request calls for"},
	provision.FoundPrevented: {Text: "A guardrail blocks this access now"},
	provision.FoundStricter:  {Text: "Data with other owners is read through it"},
	provision.FoundHeld:      {Text: "It took the place of other data, and waits for governance"},
	provision.FoundUnknown:   {Text: "The platform did not say how it stands"},
}

func (s *room) findingsPage(w http.ResponseWriter, r *http.Request) {
	s.showFindings(w, r, findingList{}, http.StatusOK)
}

func (s *room) showFindings(w http.ResponseWriter, r *http.Request, page findingList, status int) {
	ctx, by := r.Context(), site.VisitOf(r.Context()).By
	page.Name, page.Admin, page.Governance = r.PathValue("name"), by.Has(request.Admin) || by.Has(request.Governance), by.Has(request.Governance)
	if _, err := s.Engine.Connections().Connection(ctx, by, page.Name); err != nil {
		s.Fail(w, r, err)
		return
	}
	if !page.Fresh {
		health, err := s.Engine.Connections().Health(ctx, by, page.Name)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		page.Result = health[0].Compared
	}
	for _, f := range page.Result.Findings[:min(len(page.Result.Findings), 100)] {
		page.Findings = append(page.Findings, shownFinding{f, words.Of(r).T(findingWords[f.Kind].Text)})
	}
	s.show(w, r, status, "findings", page)
}

// findingsAct compares, repairs, or resumes a grant.
func (s *room) findingsAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	ctx, by, f := r.Context(), site.VisitOf(r.Context()).By, r.PostForm
	page, how := findingList{Fresh: true}, provision.Reconcile{Adopt: f.Get("adopt") != ""}
	var err error
	switch f.Get("act") {
	case "resume":
		page.Fresh = false
		_, err = s.Engine.Grants().Resume(ctx, by, provision.GrantID(f.Get("grant")), strings.TrimSpace(f.Get("reason")))
	case "compare", "repair":
		how.DryRun = f.Get("act") == "compare"
		if text := strings.TrimSpace(f.Get("most")); text != "" {
			how.MaxRemovals, err = strconv.Atoi(text)
			if err != nil || how.MaxRemovals < 1 {
				err = site.Invalid("reconciliation", "most", "must be a number from 1 on, or empty")
			}
		}
		if err == nil {
			page.Result, err = s.Engine.Reconcile(ctx, by, r.PathValue("name"), how)
		}
	default:
		err = frame.ErrNoDecision
	}
	if err != nil {
		p := s.Problem(r, err)
		s.showFindings(w, r, findingList{Trouble: words.Of(r).Say(p.Detail)}, p.Status)
		return
	}
	if !page.Fresh {
		http.Redirect(w, r, s.Here(r), http.StatusSeeOther)
		return
	}
	s.showFindings(w, r, page, http.StatusOK)
}

// foreignList is the page of access that others gave on a connection.
type foreignList struct {
	Name       string
	Below      string // a place on the connection, which was asked for
	Access     []provision.Foreign
	Governance bool
	Next       string
	Trouble    string

	Claimed  *provision.Claimed // the result of a claim just now
	DryRun   bool
	Owner    string
	Days     string
	Reason   string
	TakeOver bool
}

func (s *room) foreignPage(w http.ResponseWriter, r *http.Request) {
	s.showForeign(w, r, foreignList{Days: "90"}, http.StatusOK)
}

func (s *room) showForeign(w http.ResponseWriter, r *http.Request, page foreignList, status int) {
	ctx, by := r.Context(), site.VisitOf(r.Context()).By
	after, err := site.ParseCursor(r.URL.Query().Get("cursor"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page.Name, page.Governance, page.Below = r.PathValue("name"), by.Has(request.Governance), strings.TrimSpace(r.URL.Query().Get("below"))
	root := catalog.Ref(page.Name)
	if page.Below != "" {
		root = catalog.Ref(page.Name + ":" + page.Below)
	}
	found, next, err := s.Engine.Access().Foreign(ctx, by, root, grantwright.AccessQuery{After: after, Limit: frame.ListLength})
	if err != nil {
		p := s.Problem(r, err)
		if p.Status == http.StatusForbidden || p.Status == http.StatusNotFound {
			s.Fail(w, r, err)
			return
		}
		page.Trouble, status = words.Of(r).Say(p.Detail), listed(err, p.Status)
	}
	page.Access, page.Next = found, s.NextPage(r, next)
	s.show(w, r, status, "foreign", page)
}

// foreignAct claims one access that others gave, or says what a claim would do.
func (s *room) foreignAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	f := r.PostForm
	page := foreignList{DryRun: f.Get("act") != "claim", Owner: strings.TrimSpace(f.Get("owner")), Days: strings.TrimSpace(f.Get("days")), Reason: strings.TrimSpace(f.Get("reason")), TakeOver: f.Get("takeover") != ""}
	days, err := strconv.Atoi(page.Days)
	if err != nil || days < 1 || days > 9999 {
		s.foreignTrouble(w, r, page, site.Invalid("claim", "days", "must be a number of days"))
		return
	}
	done, err := s.Engine.Access().Claim(r.Context(), site.VisitOf(r.Context()).By, []provision.Claim{{Asset: catalog.Ref(f.Get("asset")), Principal: f.Get("principal"), By: f.Get("by"),
		Owner: request.PersonID(page.Owner), Duration: request.For(days, request.Days), Reason: page.Reason, TakeOver: page.TakeOver}}, page.DryRun)
	if err != nil {
		s.foreignTrouble(w, r, page, err)
		return
	}
	page.Claimed = &done[0]
	if page.Claimed.Trouble != "" {
		page.Trouble = words.Of(r).Say(site.Capital(page.Claimed.Trouble))
	}
	s.showForeign(w, r, page, http.StatusOK)
}

func (s *room) foreignTrouble(w http.ResponseWriter, r *http.Request, page foreignList, err error) {
	p := s.Problem(r, err)
	page.Trouble = words.Of(r).Say(p.Detail)
	if len(p.Errors) > 0 {
		page.Trouble = words.Of(r).Say(site.Capital(p.Errors[0].Detail))
	}
	s.showForeign(w, r, page, p.Status)
}
