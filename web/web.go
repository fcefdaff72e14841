// Package web shows the engine to people and to programs.
//
// A browser arrives by a request link, is sent to sign in if need be and comes
// back with its whole query, fills in the form, and submits it; data stewards
// find there what waits for them, and decide. Programs find the same as JSON
// under /api/v1, described at /openapi.json. Nothing is decided here: each page
// and each route calls the engine on behalf of whoever is signed in, and shows
// what it says.
package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
)

// MaxBodyBytes bounds what a request may carry.
const MaxBodyBytes = 1 << 20

// Options say how a Handler is mounted, and how it knows who is there. Exactly
// one of Authenticate and Dev must be set.
type Options struct {
	// Prefix is the path at which people find the pages, such as /grants, if it
	// is not the root. The handler serves requests with the prefix, and those of
	// which a proxy has taken it off. Under http.StripPrefix it may stay empty.
	Prefix string

	// URL is the address at which people find the pages, such as
	// https://access.example.com/grants: request links that are handed out begin
	// with it. Empty makes them paths on the host.
	URL string

	// Authenticate says who sent a request. It returns an error that wraps
	// ErrSignIn if nobody is signed in; any other error is a fault of the host's
	// own, which is logged and not shown.
	Authenticate func(r *http.Request) (request.Identity, error)

	// SignInPath is the path of the host's own sign-in, from the root of the
	// host. Browsers that are not signed in are sent there with the parameter
	// return, the path to come back to; ReturnPath reads it. Empty shows a page
	// that says that nobody is signed in.
	SignInPath string

	// Dev signs people in from a list without any proof, on loopback only.
	Dev *Dev

	// Slack lets people decide by buttons in Slack. Nil has no buttons.
	Slack *Slack

	// Logger is told of faults that are not shown. Nil logs nothing.
	Logger *slog.Logger
}

// site is a Handler with all that it needs.
type site struct {
	engine  *grantwright.Engine
	options Options
	dev     *devSignIn // nil without Options.Dev
	mux     *http.ServeMux
	api     huma.API
	log     *slog.Logger

	followers chan struct{} // holds a token for each that follows the log
	guesses   guesses       // of the tokens of services that answer later
}

// Handler serves the pages, the API, and the health of an engine:
//
//	/request?fullyQualifiedName=…   the form of an asset
//	/requests, /requests/{id}       somebody's requests, one of them with its time line
//	/reviews                        what waits for a data steward
//	/guardrails                     who may never have access, for governance and audit
//	/access                         who has access to an asset, and what somebody has access to
//	/inbox, /preferences            what somebody is told, and how
//	/proposals, /proposals/{id}     changes that await a second person of governance
//	/webhooks                       the services that are told, for administrators
//	/provisioning/answers           where services answer that were called to give or take access
//	/slack/interactions             where Slack posts what somebody has pressed
//	/stops                          the stop switches
//	/tasks                          what is to be done on the platforms by hand
//	/api/v1, /openapi.json          the same for programs
//	/healthz, /readyz               whether the process lives, and whether the engine can work
//
// Every answer goes out with a strict content security policy, and requests that
// change something are refused from other origins. Bodies are bounded; time is the
// server's to bound: give http.Server a ReadHeaderTimeout of some 5 seconds, a
// ReadTimeout of 30, a WriteTimeout of 90 (a sync is answered when it is done),
// and an IdleTimeout of 120.
func Handler(engine *grantwright.Engine, o Options) (http.Handler, error) {
	if err := o.check(engine); err != nil {
		return nil, err
	}
	s := &site{engine: engine, options: o, mux: http.NewServeMux(), log: o.Logger, followers: make(chan struct{}, maxFollowers)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if o.Dev != nil {
		s.dev = newDevSignIn(*o.Dev)
		s.options.Authenticate, s.options.SignInPath = s.dev.authenticate, ""
	}
	s.routeHealth()
	s.routePages()
	s.routeAPI()
	s.mux.HandleFunc("POST "+grantwright.CallbackPath, s.answer)
	if o.Slack != nil {
		s.mux.HandleFunc("POST /slack/interactions", s.slackInteraction)
	}
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, errCrossOrigin)
	}))
	return s.located(s.guarded(guard.Handler(http.HandlerFunc(s.route)))), nil
}

