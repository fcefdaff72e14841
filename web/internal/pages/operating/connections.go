package operating

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// connectionList is the page of all connections.
type connectionList struct {
	Connections []shownConnection
	Admin       bool
	Next        string
}

// shownConnection is a connection with how it is.
type shownConnection struct {
	catalog.Connection
	provision.Health
	Trouble *provision.Estrangement // nil where the right platform answers
	Stop    *provision.Stop         // nil where it is not paused
}

// Last is the outcome of the last sync; nil if there was none.
func (c shownConnection) Last() *provision.SyncRun {
	if len(c.Syncs.Past) == 0 {
		return nil
	}
	return &c.Syncs.Past[0]
}

// mood is how a connection is in a word, and in a colour.
type mood struct{ Text, Tone string }

// Mood is the worst that is known of a connection.
func (c shownConnection) Mood() mood {
	last := c.Last()
	switch {
	case c.Stop != nil && !c.Stop.Retired.IsZero():
		return mood{Text: "Removed", Tone: "over"}
	case c.Stop != nil && c.Stop.Retiring:
		return mood{Text: "Being removed", Tone: "wait"}
	case c.Trouble != nil:
		return mood{Text: "Another platform answers", Tone: "bad"}
	case c.Stop != nil:
		return mood{Text: "Paused", Tone: "bad"}
	case c.Syncs.Running != nil:
		return mood{Text: "Syncing", Tone: "wait"}
	case last == nil:
		return mood{Text: "Not synced yet", Tone: "wait"}
	case last.Error != "":
		return mood{Text: "Last sync failed", Tone: "bad"}
	case c.Compared.Doubt != "":
		return mood{Text: "Setup or records are in doubt", Tone: "bad"}
	case c.Compared.Stopped:
		return mood{Text: "Repair is paused", Tone: "bad"}
	case len(last.Unread) > 0:
		return mood{Text: "Synced in part", Tone: "wait"}
	}
	return mood{Text: "Healthy", Tone: "good"}
}

func (s *room) connectionsPage(w http.ResponseWriter, r *http.Request) {
	ctx, by := r.Context(), site.VisitOf(r.Context()).By
	after, err := site.ParseCursor(r.URL.Query().Get("cursor"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	known, err := s.Engine.Connections().All(ctx, by, after.ID, frame.ListLength)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := connectionList{Admin: by.Has(request.Admin)}
	if page.Connections, err = s.withHealth(r, known); err != nil {
		s.Fail(w, r, err)
		return
	}
	if len(known) == frame.ListLength {
		page.Next = s.NextPage(r, store.Position{ID: known[len(known)-1].Name})
	}
	s.show(w, r, http.StatusOK, "connections", page)
}

// withHealth reads how some connections are, all of them at once.
func (s *room) withHealth(r *http.Request, known []catalog.Connection) ([]shownConnection, error) {
	ctx, by := r.Context(), site.VisitOf(r.Context()).By
	names := make([]string, len(known))
	for i, c := range known {
		names[i] = c.Name
	}
	health, err := s.Engine.Connections().Health(ctx, by, names...)
	if err != nil {
		return nil, err
	}
	troubles, err := s.Engine.Connections().Estranged(ctx, by)
	if err != nil {
		return nil, err
	}
	stops, err := s.Engine.StopSwitches().All(ctx, by, "", maxStopped)
	if err != nil {
		return nil, err
	}
	all := make([]shownConnection, len(known))
	for i, c := range known {
		all[i] = shownConnection{Connection: c, Health: health[i]}
		if at := slices.IndexFunc(troubles, func(t provision.Estrangement) bool { return t.Connection == c.Name }); at >= 0 {
			all[i].Trouble = &troubles[at]
		}
		if at := slices.IndexFunc(stops, func(stop provision.Stop) bool { return stop.ID == provision.StoppedConnection(c.Name) }); at >= 0 {
			all[i].Stop = &stops[at]
		}
	}
	return all, nil
}

// connectionView is the page of one connection.
type connectionView struct {
	shownConnection
	Form       connectionForm
	Admin      bool
	Governance bool
	Sees       bool // access that others gave
	Tested     []shownStep
	Trouble    string
	Faults     []frame.ShownFault
	Done       string
}

// Estranged is what is wrong with the platform that answers; nil where nothing is.
func (v connectionView) Estranged() *provision.Estrangement { return v.shownConnection.Trouble }

func (s *room) connectionPage(w http.ResponseWriter, r *http.Request) {
	s.showConnection(w, r, connectionView{}, http.StatusOK)
}

func (s *room) showConnection(w http.ResponseWriter, r *http.Request, page connectionView, status int) {
	by := site.VisitOf(r.Context()).By
	c, err := s.Engine.Connections().Connection(r.Context(), by, r.PathValue("name"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	all, err := s.withHealth(r, []catalog.Connection{c})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page.shownConnection = all[0]
	if page.Form.Name == "" {
		page.Form = formOf(c)
	}
	page.Admin, page.Governance = by.Has(request.Admin), by.Has(request.Governance)
	page.Sees = page.Governance || by.Has(request.Audit)
	s.show(w, r, status, "connection", page)
}

// connectionAct does the act of a button on the page of a connection.
func (s *room) connectionAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	ctx, by, name, f := r.Context(), site.VisitOf(r.Context()).By, r.PathValue("name"), r.PostForm
	var page connectionView
	var err error
	switch f.Get("act") {
	case "sync":
		err = s.Engine.Connections().SyncSoon(ctx, by, catalog.Ref(name))
	case "test":
		page.Form = connectionIn(r, name)
		page.Tested, err = s.tested(r, page.Form)
		if err == nil {
			s.showConnection(w, r, page, http.StatusOK)
			return
		}
	case "save":
		page.Form = connectionIn(r, name)
		err = s.save(r, page.Form)
	case "remove", "remove-revoking":
		err = s.Engine.StopSwitches().RetireConnection(ctx, by, name, f.Get("reason"), f.Get("act") == "remove-revoking")
	case "pause":
		err = s.Engine.StopSwitches().FreezeConnection(ctx, by, name, f.Get("reason"))
	case "resume":
		err = s.Engine.StopSwitches().ThawConnection(ctx, by, name, f.Get("reason"))
	case "recognize":
		err = s.Engine.Connections().Recognize(ctx, by, name, f.Get("reason"))
	default:
		err = frame.ErrNoDecision
	}
	if err != nil && !s.ToProposal(w, r, err) {
		p := s.Problem(r, err)
		page.Trouble, page.Faults = words.Of(r).Say(p.Detail), faultsOf(p)
		s.showConnection(w, r, page, p.Status)
	} else if err == nil {
		http.Redirect(w, r, s.To(r, "/connections/"+url.PathEscape(name)), http.StatusSeeOther)
	}
}

// faultsOf are the faults of a problem that speak of a field of a form.
func faultsOf(p *site.Problem) (all []frame.ShownFault) {
	for _, f := range p.Errors {
		all = append(all, frame.ShownFault{Field: f.Field(), Text: frame.About(f.Detail)})
	}
	return all
}
