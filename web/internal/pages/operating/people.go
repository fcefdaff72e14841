package operating

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// peopleList is the page of people whom the directory knows.
type peopleList struct {
	Text     string
	People   []request.Identity
	Disabled []stoppedPerson
	Next     string
}

func (s *room) peoplePage(w http.ResponseWriter, r *http.Request) {
	ctx, by, q := r.Context(), site.VisitOf(r.Context()).By, r.URL.Query()
	page := peopleList{Text: strings.TrimSpace(q.Get("q"))}
	found, next, err := s.Engine.People().Search(ctx, by, page.Text, request.PersonID(q.Get("after")), frame.ListLength)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page.People = found
	if next != "" {
		page.Next = s.To(r, "/people") + "?" + url.Values{"q": {page.Text}, "after": {string(next)}}.Encode()
	}
	stops, err := s.Engine.StopSwitches().All(ctx, by, "person/", maxStopped)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	for _, stop := range stops {
		if what, id, _ := strings.Cut(string(stop.ID), "/"); what == "person" {
			page.Disabled = append(page.Disabled, stoppedPerson{request.PersonID(id), true, stop})
		}
	}
	s.show(w, r, http.StatusOK, "people", page)
}

// personView is the page of one person. Its address has the id in the query: ids hold slashes.
type personView struct {
	ID         request.PersonID
	Profile    provision.Profile
	Access     []grantwright.Entitlement
	Sessions   []request.Session
	SeesAccess bool
	Admin      bool
	Acts       bool // may disable and enable
	Governance bool
	Mine       bool
	Stays      []string // after they were linked to a new id
	Reason     string
	Trouble    string
}

// GroupsKnown reports whether it is known in which groups they are.
func (v personView) GroupsKnown() bool { return v.Profile.Groups != nil }

// shownAccess is how much access the page of a person shows.
const shownAccess = 20

func (s *room) personPage(w http.ResponseWriter, r *http.Request) {
	s.showPerson(w, r, personView{}, http.StatusOK)
}

func (s *room) showPerson(w http.ResponseWriter, r *http.Request, page personView, status int) {
	ctx, by := r.Context(), site.VisitOf(r.Context()).By
	page.ID = request.PersonID(r.URL.Query().Get("id"))
	var err error
	if page.Profile, err = s.Engine.People().Profile(ctx, by, page.ID); err != nil {
		s.Fail(w, r, unknownPerson(err, page.ID))
		return
	}
	page.Admin, page.Governance, page.Mine = by.Has(request.Admin), by.Has(request.Governance), by.Person() == page.ID
	page.Acts, page.SeesAccess = page.Admin || page.Governance, page.Governance || by.Has(request.Audit)
	if page.SeesAccess {
		found, err := s.Engine.Access().Of(ctx, by, page.ID, grantwright.AccessQuery{Limit: shownAccess})
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		page.Access = found.Entitlements
	}
	if page.Admin {
		if page.Sessions, err = s.Engine.Sessions().Of(ctx, by, page.ID); err != nil {
			s.Fail(w, r, err)
			return
		}
	}
	s.show(w, r, status, "person", page)
}

// unknownPerson is the page of an id that nobody has.
func unknownPerson(err error, id request.PersonID) error {
	if faults := request.FaultsOf(err); len(faults) > 0 {
		return &site.Problem{Status: http.StatusNotFound, Code: "NOT_FOUND", Detail: "Nobody is known here as " + string(id) + "."}
	}
	return err
}

// personAct does the act of a button on the page of a person.
func (s *room) personAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	ctx, by, f := r.Context(), site.VisitOf(r.Context()).By, r.PostForm
	id, reason, stops := request.PersonID(r.URL.Query().Get("id")), strings.TrimSpace(f.Get("reason")), s.Engine.StopSwitches()
	page, to := personView{Reason: reason}, s.Here(r)
	var err error
	switch f.Get("act") {
	case "disable":
		err = stops.Disable(ctx, by, id, reason)
	case "enable":
		err = stops.Enable(ctx, by, id, reason)
	case "revoke":
		err = stops.RevokeAll(ctx, by, id, reason)
	case "relink":
		now := request.PersonID(strings.TrimSpace(f.Get("now")))
		page.Stays, err = s.Engine.People().Relink(ctx, by, id, now, reason)
		to = s.To(r, "/person?") + url.Values{"id": {string(now)}}.Encode()
	case "release":
		err = s.Engine.Connections().Release(ctx, by, f.Get("connection"), f.Get("principal"))
	case "relink-principal":
		err = s.Engine.Connections().Relink(ctx, by, f.Get("connection"), f.Get("principal"), request.PersonID(strings.TrimSpace(f.Get("now"))), reason)
	case "forget":
		err = s.Engine.People().Forget(ctx, by, id)
		to = s.To(r, "/people")
	case "end-session":
		err = s.Engine.Sessions().End(ctx, by, request.SessionID(f.Get("session")))
	default:
		err = frame.ErrNoDecision
	}
	switch {
	case s.ToProposal(w, r, err):
	case err != nil:
		p := s.Problem(r, err)
		page.Trouble = words.Of(r).Say(p.Detail)
		s.showPerson(w, r, page, p.Status)
	case len(page.Stays) > 0:
		s.showPerson(w, r, page, http.StatusOK)
	default:
		http.Redirect(w, r, to, http.StatusSeeOther)
	}
}
