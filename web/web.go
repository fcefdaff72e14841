// Package web shows the engine to people and to programs.
//
// A browser arrives by a request link, is sent to sign in if need be and comes
// back with its whole query, fills in the form, and submits it; data stewards find
// the requests that wait for them, and decide. Programs find the same as JSON under
// /api/v1, described at /openapi.json. Nothing is decided here: each page and each
// route calls the engine on behalf of whoever is signed in, and shows its answer.
//
// A host makes one Handler over its engine and mounts it where it likes:
//
//	access, err := web.Handler(engine, web.Options{
//		SignInPath:   "/login",
//		Authenticate: session, // returns web.ErrSignIn for nobody
//	})
//	mux.Handle("/access/", http.StripPrefix("/access", access))
//
// Authenticate is the host's: it reads its own session and returns an identity. For
// trying things out, Options.Dev lets people on this machine pick who they are.
//
// Inside, internal/site is shared by the API (internal/api and internal/self, both on
// internal/route) and the pages (internal/pages), which do not know each other.
package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/telemetry"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/api"
	"github.com/grantwright/grantwright/web/internal/document"
	"github.com/grantwright/grantwright/web/internal/exchange"
	"github.com/grantwright/grantwright/web/internal/limit"
	"github.com/grantwright/grantwright/web/internal/oversight"
	"github.com/grantwright/grantwright/web/internal/pages"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/proving"
	"github.com/grantwright/grantwright/web/internal/route"
	"github.com/grantwright/grantwright/web/internal/self"
	"github.com/grantwright/grantwright/web/internal/site"
)

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
	// ErrSignIn if nobody is signed in. A *Problem is shown as it is, and an error that
	// wraps store.ErrAway as 503; any other error is a fault of the host's own,
	// which is logged and not shown. web/oidcsignin and web/proxysignin have one each.
	Authenticate func(r *http.Request) (request.Identity, error)

	// Complete fills in what a directory knows of whoever has signed in, such as their
	// groups: Complete of scim.Directory. Its errors are faults of the host's own. Nil
	// leaves everybody as they come.
	Complete func(ctx context.Context, who request.Identity) (request.Identity, error)

	// SignInPath is the path of the host's own sign-in, from the root of the
	// host. Browsers that are not signed in are sent there with the parameter
	// return, the path to come back to; ReturnPath reads it. Empty shows a page
	// that says that nobody is signed in. Where an approval takes another sign-in,
	// fresh=1 asks for one that is made now, and acr for one of that level.
	SignInPath string

	// SignIn answers at SignInPath and below it, within the limits of the handler, as an
	// oidcsignin.SignIn does. Nil leaves these paths to the host.
	SignIn http.Handler

	// SignOutPath is the path of the host's own sign-out, from the root of the host: a
	// button on every page sends a POST there. Empty has no button.
	SignOutPath string

	// SessionCookie is the name of the cookie by which Authenticate knows a browser, and
	// OpenID are the providers that vouch for people: the OpenAPI document names both.
	// SessionCookie and OpenID of oidcsignin.SignIn return them. Empty means session, and no
	// provider.
	SessionCookie string
	OpenID        []OpenID

	// Dev signs people in from a list without any proof, on loopback only.
	Dev *Dev

	// Catalogs are the data catalogs into which administrators have the API write request
	// links, by names of 1 to 40 letters, digits, - and _. They take URL. Nil has none.
	Catalogs map[string]catalog.Linker

	// Slack lets people decide by buttons in Slack. Nil has no buttons.
	Slack *Slack

	// TrustedProxies are the addresses of proxies whose X-Forwarded-For and
	// X-Forwarded-Proto count. Whoever comes over a unix socket is such a proxy too.
	TrustedProxies []netip.Prefix

	// Limits bound what one client may ask for.
	Limits Limits

	// Brand is how the pages look: name, logo, colours, and the way back to the catalog.
	// The zero Brand looks like Grantwright.
	Brand Brand

	// Frames are the origins, such as https://catalog.example.com, of pages that may show
	// the form of an asset in a frame (/embed/request, with the query of a request link).
	// Empty lets none. Browsers send the cookie of a sign-in into a frame only if both pages
	// are of one site, as catalog.example.com and access.example.com are. Across sites the
	// host's session cookie has to be SameSite=None, Secure and Partitioned; the cookies of
	// oidcsignin and Dev are not, so that people are asked to sign in in a new tab, in vain.
	Frames []string

	// Meter and Tracer get how long requests take and what they lead to: a metric.MeterProvider
	// and a trace.TracerProvider of OpenTelemetry, the same as those of the engine. A header
	// traceparent makes a request part of that trace. Nil gets nothing, and costs nothing.
	Meter  telemetry.MeterProvider
	Tracer telemetry.TracerProvider

	// Logger gets the faults of the server, which are not shown. Nil logs nothing.
	Logger *slog.Logger
}

