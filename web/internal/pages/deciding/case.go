package deciding

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// planTimeout is how long a page waits for the plan of a platform.
const planTimeout = 3 * time.Second

// casePage is the page of one request.
type casePage struct {
	grantwright.Case
	By      request.PersonID
	Acts    bool // it is a person who reads, who may ask
	Answers []answered
	Steps   []words.Step
	Plan    *site.Plan
	NoPlan  string // why there is none, where one was wanted
	Remarks []request.Remark

	Near    near
	Dossier *surroundings // for those who decide
	Advised *advised      // for those who may decide now
	Shown   []wasShown    // of a case that is decided

	Explained *review.CaseExplanation // where that was asked for
	Erasable  []string                // the facts of its evidence that whoever reads it may erase
	Again     string                  // where another sign-in is to be had; empty where the host has none

	// The form as it was sent, and its faults.
	Trouble string
	Act     string
	Reason  string
	Drafts  bool // the draft of a reason comes to the reason
	Count   string
	Unit    string
	Read    bool     // only read
	Kept    []string // the columns that are approved
	Said    string   // a remark
	Person  string   // who is to be asked

	words *words.Words
}

// inFrame is a case for a part of its page.
type inFrame struct {
	casePage
	Base string
}

// With is the page for one of its parts.
func (p casePage) With(base string) inFrame { return inFrame{p, base} }

// Path is the address of the case, with the queue that somebody has come from.
func (p casePage) Path(base string) string {
	path := base + "/requests/" + url.PathEscape(string(p.Request.ID))
	if p.Near.Given {
		path += "?from=" + url.QueryEscape(p.Near.From)
	}
	return path
}

// Waits reports whether the access is on its way, so that the page looks again soon.
func (p casePage) Waits() bool {
	return p.Grant.How == provision.Auto && (p.Grant.State == provision.Pending || p.Grant.State == provision.Provisioning || p.Grant.State == provision.Revoking)
}

// Shortens reports whether the access can be made to end sooner: it stands.
func (p casePage) Shortens() bool { return p.Grant.Wanted() && !p.Grant.Started.IsZero() }

// MayAskAgain reports whether the request is over, and whoever reads it may ask once more.
func (p casePage) MayAskAgain() bool {
	return p.Acts && p.Request.Concerns(p.By) && p.Request.Status != request.Pending && p.Request.Status != request.Approved
}

// Granted writes what the grant gives.
func (p casePage) Granted() string {
	text := p.words.Use(p.Grant.Access.Privilege) + inColumns(p.words, p.Grant.Access.Columns)
	if len(p.Grant.Access.Unmasked) > 0 {
		text = p.words.T("Unmasked") + inColumns(p.words, p.Grant.Access.Unmasked)
	}
	return text + ", " + p.words.Lasts(p.Grant.Duration)
}

// What writes what is asked.
func (p casePage) What() string { return asks(p.words, p.Request) }

// StageStatus is the status of an approval: what nobody has settled by the end was not needed,
// or not decided.
func (p casePage) StageStatus(s review.ApprovalStatus) string {
	switch {
	case s != review.ApprovalCanceled:
		return string(s)
	case p.Review.Status == request.Lapsed:
		return "NOT_DECIDED"
	case p.Review.Status == request.Canceled:
		return string(s)
	}
	return "NOT_NEEDED"
}

// Keeps reports whether a column is ticked: at first all are.
func (p casePage) Keeps(column string) bool {
	return p.Act != "approve-for" || slices.Contains(p.Kept, column)
}

// ForWhat lists the selectors that an approval counts for, and in whose place.
func (p casePage) ForWhat() (all []string) {
	for _, m := range p.May.Counts {
		what := p.words.Selector(p.Review.Stages[m.Stage].Approvals[m.Selector].Selector.String())
		if m.For != "" {
			what = p.words.T("%s, in the place of %s", what, p.Who(m.For))
		}
		all = append(all, what)
	}
	return all
}

// WhoDecides says of a pending request that those who could decide are not known, or not all.
func (p casePage) WhoDecides() string {
	switch p.Deciders {
	case request.DecidersPartly:
		return p.words.T("Others than those who were told may decide too: the directory does not say that it knows all of them.")
	case request.DecidersUnknown:
		return p.words.T("Nobody is known who could decide. Somebody may come who has never been seen here; governance hears of it if nobody does.")
	case request.DecidersNone:
		return p.words.T("There is nobody who could decide, nor anybody of governance. Administrators were told.")
	}
	return ""
}

