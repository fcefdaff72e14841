// Package oidcsignin signs people in by OpenID Connect, and services by the tokens of
// their provider.
//
// A sign-in begins at a path of this package's. It is kept in the engine's store under a
// random state, bound to the browser by a cookie, and leads to the provider: the code flow
// with PKCE (RFC 7636), state and nonce. The provider sends the browser back, the
// sign-in is taken out of the store, once, the code is exchanged, the ID token is verified,
// and a session begins: the browser holds a random token, the store its SHA-256. Each
// request finds its session with one read. It ends by its time, when its owner signs out,
// here and at the provider, or when the provider says so (back-channel logout), or when
// the person is disabled.
//
// A host makes a SignIn and hands it to web, which mounts its pages:
//
//	in, err := oidcsignin.New(engine, oidcsignin.Options{Address: "https://access.example.com", Issuers: issuers})
//	access, err := web.Handler(engine, web.Options{Authenticate: in.Authenticate, SignIn: in, SignInPath: in.SignInPath(), SignOutPath: in.SignOutPath(),
//		SessionCookie: in.SessionCookie(), OpenID: in.OpenID()})
//
// Any number of processes that share a store may do so: a sign-in that one has begun,
// another ends.
package oidcsignin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/limit"
	"github.com/grantwright/grantwright/web/internal/site"
)

// The defaults of Options.
const (
	DefaultPath     = "/sign-in"
	DefaultIdle     = 8 * time.Hour
	DefaultLifetime = 24 * time.Hour
	DefaultTimeout  = 10 * time.Second
)

// leeway is how far the clocks of a provider and of this machine may be apart.
const leeway = time.Minute

// Options say who vouches for people, and how long a sign-in lasts.
type Options struct {
	// Address is where people find the pages, such as https://access.example.com/grants.
	// It must be https, but on loopback. Providers must know Address + Path + "/callback",
	// with a slash and the name of the issuer if it has one, as a redirect URI.
	Address string

	// Path is where the sign-in is mounted, below the path of Address. Empty means
	// DefaultPath.
	Path string

	// Issuers are the providers, at least one. Where there are several, people choose.
	Issuers []Issuer

	// Idle is how long a session may lie unused, and Lifetime how long it lasts, used or
	// not. Zero means DefaultIdle and DefaultLifetime. A session that lies idle may end a
	// tenth earlier.
	Idle, Lifetime time.Duration

	// Client calls the providers. Nil is one that waits DefaultTimeout for them.
	Client *http.Client

	Now    func() time.Time // nil means time.Now
	Logger *slog.Logger     // nil logs nothing
}

// Issuer is a provider of OpenID Connect.
type Issuer struct {
	// Name is part of the id of everybody for whom it vouches, and of their groups: it must
	// never change. It has 1 to 40 lower case letters, digits and hyphens. It may be empty
	// where there is one issuer.
	Name string

	// Title is how people know it. Empty means its Name.
	Title string

	// URL is its issuer identifier. It must be https, but on loopback.
	URL string

	// ClientID is how it knows us, and Secret reads the secret of that client each time
	// that it is needed; nil for a client without one.
	ClientID string
	Secret   func(ctx context.Context) (string, error)

	// Scopes are asked for beside openid. Nil means profile and email.
	Scopes []string

	// Claims say where an ID token holds what.
	Claims Claims

	// Permissions say who has which.
	Permissions []Rule

	// UserInfo asks the provider's UserInfo endpoint too, where groups are missing in the
	// ID token.
	UserInfo bool

	// Audiences are those of tokens that services bring as bearers, and Services are the
	// services. Without both, no bearer is let in.
	Audiences []string
	Services  []Service
}

// Claims name the claims of a token. Each is the name of a claim or, where there is none of
// that name, a path into nested ones, such as realm_access.roles.
type Claims struct {
	ID         string            // empty means sub
	Name       string            // empty means name
	Email      string            // empty means email; one that email_verified denies is left out
	Groups     string            // empty means groups
	Attributes map[string]string // the claim of each attribute, by its key
}

