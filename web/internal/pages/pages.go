// Package pages are the HTML pages: templates, the stylesheet, the forms that people
// send, and the words in which pages write records. Each page calls the engine on
// behalf of whoever is signed in.
package pages

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"sync"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/site"
)

//go:embed style.css templates
var pageFiles embed.FS

// stylesheet is the one that all pages share, and its name: the name changes
// with the text, so that browsers may keep it.
var stylesheet = sync.OnceValues(func() ([]byte, string) {
	text, _ := pageFiles.ReadFile("style.css") // embedded: it is there
	sum := sha256.Sum256(text)
	return text, "/style-" + hex.EncodeToString(sum[:6]) + ".css"
})

// templates are all pages, each with the layout around it. A fault in one is a
// fault of the build, which every test of a page finds.
var templates = sync.OnceValue(func() map[string]*template.Template {
	all := map[string]*template.Template{}
	layout := template.Must(template.New("layout").Funcs(words).ParseFS(pageFiles, "templates/layout.html", "templates/questions.html", "templates/explained.html"))
	for _, name := range []string{"error", "signin", "signedin", "again", "sessions", "lostgroups", "request", "chooser", "missing", "requests", "case", "edit", "substitute", "tasks", "task", "stops", "inbox", "preferences", "webhooks", "webhook", "wanted", "batch", "access", "guardrails", "proposals", "proposal", "flows", "flow", "forms", "form", "agreement", "definitions"} {
		all[name] = template.Must(template.Must(layout.Clone()).ParseFS(pageFiles, "templates/"+name+".html"))
	}
	return all
})

// frame holds the values of the layout around a page.
type frame struct {
	Base    string
	Style   string
	Path    string
	By      request.Identity
	SignOut string // where a POST signs out; empty where nobody can
	SignIn  string // where to sign in; empty if somebody is
	Page    any
}

// Tasks reports whether the layout links to the tasks.
func (f frame) Tasks() bool { return f.By.Has(request.Admin) || f.By.Has(request.Governance) }

// Governs reports whether the layout links to the proposals.
func (f frame) Governs() bool { return f.Webhooks() }

// Forms reports whether the layout links to forms, agreements and attachments.
func (f frame) Forms() bool { return f.By.Has(request.Governance) || f.By.Has(request.Audit) }

// Webhooks reports whether the layout links to the webhooks.
func (f frame) Webhooks() bool {
	return f.By.Has(request.Admin) || f.By.Has(request.Governance) || f.By.Has(request.Audit)
}

// Pages are the HTML pages over a site.
type Pages struct {
	*site.Site
	mux    *http.ServeMux
	signIn SignIn
}

// SignIn says where browsers sign in. The zero SignIn shows a page that says that
// nobody is signed in.
type SignIn struct {
	Path string  // of the host's own sign-in
	Out  string  // of the host's own sign-out, which takes a POST
	Dev  *Picker // if it is set, people pick somebody from a list instead
}

// Picker is a sign-in by a list of people, without any proof.
type Picker struct {
	People request.Roster
	Cookie func(base string, person request.PersonID) *http.Cookie // signs in; without a person it signs out
}

// Register adds the routes of the pages to a mux.
func Register(mux *http.ServeMux, base *site.Site, in SignIn) *Pages {
	s := &Pages{Site: base, mux: mux, signIn: in}
	s.route()
	return s
}