// ReasonFor reports whether the flow wants a reason for an act.
func (p casePage) ReasonFor(act string) bool {
	return slices.Contains(p.Review.Reasons, review.Act(act))
}

// accepted is an agreement as it was accepted.
type accepted struct {
	Title, Text string
	request.Acceptance
}

// Accepted lists the agreements that were accepted with the request.
func (p casePage) Accepted() (all []accepted) {
	for _, a := range p.Agreements {
		i := slices.IndexFunc(p.Request.Agreements, func(o request.Acceptance) bool { return o.Name == a.Name && o.Version == a.Version })
		if i >= 0 {
			all = append(all, accepted{a.Title, a.Text, p.Request.Agreements[i]})
		}
	}
	return all
}

// answered is a question with its answer.
type answered struct {
	Title string
	Given []string
}

func (s *room) casePage(w http.ResponseWriter, r *http.Request) {
	s.showCase(w, r, casePage{Unit: string(request.Days)}, http.StatusOK)
}

func (s *room) showCase(w http.ResponseWriter, r *http.Request, page casePage, status int) {
	ctx, by := r.Context(), site.VisitOf(r.Context()).By
	all, events, err := s.ReadCase(ctx, by, request.ID(r.PathValue("id")))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page.words = words.Of(r)
	page.Case, page.By, page.Acts, page.Again = all, by.Person(), by.Acts(), s.SignInTo(r, s.Here(r), all.May.StepUp)
	page.Answers = given(words.Of(r), all)
	for _, e := range events {
		page.Steps = append(page.Steps, words.Of(r).StepOf(e))
	}
	slices.Reverse(page.Steps)
	if page.Remarks, err = s.lastRemarks(ctx, by, all.Request); err != nil {
		s.Fail(w, r, err)
		return
	}
	if all.May.Deny {
		page.Plan, page.NoPlan = s.planned(ctx, page.words, by, all.Request.ID)
	}
	if page.Near = s.nearTo(r, by, all.Request.ID); all.May.Explain {
		if page.Dossier, err = s.dossierOf(r, by, all.Request); err != nil {
			s.Fail(w, r, err)
			return
		}
	}
	if err := s.assist(r, by, &page); err != nil {
		s.Fail(w, r, err)
		return
	}
	if r.URL.Query().Has("why") && all.May.Explain {
		why, err := s.Engine.Explain(ctx, by, all.Request.ID)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		page.Explained = &why
		if by.Has(request.Governance) && all.Request.Status != request.Pending {
			page.Erasable = erasable(why.Evidence)
		}
	}
	s.show(w, r, status, "case", page)
}