// Rule gives a permission to whoever is in a group or has a value in a claim. Exactly one
// of Group and Claim is set.
type Rule struct {
	Permission request.Permission
	Group      string // as the provider calls it
	Claim      string // a name or a path, as in Claims
	Value      string // that the claim must be or, if it is a list, hold
}

// Service is a program that has a token of its own from the issuer.
type Service struct {
	// Client is its id as a client of the issuer, and by which records know it.
	Client string

	// Subject is the sub of its tokens, where that is not Client. It is what tells its
	// tokens from those that people get by the same client.
	Subject string

	Name  string
	Owner request.PersonID // who answers for it

	// Permissions are of AUDIT, ASKING and ASKING_FOR_OTHERS: a service that comes by a
	// token asks, and decides on nothing.
	Permissions []request.Permission
	Groups      []string // nil: not known
}

// SignIn is a way to sign in. It is an http.Handler for its pages.
type SignIn struct {
	engine   *grantwright.Engine
	options  Options
	base     string // the path of Address
	issuers  []*issuer
	sessions *scs.SessionManager
	log      *slog.Logger
	now      func() time.Time
	handler  http.Handler
	secure   bool // Address is https
	begun    *limit.Limiter
}

// perAddress bounds the sign-ins that one address begins: each is a record, and nobody is
// known yet.
var perAddress = limit.Rate{PerSecond: 5, AtOnce: 100}

// New makes a SignIn over an engine. It asks no provider yet: one that is away is asked
// when somebody signs in.
func New(engine *grantwright.Engine, o Options) (*SignIn, error) {
	if engine == nil {
		return nil, errors.New("oidcsignin: the engine is missing")
	}
	o.setDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	address, err := url.Parse(o.Address)
	if err != nil {
		return nil, err
	}
	s := &SignIn{engine: engine, options: o, base: strings.TrimSuffix(address.Path, "/"), log: o.Logger, now: o.Now, secure: address.Scheme == "https"}
	for _, i := range o.Issuers {
		s.issuers = append(s.issuers, &issuer{Issuer: i, client: o.Client, now: o.Now, turn: make(chan struct{}, 1)})
	}
	s.sessions, s.begun = s.manager(), limit.New(perAddress, o.Now)
	s.route()
	return s, nil
}

func (o *Options) setDefaults() {
	if o.Path == "" {
		o.Path = DefaultPath
	}
	if o.Idle == 0 {
		o.Idle = DefaultIdle
	}
	if o.Lifetime == 0 {
		o.Lifetime = DefaultLifetime
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: DefaultTimeout}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	issuers := make([]Issuer, len(o.Issuers))
	for i, one := range o.Issuers {
		one.Claims.setDefaults()
		if one.Title == "" {
			one.Title = one.Name
		}
		if one.Scopes == nil {
			one.Scopes = []string{"profile", "email"}
		}
		issuers[i] = one
	}
	o.Issuers = issuers
}

func (c *Claims) setDefaults() {
	for claim, otherwise := range map[*string]string{&c.ID: "sub", &c.Name: "name", &c.Email: "email", &c.Groups: "groups"} {
		if *claim == "" {
			*claim = otherwise
		}
	}
}

var issuerName = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

func (o Options) check() error {
	switch {
	case !safeURL(o.Address):
		return fmt.Errorf("oidcsignin: Options.Address is %q, must be a URL such as https://access.example.com; http is for loopback only", o.Address)
	case !site.LocalPath(o.Path) || path.Clean(o.Path) != o.Path || o.Path == "/" || strings.ContainsAny(o.Path, "?#{}"):
		return fmt.Errorf("oidcsignin: Options.Path is %q, must be a clean path such as /sign-in", o.Path)
	case o.Idle < time.Minute || o.Lifetime < o.Idle:
		return fmt.Errorf("oidcsignin: Options.Idle is %s and Options.Lifetime %s: a session lies idle for a minute at least, and no longer than it lasts", o.Idle, o.Lifetime)
	case len(o.Issuers) == 0:
		return errors.New("oidcsignin: Options.Issuers is empty: nobody could sign in")
	}
	names, urls := map[string]bool{}, map[string]bool{}
	for _, i := range o.Issuers {
		if err := i.check(len(o.Issuers) == 1); err != nil {
			return fmt.Errorf("oidcsignin: issuer %q: %w", i.Name, err)
		}
		if names[i.Name] || urls[i.URL] {
			return fmt.Errorf("oidcsignin: issuer %q: two issuers have one name, or one URL", i.Name)
		}
		names[i.Name], urls[i.URL] = true, true
	}
	return nil
}

