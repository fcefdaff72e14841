package operating

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/site"
)

// maxStopped bounds the switches and connections that the page shows at a time.
const maxStopped = 200

// stopList is the page of the stop switches.
type stopList struct {
	Approvals   *provision.Stop // nil while rules approve
	Connections []stoppable
	People      []stoppedPerson
	Admin       bool
	Governance  bool
	Trouble     string
	Next        string
	Stays       []string // of somebody who was linked to a new id

	// The form as it was sent.
	Person, Reason string
	Unknown        bool // nobody is known under the id
}

// stoppable is a connection with its switch, if that is set.
type stoppable struct {
	Name    string
	Scope   catalog.Scope
	Stop    *provision.Stop
	Trouble *provision.Estrangement // nil where the right platform answers
}

// stoppedPerson is somebody of whom a switch is set.
type stoppedPerson struct {
	Person   request.PersonID
	Disabled bool // or all of theirs is being revoked
	Stop     provision.Stop
}

func (s *room) stopsPage(w http.ResponseWriter, r *http.Request) {
	s.showStops(w, r, stopList{}, http.StatusOK)
}

func (s *room) showStops(w http.ResponseWriter, r *http.Request, page stopList, status int) {
	ctx, by := r.Context(), site.VisitOf(r.Context()).By
	after, err := site.ParseCursor(r.URL.Query().Get("cursor"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	set, err := s.Engine.StopSwitches().All(ctx, by, "", maxStopped)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	known, err := s.Engine.Connections().All(ctx, by, after.ID, frame.ListLength)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	troubles, err := s.Engine.Connections().Estranged(ctx, by)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page.Admin, page.Governance = by.Has(request.Admin), by.Has(request.Governance)
	page.fill(set, known, troubles)
	if len(known) == frame.ListLength {
		page.Next = s.NextPage(r, store.Position{ID: known[frame.ListLength-1].Name})
	}
	s.show(w, r, status, "stops", page)
}

// fill sorts the switches by connection and person.
func (p *stopList) fill(set []provision.Stop, known []catalog.Connection, troubles []provision.Estrangement) {
	of := map[string]*provision.Stop{}
	for _, stop := range set {
		switch what, name, _ := strings.Cut(string(stop.ID), "/"); what {
		case "approvals":
			p.Approvals = &stop
		case "connection":
			of[name] = &stop
		default:
			p.People = append(p.People, stoppedPerson{request.PersonID(name), what == "person", stop})
		}
	}
	for _, c := range known {
		shown := stoppable{Name: c.Name, Scope: c.Scope, Stop: of[c.Name]}
		if at := slices.IndexFunc(troubles, func(t provision.Estrangement) bool { return t.Connection == c.Name }); at >= 0 {
			shown.Trouble = &troubles[at]
		}
		p.Connections = append(p.Connections, shown)
	}
}

// stopsAct sets a switch, or takes one back.
func (s *room) stopsAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	ctx, by, stops, f := r.Context(), site.VisitOf(r.Context()).By, s.Engine.StopSwitches(), r.PostForm
	reason, connection, person := strings.TrimSpace(f.Get("reason")), f.Get("connection"), request.PersonID(strings.TrimSpace(f.Get("person")))
	var err error
	var stays []string
	switch f.Get("act") {
	case "freeze-approvals":
		err = stops.FreezeApprovals(ctx, by, reason)
	case "thaw-approvals":
		err = stops.ThawApprovals(ctx, by, reason)
	case "recognize":
		err = s.Engine.Connections().Recognize(ctx, by, connection, reason)
	case "relink":
		err = s.Engine.Connections().Relink(ctx, by, connection, f.Get("principal"), person, reason)
	case "release":
		err = s.Engine.Connections().Release(ctx, by, connection, f.Get("principal"))
	case "freeze":
		err = stops.FreezeConnection(ctx, by, connection, reason)
	case "thaw":
		err = stops.ThawConnection(ctx, by, connection, reason)
	case "retire", "retire-revoking":
		err = stops.RetireConnection(ctx, by, connection, reason, f.Get("act") == "retire-revoking")
	case "relink-person":
		stays, err = s.Engine.People().Relink(ctx, by, person, request.PersonID(strings.TrimSpace(f.Get("now"))), reason)
	case "revoke":
		err = stops.RevokeAll(ctx, by, person, reason)
	case "disable":
		if f.Get("unknown") != "" {
			err = stops.DisableUnknown(ctx, by, person, reason)
		} else {
			err = stops.Disable(ctx, by, person, reason)
		}
	case "enable":
		err = stops.Enable(ctx, by, person, reason)
	default:
		err = frame.ErrNoDecision
	}
	if proposed := (*manifest.ProposedError)(nil); errors.As(err, &proposed) {
		http.Redirect(w, r, s.To(r, "/proposals/"+string(proposed.Proposal)), http.StatusSeeOther)
		return
	}
	if err != nil {
		p := s.Problem(r, err)
		faults := request.FaultsOf(err)
		page := stopList{Trouble: p.Detail, Person: string(person), Reason: reason}
		page.Unknown = f.Get("act") == "disable" && person != "" && len(faults) > 0 && faults[0].Field == "person"
		s.showStops(w, r, page, p.Status)
		return
	}
	if len(stays) > 0 {
		s.showStops(w, r, stopList{Stays: stays}, http.StatusOK)
		return
	}
	http.Redirect(w, r, s.To(r, "/stops"), http.StatusSeeOther)
}