// erasable are the names of the facts that are there, or were too large to be.
func erasable(all []request.Evidence) (names []string) {
	for _, e := range all {
		for _, f := range e.Facts {
			if f.State == request.FactKept || f.State == request.FactTooLarge {
				names = append(names, f.Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Who is how the page speaks of a person: by name, where that is known, and
// always by id.
func (p casePage) Who(person request.PersonID) string { return named(person, p.Names[person]) }

// given puts the questions to the answers. The duration is left out: it is
// part of the request.
func given(w *words.Words, c grantwright.Case) []answered {
	var all []answered
	for _, q := range w.Form(c.Form).Questions {
		if answer := c.Request.Answers[q.ID]; len(answer) > 0 && q.Type != request.AccessDuration {
			all = append(all, answered{q.Title, answer})
		}
	}
	return all
}

// planned is the plan of the platform, or why there is none.
func (s *room) planned(ctx context.Context, w *words.Words, by request.Identity, id request.ID) (*site.Plan, string) {
	ctx, cancel := context.WithTimeout(ctx, planTimeout)
	defer cancel()
	found, err := s.Engine.Grants().Plan(ctx, by, id)
	switch {
	case errors.Is(err, provision.ErrNoPlatform):
		return nil, w.T("This platform cannot say beforehand what it will do.")
	case err != nil:
		return nil, w.T("The platform could not be asked what it would do. You can decide all the same.")
	}
	plan := site.PlanOf(found)
	if plan.Unknown != "" {
		return nil, w.T("The platform could not be asked what it would do. You can decide all the same.")
	}
	return &plan, ""
}

// typed is the page of a case with its fields as somebody has left them.
func typed(form url.Values) casePage {
	return casePage{Person: form.Get("person"), Act: form.Get("act"), Reason: form.Get("reason"), Count: form.Get("count"), Unit: form.Get("unit"),
		Read: form.Has("read"), Kept: form["columns"], Said: form.Get("text")}
}

// caseAct does the act of a button, and shows the page again.
func (s *room) caseAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	if r.PostForm.Has("draft") {
		page := typed(r.PostForm)
		page.Drafts = true
		s.showCase(w, r, page, http.StatusOK)
		return
	}
	req, err := s.act(r, site.VisitOf(r.Context()).By, request.ID(r.PathValue("id")))
	if stepUp := (*review.StepUpError)(nil); errors.As(err, &stepUp) && s.SignInURL(r) != "" {
		s.AskAgain(w, r, stepUp.StepUp)
		return
	}
	if err != nil {
		p := s.Problem(r, err)
		page := typed(r.PostForm)
		page.Trouble = words.Of(r).Say(detailOf(p))
		if p.Status >= http.StatusInternalServerError {
			page.Trouble += " (" + p.ID + ")"
		}
		s.showCase(w, r, page, p.Status)
		return
	}
	s.SettleShortly(r, req)
	http.Redirect(w, r, s.Here(r), http.StatusSeeOther)
}

func (s *room) act(r *http.Request, by request.Identity, id request.ID) (request.Request, error) {
	form, ctx := r.PostForm, r.Context()
	d := review.Determination{Reason: strings.ReplaceAll(form.Get("reason"), "\r\n", "\n")}
	// A version that cannot be read is none that was shown.
	if d.Version, _ = strconv.Atoi(form.Get("version")); d.Version == 0 {
		d.Version = -1
	}
	switch form.Get("act") {
	case "approve", "approve-for", "deny":
		d, err := determinationOf(words.Of(r), d, form)
		if err != nil {
			return request.Request{}, err
		}
		return s.Engine.Determine(ctx, by, id, d)
	case "assign":
		return s.Engine.Reviews().Assign(ctx, by, id, request.PersonID(strings.TrimSpace(form.Get("person"))), d.Reason)
	case "review-emergency":
		return s.Engine.Reviews().ReviewEmergency(ctx, by, id, request.Verdict(form.Get("verdict")), d.Reason)
	case "remind":
		return s.Engine.Reviews().Remind(ctx, by, id, d.Reason)
	case "hide-advice", "show-advice":
		return request.Request{}, s.hideAdvice(r, by, form.Get("act") == "hide-advice")
	case "cancel":
		return s.Engine.Cancel(ctx, by, id)
	case "take-back":
		return s.Engine.Reviews().TakeBack(ctx, by, id, d.Version, d.Reason)
	case "COMMENT", "QUESTION", "ANSWER":
		_, err := s.Remark(ctx, by, id, request.RemarkKind(form.Get("act")), strings.ReplaceAll(form.Get("text"), "\r\n", "\n"))
		return request.Request{}, err
	case "erase":
		_, err := s.Engine.EraseEvidence(ctx, by, id, form["facts"], d.Reason)
		return request.Request{}, err
	case "retry":
		_, err := s.Engine.Grants().Retry(ctx, by, provision.GrantID(id))
		return approved(id), err
	case "resume":
		_, err := s.Engine.Grants().Resume(ctx, by, provision.GrantID(id), d.Reason)
		return approved(id), err
	case "revoke":
		return s.Engine.Revoke(ctx, by, id, d.Reason)
	}
	return request.Request{}, frame.ErrNoDecision
}

// lastRemarks are the newest remarks about a request, the oldest of them first.
func (s *room) lastRemarks(ctx context.Context, by request.Identity, req request.Request) ([]request.Remark, error) {
	if req.Remarks == 0 {
		return nil, nil
	}
	all, _, err := s.Engine.Reviews().Remarks(ctx, by, req.ID, store.Position{}, store.MaxPage)
	return all, err
}

// approved names a request whose platform is to be waited for.
func approved(id request.ID) request.Request {
	return request.Request{ID: id, Status: request.Approved}
}