// Brand is how a vendor's own pages look.
type Brand = frame.Brand

// handler is an http.Handler over a site.
type handler struct {
	*site.Site
	options  Options
	dev      *devSignIn // nil without Options.Dev
	mux      *http.ServeMux
	pages    *frame.Frame
	guesses  *limit.Limiter      // of the tokens of services that answer later
	followed *telemetry.Requests // nil without Options.Meter and Options.Tracer
	limits
}

// Handler serves the pages, the API, and the health of an engine:
//
//	/request?fullyQualifiedName=…   the form of an asset
//	/embed/request                  the same for a frame in a page of Options.Frames
//	/assets, /assets/{ref}          search and browse, and the page of an asset
//	/requests, /requests/{id}       somebody's requests, one of them with its time line
//	/reviews                        requests that wait for a data steward
//	/forms, /flows, /masks,
//	/guardrails, /attachments       what governance defines, and where it holds
//	/build/{kind}                   builders of these; /versions has the earlier ones
//	/access                         access to an asset, and access of somebody
//	/log, /charts                   what has happened, and figures of it, for auditors
//	/connections, /people, /failed  the work of administrators
//	/sessions                       sign-ins of somebody, and those who have lost all groups
//	/inbox, /preferences            notices of somebody, and their channels
//	/proposals, /proposals/{id}     changes that await a second person of governance
//	/webhooks                       services that get events, for administrators
//	/provisioning/answers           callback of services that give or take access
//	/slack/interactions             callback of Slack, for its buttons
//	/me, /tokens                    who somebody is, and the tokens by which programs act for them
//	/cli, /device                   where somebody lets a program or a device act for them
//	/stops                          the stop switches
//	/tasks                          manual tasks on the platforms
//	/api/v1, /openapi.json          the same for programs
//	/live, /pick, /static           for the pages: that something has happened, names, files
//	/healthz, /readyz               liveness and readiness
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
	s := &handler{Site: &site.Site{Engine: engine, Log: o.Logger, URL: o.URL, Authenticate: o.Authenticate}, options: o, mux: http.NewServeMux()}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	in := frame.SignIn{Path: o.SignInPath, Out: o.SignOutPath}
	if o.Dev != nil {
		s.dev = newDevSignIn(*o.Dev)
		s.Authenticate = s.dev.authenticate
		in = frame.SignIn{Dev: &frame.Picker{People: o.Dev.People, Cookie: s.dev.cookie}}
	}
	var err error
	if s.followed, err = telemetry.NewRequests(o.Tracer, o.Meter); err != nil {
		return nil, err
	}
	s.limits = newLimits(o.Limits)
	s.PerPerson = limit.New(o.Limits.PerPerson, time.Now)
	s.guesses = limit.New(wrongTokens, time.Now)
	if o.Complete != nil {
		s.Authenticate = completed(s.Authenticate, o.Complete)
	}
	s.routeHealth()
	if o.SignIn != nil {
		at := strings.TrimPrefix(o.SignInPath, o.Prefix)
		s.mux.Handle(at, o.SignIn)
		s.mux.Handle(at+"/", o.SignIn)
	}
	s.pages = pages.Register(s.mux, s.Site, in, o.Brand)
	routes := route.New(s.mux, s.Site, o.URL)
	routes.Catalogs = o.Catalogs
	api.Register(routes)
	self.Register(routes)
	oversight.Register(routes)
	proving.Register(routes)
	routes.Finish(o.schemes()...)
	s.mux.HandleFunc("POST "+provision.CallbackPath, s.answer)
	if o.Slack != nil {
		s.mux.HandleFunc("POST "+slackPath, s.slackInteraction)
	}
	guard := http.NewCrossOriginProtection()
	if u, err := url.Parse(o.URL); err == nil && u.Host != "" { // a proxy may ask us under another name
		if err := guard.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			return nil, fmt.Errorf("web: Options.URL: %w", err)
		}
	}
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, site.ErrCrossOrigin)
	}))
	return exchange.Compressed(s.located(s.limited(s.guarded(guard.Handler(http.HandlerFunc(s.route)))))), nil
}

