package web

import (
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/web/internal/exchange"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/site"
)

// located finds out under which prefix the handler is mounted, takes the prefix
// off, and bounds the body.
func (s *handler) located(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		base := s.options.Prefix
		if base == "" {
			base = strippedPrefix(r)
		}
		r = withoutPrefix(site.WithVisit(r, base, s.options.TrustedProxies), s.options.Prefix)
		visit := site.VisitOf(r.Context())
		w, r, end := s.followed.Begin(w, r, visit.ID)
		defer func() { end(visit.Route) }()
		w.Header().Set(exchange.IDHeader, visit.ID)
		ancestors := "'none'"
		if frame.IsEmbedded(r) && len(s.options.Frames) > 0 {
			ancestors = strings.Join(s.options.Frames, " ")
		}
		secure(w.Header(), s.dev == nil && visit.Secure, ancestors) // localhost is also others'
		r.Body = http.MaxBytesReader(w, r.Body, site.MaxBodyBytes)
		defer s.recovered(w, r)
		next.ServeHTTP(w, r)
	})
}

// recovered turns a panic into an answer, and a line in the log.
func (s *handler) recovered(w http.ResponseWriter, r *http.Request) {
	switch v := recover(); v {
	case nil:
	case http.ErrAbortHandler:
		panic(v)
	default:
		s.fail(w, r, fmt.Errorf("panic: %v", v))
	}
}

// guarded keeps the dev sign-in away from everybody who is not on this machine.
func (s *handler) guarded(next http.Handler) http.Handler {
	if s.dev == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err, on := loopbackOnly(r), true
		if err == nil && !provesItself(r.URL.Path) {
			on, err = s.dev.enter(w, r)
		}
		if err != nil && !isHealth(r.URL.Path) {
			s.fail(w, r, err)
			return
		}
		if on || isHealth(r.URL.Path) {
			next.ServeHTTP(w, r)
		}
	})
}

// route passes a request to the mux, and answers with a problem where no route fits.
func (s *handler) route(w http.ResponseWriter, r *http.Request) {
	if p := r.URL.EscapedPath(); p != path.Clean(p) || p == "" {
		if p == "" {
			http.Redirect(w, r, s.To(r, "/"), http.StatusSeeOther)
			return
		}
		s.fail(w, r, site.ErrNoPage) // the mux would redirect, without the prefix
		return
	}
	handler, pattern := s.mux.Handler(r)
	if pattern != "" {
		site.VisitOf(r.Context()).Route = pattern
		s.mux.ServeHTTP(w, r)
		return
	}
	if !isAPI(r.URL.Path) {
		_ = s.Who(r) // whoever is signed in keeps the navigation, and nobody needs to be
	}
	refusal := refusal{header: http.Header{}}
	handler.ServeHTTP(&refusal, r)
	if refusal.status != http.StatusMethodNotAllowed {
		s.fail(w, r, site.ErrNoPage)
		return
	}
	w.Header().Set("Allow", refusal.header.Get("Allow"))
	s.fail(w, r, site.ErrNoMethod)
}

// refusal records the answer of the mux to a request that fits no route.
type refusal struct {
	header http.Header
	status int
}

func (f *refusal) Header() http.Header { return f.header }

func (f *refusal) Write(b []byte) (int, error) { return len(b), nil }

func (f *refusal) WriteHeader(status int) { f.status = status }

// fail answers with a problem: a problem document for programs, a page for people.
func (s *handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	if isAPI(r.URL.Path) {
		s.Refuse(w, r, err)
		return
	}
	s.pages.Fail(w, r, err)
}

// secure sets the security headers of every answer, with who may show it in a frame.
func secure(h http.Header, overTLS bool, ancestors string) {
	if overTLS {
		h.Set("Strict-Transport-Security", "max-age=31536000") // RFC 6797, a year
	}
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors "+ancestors+"; base-uri 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

func isAPI(p string) bool {
	return p == "/openapi.json" || p == "/api" || strings.HasPrefix(p, "/api/")
}

func isHealth(p string) bool { return p == "/healthz" || p == "/readyz" }

// provesItself reports whether a path takes no person, but a sender that proves itself in
// its own way, or shows nothing.
func provesItself(p string) bool {
	return isHealth(p) || p == provision.CallbackPath || p == slackPath || strings.HasPrefix(p, frame.AssetPrefix)
}
