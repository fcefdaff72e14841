// Package frame is what all pages share: the layout around them, the stylesheet and the
// script, how somebody signs in, the answer to a fault, and how a page is written in the
// language of whoever reads it.
package frame

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"sync"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

//go:embed all:templates
var files embed.FS

// Templates are the pages of a room in every language, each with the layout around it. A
// fault in one is a fault of the build, which every test of a page finds.
type Templates func() map[string]map[string]*template.Template

// Parse makes the templates of a room when the first of them is shown: every file that
// ends in .html is a page, and one whose name begins with _ is a part of all of them.
func Parse(room fs.FS) Templates {
	return sync.OnceValue(func() map[string]map[string]*template.Template {
		all := map[string]map[string]*template.Template{}
		for _, w := range words.Languages() {
			all[w.Tag] = parse(room, w)
		}
		return all
	})
}

func parse(room fs.FS, w *words.Words) map[string]*template.Template {
	layout := template.Must(template.New("layout").Funcs(w.Functions()).ParseFS(files, "templates/_*.html"))
	names, _ := fs.Glob(room, "templates/*.html") // the pattern is good
	for _, name := range names {
		if part(name) {
			template.Must(layout.ParseFS(room, name))
		}
	}
	all := map[string]*template.Template{}
	for _, name := range names {
		if !part(name) {
			all[strings.TrimSuffix(strings.TrimPrefix(name, "templates/"), ".html")] = template.Must(template.Must(layout.Clone()).ParseFS(room, name))
		}
	}
	return all
}

func part(name string) bool { return strings.HasPrefix(name, "templates/_") }

// own are the pages of the frame itself.
var own = Parse(files)

// Frame is the frame of all pages over a site.
type Frame struct {
	*site.Site
	mux    *http.ServeMux
	signIn SignIn
	brand  Brand
	live   chan struct{} // a place for each stream
	links  []Link

	style, script, icon asset
}

// New makes the frame, and adds its own routes to a mux.
func New(mux *http.ServeMux, base *site.Site, in SignIn, brand Brand) *Frame {
	s := &Frame{Site: base, mux: mux, signIn: in, brand: brand.named(), live: make(chan struct{}, maxLive)}
	s.routeAssets()
	mux.HandleFunc("POST /language", s.languageAct)
	s.Handle("GET /signed-in", s.signedInPage)
	s.Handle("GET /parts", s.partsPage)
	mux.HandleFunc("GET /live", s.SignedIn(s.livePage))
	s.routePickers()
	if in.Dev != nil {
		s.routeDevSignIn()
	}
	return s
}

// Handle adds a page for whoever is signed in.
func (s *Frame) Handle(pattern string, page http.HandlerFunc) {
	s.mux.HandleFunc(pattern, s.SignedIn(page))
}

// layout holds the values of the layout around a page.
type layout struct {
	Base    string
	Style   string
	Script  string
	By      request.Identity
	SignOut string // where a POST signs out; empty where nobody can
	SignIn  string // where to sign in; empty if somebody is
	Page    any

	Brand     Brand
	Icon      string
	Menu      []menu
	Own       []shownLink
	Languages []*words.Words
	Here      string // the page, to come back to
	Embedded  bool   // it stands in a frame of another site
}

// Fail shows a problem as a page.
func (s *Frame) Fail(w http.ResponseWriter, r *http.Request, err error) {
	p := s.Problem(r, err)
	p.SetHeaders(w)
	s.Show(w, r, p.Status, own, "error", s.faultOf(r, p))
}

// Show writes a page, or nothing of it if it cannot be made.
func (s *Frame) Show(w http.ResponseWriter, r *http.Request, status int, room Templates, name string, page any) {
	v, said := site.VisitOf(r.Context()), words.Of(r)
	f := layout{Base: v.Base, Style: s.style.path, Script: s.script.path, Icon: s.icon.path, Brand: s.brand, By: v.By, SignOut: s.signOutPath(r), Page: page,
		Languages: words.Languages(), Here: s.Here(r)}
	if f.Embedded = IsEmbedded(r); !f.Embedded {
		f.Menu, f.Own = s.menus(r)
	}
	if status == http.StatusUnauthorized {
		f.SignIn = s.SignInURL(r)
	}
	var b bytes.Buffer
	if err := room()[said.Tag][name].ExecuteTemplate(&b, "layout", f); err != nil {
		s.Log.ErrorContext(r.Context(), "a page cannot be shown", "page", name, "error", err)
		site.Plain(w, http.StatusInternalServerError, site.ErrInternal.Detail)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", said.Tag)
	w.Header().Add("Vary", "Accept-Language, Cookie")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// languageAct keeps the language that somebody has chosen, for a year in their browser.
func (s *Frame) languageAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	for _, known := range words.Languages() {
		if known.Tag == r.PostForm.Get("language") {
			v := site.VisitOf(r.Context())
			http.SetCookie(w, &http.Cookie{Name: words.LanguageCookie, Value: known.Tag, Path: v.Base + "/", MaxAge: 365 * 24 * 60 * 60, Secure: v.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
			http.Redirect(w, r, site.ReturnPath(r, s.To(r, "/")), http.StatusSeeOther)
			return
		}
	}
	s.Fail(w, r, site.ErrForm)
}

// Posted reads a form, or answers that it cannot be read.
func (s *Frame) Posted(w http.ResponseWriter, r *http.Request) bool {
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