// completed completes whoever signs in.
func completed(signIn func(*http.Request) (request.Identity, error), complete func(context.Context, request.Identity) (request.Identity, error)) func(*http.Request) (request.Identity, error) {
	return func(r *http.Request) (request.Identity, error) {
		who, err := signIn(r)
		if err != nil {
			return who, err
		}
		return complete(r.Context(), who)
	}
}

// schemes are the ways of signing in, for the OpenAPI document.
func (o Options) schemes() []document.Scheme {
	if o.Dev != nil {
		return []document.Scheme{document.Session(devCookie), document.Header("dev", DevHeader, "One of the people of the dev sign-in, by id; on this machine only"), document.Bearer}
	}
	all := []document.Scheme{document.Session(cmp.Or(o.SessionCookie, "session"), o.OpenID...)}
	for _, one := range o.OpenID {
		if one.Services {
			all = append(all, document.OpenID(one))
		}
	}
	return append(all, document.Bearer)
}

func (o Options) checkCatalogs() error {
	if len(o.Catalogs) > 0 && o.URL == "" {
		return errors.New("web: Options.Catalogs takes Options.URL: links in a data catalog lead here from elsewhere")
	}
	for name, into := range o.Catalogs {
		if !site.PlainName(name) || into == nil {
			return fmt.Errorf("web: Options.Catalogs: %q has no linker, or is not of 1 to 40 letters, digits, - and _", name)
		}
	}
	return nil
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
	case !o.Limits.valid():
		return errors.New("web: Options.Limits are negative, or a Rate has one of PerSecond and AtOnce without the other")
	case o.SignInPath != "" && !site.LocalPath(o.SignInPath):
		return fmt.Errorf("web: Options.SignInPath is %q, must be a path on this host such as /login", o.SignInPath)
	case o.SignIn != nil && (o.Dev != nil || path.Clean(o.SignInPath) != o.SignInPath || len(o.SignInPath) < 2 || strings.ContainsAny(o.SignInPath, "?#{}")):
		return fmt.Errorf("web: Options.SignIn is set, and Options.SignInPath is %q, must be a clean path such as /sign-in, without Options.Dev", o.SignInPath)
	case o.SignOutPath != "" && !site.LocalPath(o.SignOutPath):
		return fmt.Errorf("web: Options.SignOutPath is %q, must be a path on this host such as /logout", o.SignOutPath)
	}
	faults := errors.Join(site.CheckOpenID(o.OpenID), o.checkCatalogs())
	if o.Dev != nil {
		faults = errors.Join(faults, o.Dev.check())
	}
	if o.Slack != nil {
		faults = errors.Join(faults, o.Slack.check())
	}
	for i, origin := range o.Frames {
		if !isOrigin(origin) {
			faults = errors.Join(faults, fmt.Errorf("web: Options.Frames[%d] is %q, must be an origin such as https://catalog.example.com", i, origin))
		}
	}
	if err := o.Brand.Check(); err != nil {
		faults = errors.Join(faults, fmt.Errorf("web: Options.Brand.%w", err))
	}
	return faults
}
