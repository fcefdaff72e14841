package deciding

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// grantActs is the page of what an act on several grants would do with each, or has done.
type grantActs struct {
	Act, Reason, Ends, Count, Unit string
	From                           string // the list to go back to, below the prefix
	Done                           bool
	Results                        []actedGrant
	Counted                        int
	Agreements                     []request.Agreement // to accept, once for all
	Trouble                        string
}

// actedGrant is one grant of such an act.
type actedGrant struct {
	ID      provision.GrantID
	Request request.ID // empty where whoever acts may not see it
	Made    request.ID // the request by which the access goes on
	Asset   catalog.Ref
	Who     string
	Text    string
	Bad     bool
}

// grantsOf reads the form of an act on several grants. Whatever cannot be read is refused.
func grantsOf(form url.Values) (page grantActs, a site.GrantActs, err error) {
	page = grantActs{Act: form.Get("act"), Reason: strings.ReplaceAll(strings.TrimSpace(form.Get("reason")), "\r\n", "\n"), Ends: form.Get("ends"), Count: strings.TrimSpace(form.Get("count")), Unit: form.Get("unit"), From: form.Get("from")}
	if !site.LocalPath(page.From) {
		page.From = "/access"
	}
	a = site.GrantActs{Act: site.GrantAct(page.Act), Reason: page.Reason, Accepted: acceptedIn(form)}
	for _, id := range form["grant"] {
		a.Grants = append(a.Grants, provision.GrantID(id))
	}
	switch a.Act {
	case site.ShortenAct:
		if a.Ends, err = time.Parse("2006-01-02T15:04", page.Ends); err != nil {
			err = site.Invalid("act", "ends", "must be a time such as 2026-03-01T12:00, in UTC")
		}
	case site.RenewAct:
		if a.Duration, err = request.ParseDuration(page.Count + " " + page.Unit); err != nil {
			err = site.Invalid("act", "duration", "must be a number from 1 to 999 and a unit, such as 7 days")
		}
	case site.RetryAct:
		a.Reason = ""
	}
	return page, a, err
}

// agreementField begins the name of the box of an agreement, whose value is the version that
// was read.
const agreementField = "agreements."

// acceptedIn are the agreements that are ticked in a form.
func acceptedIn(form url.Values) (all []request.AgreementVersion) {
	for field := range form {
		name, is := strings.CutPrefix(field, agreementField)
		if version, err := strconv.Atoi(form.Get(field)); is && err == nil {
			all = append(all, request.AgreementVersion{Name: request.AgreementName(name), Version: version})
		}
	}
	return all
}

// need adds agreements to those that are to be accepted, each once.
func (g *grantActs) need(all []request.Agreement) {
	for _, one := range all {
		if !slices.ContainsFunc(g.Agreements, func(a request.Agreement) bool { return a.Name == one.Name }) {
			g.Agreements = append(g.Agreements, one)
		}
	}
}

// grantsPage shows what an act on several grants would do with each.
func (s *room) grantsPage(w http.ResponseWriter, r *http.Request) { s.actOnGrants(w, r, true) }

// grantsAct does an act on several grants, and shows what has become of each.
func (s *room) grantsAct(w http.ResponseWriter, r *http.Request) { s.actOnGrants(w, r, false) }

func (s *room) actOnGrants(w http.ResponseWriter, r *http.Request, try bool) {
	if !s.Posted(w, r) {
		return
	}
	said := words.Of(r)
	page, a, err := grantsOf(r.PostForm)
	page.Done, a.Assume = !try, try && a.Act == site.RenewAct
	var done []site.GrantActed
	if len(a.Grants) == 0 || a.Act == "" {
		page.Trouble = said.T("Choose the access, and what is to become of it.")
	} else if err == nil {
		done, err = s.ActOnGrants(r.Context(), site.VisitOf(r.Context()).By, a, try)
	}
	if err != nil {
		page.Trouble = said.Say(detailOf(s.Problem(r, err)))
	}
	if page.Trouble != "" {
		page.Done = false
		s.show(w, r, http.StatusUnprocessableEntity, "grants", page)
		return
	}
	for _, d := range done {
		one := actedGrant{ID: d.ID, Request: d.Request.ID, Made: d.Made.ID, Asset: d.Grant.Asset.Ref, Who: named(d.Grant.Beneficiary, ""), Bad: d.Err != nil}
		if d.Request.ID != "" {
			one.Asset, one.Who = d.Request.Asset, named(d.Request.Beneficiary, "")
		}
		if one.Text = actedText(said, a.Act, try); d.Err != nil {
			one.Text = said.Say(detailOf(s.Problem(r, d.Err)))
		} else {
			page.Counted++
			page.need(d.Agreements)
		}
		page.Results = append(page.Results, one)
	}
	s.show(w, r, http.StatusOK, "grants", page)
}

// actedText writes what an act has done with a grant, or would.
func actedText(w *words.Words, act site.GrantAct, would bool) string {
	switch {
	case act == site.RevokeAct && would:
		return w.T("The access would end now.")
	case act == site.RevokeAct:
		return w.T("Revoked. The access is being removed.")
	case act == site.ShortenAct && would:
		return w.T("The access would end sooner.")
	case act == site.ShortenAct:
		return w.T("The access ends sooner.")
	case act == site.RenewAct && would:
		return w.T("A request to extend it would be made.")
	case act == site.RenewAct:
		return w.T("A request to extend it was made.")
	case would:
		return w.T("It would be tried again now.")
	}
	return w.T("It is tried again now.")
}