func (o Options) check(engine *grantwright.Engine) error {
	switch {
	case engine == nil:
		return errors.New("web: the engine is missing")
	case (o.Authenticate == nil) == (o.Dev == nil):
		return errors.New("web: exactly one of Options.Authenticate and Options.Dev must be set")
	case o.Prefix != "" && !localPrefix(o.Prefix):
		return fmt.Errorf("web: Options.Prefix is %q, must be a clean path such as /grants, without a slash at its end", o.Prefix)
	case o.URL != "" && !absolute(o.URL):
		return fmt.Errorf("web: Options.URL is %q, must be an address such as https://access.example.com", o.URL)
	case o.SignInPath != "" && !localPath(o.SignInPath):
		return fmt.Errorf("web: Options.SignInPath is %q, must be a path on this host such as /login", o.SignInPath)
	}
	var faults error
	if o.Dev != nil {
		faults = o.Dev.check()
	}
	if o.Slack != nil {
		faults = errors.Join(faults, o.Slack.check())
	}
	return faults
}

// visit is what is known of one HTTP request.
type visit struct {
	base string // what stands before every path of ours; empty at the root
	by   request.Identity
}

type visitKey struct{}

func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	if v == nil {
		v = new(visit)
	}
	return v
}

// located finds out under which prefix the handler is mounted, takes the prefix
// off, and bounds the body.
func (s *site) located(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		base := s.options.Prefix
		if base == "" {
			base = strippedPrefix(r)
		}
		r = r.WithContext(context.WithValue(r.Context(), visitKey{}, &visit{base: base}))
		r = withoutPrefix(r, s.options.Prefix)
		secure(w.Header())
		r.Body = http.MaxBytesReader(w, r.Body, MaxBodyBytes)
		defer s.recovered(w, r)
		next.ServeHTTP(w, r)
	})
}

// recovered turns a panic into an answer, and a line in the log.
func (s *site) recovered(w http.ResponseWriter, r *http.Request) {
	switch v := recover(); v {
	case nil:
	case http.ErrAbortHandler:
		panic(v)
	default:
		s.fail(w, r, fmt.Errorf("panic: %v", v))
	}
}

// guarded keeps the dev sign-in away from everybody who is not on this machine.
func (s *site) guarded(next http.Handler) http.Handler {
	if s.dev == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := loopbackOnly(r); err != nil && !isHealth(r.URL.Path) {
			s.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// route is the mux, with errors of our own where no route fits.
func (s *site) route(w http.ResponseWriter, r *http.Request) {
	if p := r.URL.Path; p != path.Clean(p) || p == "" {
		if p == "" {
			http.Redirect(w, r, s.to(r, "/"), http.StatusSeeOther)
			return
		}
		s.fail(w, r, errNoPage) // the mux would redirect, without the prefix
		return
	}
	handler, pattern := s.mux.Handler(r)
	if pattern != "" {
		s.mux.ServeHTTP(w, r)
		return
	}
	refusal := refusal{header: http.Header{}}
	handler.ServeHTTP(&refusal, r)
	if refusal.status != http.StatusMethodNotAllowed {
		s.fail(w, r, errNoPage)
		return
	}
	w.Header().Set("Allow", refusal.header.Get("Allow"))
	s.fail(w, r, errNoMethod)
}

// refusal sees what the mux says of a request that fits no route.
type refusal struct {
	header http.Header
	status int
}

func (f *refusal) Header() http.Header         { return f.header }
func (f *refusal) Write(b []byte) (int, error) { return len(b), nil }
func (f *refusal) WriteHeader(status int)      { f.status = status }

// secure sets what every answer says to browsers.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// to is one of our own paths as a browser has to ask for it.
func (s *site) to(r *http.Request, own string) string { return visitOf(r.Context()).base + own }

// here is what the browser asked for, to come back to.
func (s *site) here(r *http.Request) string {
	u := url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	return s.to(r, u.String())
}

// newID names something that never repeats.
func newID() string { return rand.Text() }

func isAPI(p string) bool {
	return p == "/openapi.json" || p == "/api" || strings.HasPrefix(p, "/api/")
}
func isHealth(p string) bool { return p == "/healthz" || p == "/readyz" }