func (i Issuer) check(alone bool) error {
	switch {
	case i.Name != "" && !issuerName.MatchString(i.Name), i.Name == "" && !alone:
		return errors.New("its name must be 1 to 40 lower case letters, digits and hyphens; one of several has a name")
	case i.Name == request.ServiceIssuer:
		return fmt.Errorf("its name is %q, which is that of the services of tokens", i.Name)
	case !safeURL(i.URL):
		return fmt.Errorf("its URL is %q, must be one such as https://id.example.com; http is for loopback only", i.URL)
	case i.ClientID == "":
		return errors.New("its client is missing")
	case (len(i.Services) == 0) != (len(i.Audiences) == 0):
		return errors.New("services and audiences are needed together")
	}
	for _, r := range i.Permissions {
		if err := r.check(); err != nil {
			return err
		}
	}
	ids := map[string]bool{}
	for _, one := range i.Services {
		if err := one.identity(i.Name).Check(); err != nil {
			return fmt.Errorf("service %q: %w", one.Client, err)
		}
		for _, p := range one.Permissions {
			if !slices.Contains([]request.Permission{request.Audit, request.Asking, request.AskingForOthers}, p) {
				return fmt.Errorf("service %q: permission %q: must be AUDIT, ASKING or ASKING_FOR_OTHERS", one.Client, p)
			}
		}
		if ids[one.Client] {
			return fmt.Errorf("service %q is there twice", one.Client)
		}
		ids[one.Client] = true
	}
	return nil
}

func (r Rule) check() error {
	switch r.Permission {
	case request.Governance, request.Admin, request.Audit:
	default:
		return fmt.Errorf("permission %q: must be GOVERNANCE, ADMIN or AUDIT", r.Permission)
	}
	if (r.Group == "") == (r.Claim == "") || (r.Claim == "") != (r.Value == "") {
		return fmt.Errorf("permission %s: takes a group, or a claim and its value", r.Permission)
	}
	return nil
}

// safeURL reports whether text is an absolute URL over TLS, or over nothing on loopback.
func safeURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// SignInPath is where browsers sign in: web.Options.SignInPath. With the parameter
// fresh=1 they have to prove anew who they are, and with acr=…, in that way.
func (s *SignIn) SignInPath() string { return s.base + s.options.Path }

// SignOutPath is where a POST signs out: web.Options.SignOutPath.
func (s *SignIn) SignOutPath() string { return s.here("out") }

// SessionCookie is the name of the cookie of a session: web.Options.SessionCookie.
func (s *SignIn) SessionCookie() string { return s.cookieName(sessionCookie) }

// OpenID are the providers, for the OpenAPI document: web.Options.OpenID.
func (s *SignIn) OpenID() []site.OpenID {
	var all []site.OpenID
	for _, i := range s.issuers {
		all = append(all, site.OpenID{Name: i.Name, Issuer: i.URL, Services: len(i.Services) > 0})
	}
	return all
}

// here is a path of this package's, as browsers know it.
func (s *SignIn) here(of string) string { return s.SignInPath() + "/" + of }

// home is where people go without a page to come back to.
func (s *SignIn) home() string { return s.base + "/" }

// external is the URL of a path of ours.
func (s *SignIn) external(p string) string {
	return strings.TrimSuffix(s.options.Address, "/") + strings.TrimPrefix(p, s.base)
}

// issuer finds one by its name; nil where there is none.
func (s *SignIn) issuer(name string) *issuer {
	for _, i := range s.issuers {
		if i.Name == name {
			return i
		}
	}
	return nil
}

// clientOf is the address that a request comes from, for the log.
func clientOf(r *http.Request) string {
	if from := site.VisitOf(r.Context()).From; from != "" { // behind proxies too
		return from
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return "unknown"
	}
	return host
}
