package oidcsignin

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/grantwright/grantwright/web/internal/site"
)

//go:embed pages
var files embed.FS

// templates are the pages, each with the layout around it.
var templates = sync.OnceValue(func() map[string]*template.Template {
	all := map[string]*template.Template{}
	layout := template.Must(template.ParseFS(files, "pages/layout.html"))
	for _, name := range []string{"choose", "failed", "out"} {
		all[name] = template.Must(template.Must(layout.Clone()).ParseFS(files, "pages/"+name+".html"))
	}
	return all
})

// choosePage has people choose who vouches for them.
type choosePage struct{ Issuers []choice }

type choice struct{ Title, URL string }

// failedPage says why a sign-in did not come about.
type failedPage struct{ Words, Again string }

// outPage says that somebody is signed out here, and leads on to the provider.
type outPage struct{ Again, Title, Onward string }

// frame holds the values of the layout.
type frame struct {
	Style  string
	Onward string // where the page goes by itself
	Page   any
}

// route says where what is answered.
func (s *SignIn) route() {
	mux, at := http.NewServeMux(), s.Pattern()
	mux.HandleFunc("GET "+at+"{$}", s.begin)
	mux.HandleFunc("GET "+at+"callback", s.returned)
	mux.HandleFunc("GET "+at+"callback/{issuer}", s.returned)
	mux.HandleFunc("POST "+at+"out", s.signOut)
	mux.HandleFunc("GET "+at+"ended", func(w http.ResponseWriter, _ *http.Request) {
		s.show(w, http.StatusOK, "out", outPage{Again: s.Pattern()})
	})
	mux.HandleFunc("POST "+at+"back-channel", s.backChannel)
	mux.HandleFunc("POST "+at+"back-channel/{issuer}", s.backChannel)
	mux.HandleFunc("GET "+at+"style.css", func(w http.ResponseWriter, _ *http.Request) {
		text, _ := files.ReadFile("pages/style.css") // embedded: it is there
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=3600")
		_, _ = w.Write(text)
	})
	guard := http.NewCrossOriginProtection()
	guarded := guard.Handler(mux)
	s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		guarded.ServeHTTP(w, r)
	})
}

// ServeHTTP answers requests below Pattern, and those of which a proxy has taken off the
// path of Address.
func (s *SignIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.base != "" && !strings.HasPrefix(r.URL.Path, s.base+"/") {
		u := *r.URL
		u.Path, u.RawPath = s.base+u.Path, ""
		r = r.Clone(r.Context())
		r.URL = &u
	}
	s.handler.ServeHTTP(w, r)
}

// secure sets the security headers of every answer. The URL of a callback holds a code:
// it is told to nobody.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// choose has people choose one of several providers. What they came with stays.
func (s *SignIn) choose(w http.ResponseWriter, r *http.Request) {
	var page choosePage
	for _, i := range s.issuers {
		q := url.Values{"issuer": {i.Name}, "return": {s.back(r)}}
		for _, name := range []string{"fresh", "acr"} {
			if v := r.URL.Query().Get(name); v != "" {
				q.Set(name, v)
			}
		}
		page.Issuers = append(page.Issuers, choice{i.title(), s.Pattern() + "?" + q.Encode()})
	}
	s.show(w, http.StatusOK, "choose", page)
}

func (i Issuer) title() string {
	if i.Title == "" {
		return i.URL
	}
	return i.Title
}

// again is where a sign-in begins anew.
func (s *SignIn) again(i *issuer, to string) string {
	q := url.Values{"return": {to}}
	if i != nil && i.Name != "" {
		q.Set("issuer", i.Name)
	}
	return s.Pattern() + "?" + q.Encode()
}

func (s *SignIn) show(w http.ResponseWriter, status int, name string, page any) {
	f := frame{Style: s.here("style.css"), Page: page}
	if out, is := page.(outPage); is {
		f.Onward = out.Onward
	}
	var b bytes.Buffer
	if err := templates()[name].ExecuteTemplate(&b, "layout", f); err != nil {
		s.log.Error("a page cannot be shown", "page", name, "error", err)
		site.Plain(w, http.StatusInternalServerError, site.ErrInternal.Detail)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}
