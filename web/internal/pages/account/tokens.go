package account

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/site"
)

// mePage shows whoever is signed in what is known of them.
func (s *room) mePage(w http.ResponseWriter, r *http.Request) {
	by := site.VisitOf(r.Context()).By
	s.show(w, r, http.StatusOK, "me", meView{by, by.Groups != nil})
}

// meView is the page of whoever is signed in.
type meView struct {
	request.Identity
	GroupsKnown bool
}

// scopeForm is the part of a form in which a scope and an end are chosen.
type scopeForm struct {
	Classes []classChoice
	Days    string
	MaxDays int
}

// classChoice is a class of operations in words.
type classChoice struct {
	Class, Text string
	Checked     bool
}

// classTexts say what the classes of a scope let a program do.
var classTexts = map[string]struct{ Text string }{
	request.ScopeRead:       {Text: "Read: see what you may see"},
	request.ScopeAsk:        {Text: "Ask: submit requests, change and withdraw them"},
	request.ScopeDecide:     {Text: "Decide: approve, deny and revoke as a data steward, name substitutes"},
	request.ScopeGovern:     {Text: "Govern: change forms, flows, masks and guardrails"},
	request.ScopeAdminister: {Text: "Administer: change connections, webhooks, emergency switches and tokens"},
}

// defaultDays is how long a program is let in where nothing else is chosen.
const defaultDays = 30

func (s *room) scopeForm(classes []string, days string) scopeForm {
	f := scopeForm{Days: days, MaxDays: s.Engine.Tokens().MaxDays()}
	if days == "" {
		f.Days = strconv.Itoa(min(defaultDays, f.MaxDays))
	}
	for _, class := range request.ScopeClasses() {
		f.Classes = append(f.Classes, classChoice{class, classTexts[class].Text, slices.Contains(classes, class)})
	}
	return f
}

// tokenList is the page of somebody's tokens, with the form for another.
type tokenList struct {
	Tokens []request.Token
	All    bool // those of everybody
	Sees   bool // may see those of everybody
	Admin  bool
	Next   string

	Secret string // of a token that was issued just now
	Issued request.Token

	scopeForm
	Name, Connections, ServiceID, ServiceName, ServiceOwner string
	Permissions                                             []string
	Trouble                                                 string
	Faults                                                  []site.Fault
}

// Has reports whether a permission is chosen for the service.
func (p tokenList) Has(permission string) bool { return slices.Contains(p.Permissions, permission) }

// Service reports whether the form speaks of a service.
func (p tokenList) Service() bool {
	return p.ServiceID != "" || p.ServiceName != "" || p.ServiceOwner != "" || len(p.Permissions) > 0
}

func (s *room) tokensPage(w http.ResponseWriter, r *http.Request) {
	s.showTokens(w, r, tokenList{scopeForm: s.scopeForm([]string{request.ScopeRead}, "")}, http.StatusOK)
}

func (s *room) showTokens(w http.ResponseWriter, r *http.Request, page tokenList, status int) {
	ctx, by := r.Context(), site.VisitOf(r.Context()).By
	after, err := site.ParseCursor(r.URL.Query().Get("cursor"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page.Admin = by.Has(request.Admin)
	page.Sees = page.Admin || by.Has(request.Audit)
	page.All = page.Sees && r.URL.Query().Has("all")
	found, next, err := s.Engine.Tokens().List(ctx, by, page.All, after, frame.ListLength)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	if page.Tokens = found; len(found) == frame.ListLength {
		q := r.URL.Query()
		q.Set("cursor", site.FormatCursor(next))
		page.Next = s.To(r, "/tokens?") + q.Encode()
	}
	s.show(w, r, status, "tokens", page)
}

// tokensAct issues a token and shows its secret this once, or revokes one.
func (s *room) tokensAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	ctx, by, f := r.Context(), site.VisitOf(r.Context()).By, r.PostForm
	if f.Get("act") == "revoke" {
		if err := s.Engine.Tokens().Revoke(ctx, by, request.TokenID(f.Get("token"))); err != nil {
			s.Fail(w, r, err)
			return
		}
		http.Redirect(w, r, s.Here(r), http.StatusSeeOther)
		return
	}
	page := tokenList{scopeForm: s.scopeForm(f["scope"], strings.TrimSpace(f.Get("days"))), Name: strings.TrimSpace(f.Get("name")), Connections: strings.TrimSpace(f.Get("connections")),
		ServiceID: strings.TrimSpace(f.Get("service")), ServiceName: strings.TrimSpace(f.Get("serviceName")), ServiceOwner: strings.TrimSpace(f.Get("serviceOwner")), Permissions: f["permission"]}
	made, secret, err := s.issue(r, page)
	if err != nil {
		p := s.Problem(r, err)
		page.Trouble, page.Faults = p.Detail, p.Errors
		s.showTokens(w, r, page, p.Status)
		return
	}
	s.showTokens(w, r, tokenList{scopeForm: s.scopeForm([]string{request.ScopeRead}, ""), Secret: secret, Issued: made}, http.StatusCreated)
}

func (s *room) issue(r *http.Request, page tokenList) (request.Token, string, error) {
	settings, err := settingsOf(r, page.Name)
	if err != nil {
		return request.Token{}, "", err
	}
	settings.Scope.Connections = strings.Fields(strings.ReplaceAll(page.Connections, ",", " "))
	if page.Service() {
		settings.Service = &request.TokenService{ID: page.ServiceID, Name: page.ServiceName, Owner: request.PersonID(page.ServiceOwner)}
		for _, p := range page.Permissions {
			settings.Service.Permissions = append(settings.Service.Permissions, request.Permission(p))
		}
	}
	return s.Engine.Tokens().Issue(r.Context(), site.VisitOf(r.Context()).By, settings)
}

// settingsOf reads the scope and the days of a form. Only classes can be chosen there.
func settingsOf(r *http.Request, name string) (request.TokenSettings, error) {
	days, err := strconv.Atoi(strings.TrimSpace(r.PostForm.Get("days")))
	if err != nil {
		return request.TokenSettings{}, site.Invalid("token", "days", "must be a number of days")
	}
	for _, class := range r.PostForm["scope"] {
		if !slices.Contains(request.ScopeClasses(), class) {
			return request.TokenSettings{}, site.Invalid("token", "scope.operations", fmt.Sprintf("holds %.40q, which nobody can choose here", class))
		}
	}
	return request.TokenSettings{Name: name, Scope: request.TokenScope{Operations: r.PostForm["scope"]}, Days: days}, nil
}