func (s *Pages) route() {
	text, name := stylesheet()
	s.mux.HandleFunc("GET "+name, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		_, _ = w.Write(text)
	})
	s.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.To(r, "/requests"), http.StatusSeeOther)
	})
	s.mux.HandleFunc("GET /request", s.signedIn(s.formPage))
	s.mux.HandleFunc("POST /request", s.signedIn(s.formSubmit))
	s.mux.HandleFunc("POST /request/report", s.signedIn(s.reportAct))
	s.mux.HandleFunc("GET /wanted", s.signedIn(s.wantedPage))
	s.mux.HandleFunc("POST /wanted", s.signedIn(s.wantedAct))
	s.mux.HandleFunc("GET /batches/{id}", s.signedIn(s.batchPage))
	s.mux.HandleFunc("GET /requests", s.signedIn(s.requestsPage))
	s.mux.HandleFunc("GET /reviews", s.signedIn(s.reviewsPage))
	s.mux.HandleFunc("GET /requests/{id}", s.signedIn(s.casePage))
	s.mux.HandleFunc("POST /requests/{id}", s.signedIn(s.caseAct))
	s.mux.HandleFunc("GET /requests/{id}/edit", s.signedIn(s.editPage))
	s.mux.HandleFunc("POST /requests/{id}/edit", s.signedIn(s.editAct))
	s.mux.HandleFunc("POST /reviews", s.signedIn(s.reviewsAct))
	s.mux.HandleFunc("GET /substitute", s.signedIn(s.substitutePage))
	s.mux.HandleFunc("POST /substitute", s.signedIn(s.substituteAct))
	s.mux.HandleFunc("GET /requests/{id}/renewal", s.signedIn(s.renewalPage))
	s.mux.HandleFunc("GET /guardrails", s.signedIn(s.guardrailsPage))
	s.mux.HandleFunc("POST /guardrails", s.signedIn(s.guardrailsAct))
	s.mux.HandleFunc("GET /access", s.signedIn(s.accessPage))
	s.mux.HandleFunc("GET /tasks", s.signedIn(s.tasksPage))
	s.mux.HandleFunc("POST /tasks", s.signedIn(s.tasksAct))
	s.mux.HandleFunc("GET /tasks/{id}", s.signedIn(s.taskPage))
	s.mux.HandleFunc("POST /tasks/{id}", s.signedIn(s.taskAct))
	s.routeFlowPages()
	s.mux.HandleFunc("GET /stops", s.signedIn(s.stopsPage))
	s.mux.HandleFunc("POST /stops", s.signedIn(s.stopsAct))
	s.mux.HandleFunc("GET /proposals", s.signedIn(s.proposalsPage))
	s.mux.HandleFunc("GET /proposals/{id}", s.signedIn(s.proposalPage))
	s.mux.HandleFunc("POST /proposals/{id}", s.signedIn(s.proposalAct))
	s.routeFormPages()
	s.routeTelling()
	s.routeSessions()
	if s.signIn.Dev != nil {
		s.routeDevSignIn()
	}
}

// Fail shows a problem as a page.
func (s *Pages) Fail(w http.ResponseWriter, r *http.Request, err error) {
	p := s.Problem(r, err)
	p.SetHeaders(w)
	s.show(w, r, p.Status, "error", p)
}

// show writes a page, or nothing of it if it cannot be made.
func (s *Pages) show(w http.ResponseWriter, r *http.Request, status int, name string, page any) {
	v := site.VisitOf(r.Context())
	_, style := stylesheet()
	f := frame{Base: v.Base, Style: style, Path: r.URL.Path, By: v.By, SignOut: s.signOutPath(r), Page: page}
	if status == http.StatusUnauthorized {
		f.SignIn = s.signInURL(r)
	}
	var b bytes.Buffer
	if err := templates()[name].ExecuteTemplate(&b, "layout", f); err != nil {
		s.Log.Error("a page cannot be shown", "page", name, "error", err)
		site.Plain(w, http.StatusInternalServerError, site.ErrInternal.Detail)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// posted reads a form, or answers that it cannot be read.
func (s *Pages) posted(w http.ResponseWriter, r *http.Request) bool {
	err := r.ParseForm()
	if err == nil {
		return true
	}
	if tooLarge := site.ProblemOf(err); tooLarge.Code == site.ErrTooLarge.Code {
		s.Fail(w, r, site.ErrTooLarge)
		return false
	}
	s.Fail(w, r, fmt.Errorf("%w", site.ErrForm))
	return false
}
