package main

import (
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web"
	"github.com/grantwright/grantwright/web/oidcsignin"
	"github.com/grantwright/grantwright/web/proxysignin"
)

// The ways to sign in.
const (
	authDev   = "dev"
	authOIDC  = "oidc"
	authProxy = "proxy"
)

// signIn is what the command line says of who comes in.
type signIn struct {
	auth     string
	oidc     string // file of providers
	devToken string // reference to it; empty makes one

	proxyFrom, proxyIssuer, proxyHeaders, proxyPermissions string
}

func (s *signIn) flags(f *flag.FlagSet) {
	f.StringVar(&s.auth, "auth", authDev, "how people sign in, one of the `ways` dev, oidc, proxy: dev lets whoever knows the printed address be anyone, on loopback only;\noidc has providers of OpenID Connect vouch for people; proxy believes the headers of a proxy")
	f.StringVar(&s.oidc, "oidc", "", "YAML `file` of providers, for -auth=oidc (manifest/README.md lists the keys)")
	f.StringVar(&s.devToken, "dev-token", "", "`reference` to the token in the printed address, for -auth=dev: 16 letters and digits at least\n(default a file beside a SQLite store, made when it is missing; with PostgreSQL, one at random)")
	f.StringVar(&s.proxyFrom, "proxy-from", "", "`networks` of proxies that sign people in, for -auth=proxy, such as 10.1.0.7/32: only their headers count.\nThe word unix stands for whoever may write to the socket of -listen=unix:/path")
	f.StringVar(&s.proxyIssuer, "proxy-issuer", "", "`name` of who vouches for people, as part of their ids, for -auth=proxy")
	f.StringVar(&s.proxyHeaders, "proxy-headers", "", "`names` of the proxy's headers, such as user=X-User,name=X-Name,email=X-Email,groups=X-Groups\n(default X-Forwarded-User, -Preferred-Username, -Email and -Groups, as oauth2-proxy sends them)")
	f.StringVar(&s.proxyPermissions, "proxy-permissions", "", "`groups` that have permissions, for -auth=proxy: GOVERNANCE=data-governance;ADMIN=platform;AUDIT=audit")
}

func (s signIn) check() error {
	if !slices.Contains([]string{authDev, authOIDC, authProxy}, s.auth) {
		return fmt.Errorf("-auth is %q, must be dev, oidc or proxy", s.auth)
	}
	if s.devToken != "" && !isReference(s.devToken) {
		return errors.New("-dev-token must be a reference, env:NAME or file:/path: the command line is no place for a secret")
	}
	if (s.oidc != "") != (s.auth == authOIDC) {
		return errors.New("-auth=oidc and -oidc FILE are needed together")
	}
	if (s.proxyFrom != "") != (s.auth == authProxy) {
		return errors.New("-auth=proxy and -proxy-from are needed together")
	}
	if s.auth != authDev && s.devToken != "" {
		return errors.New("-dev-token is for -auth=dev")
	}
	if s.auth != authProxy && s.proxyIssuer+s.proxyHeaders+s.proxyPermissions != "" {
		return errors.New("-proxy-issuer, -proxy-headers and -proxy-permissions are for -auth=proxy")
	}
	return nil
}

// isDev reports whether people pick who they are.
func (s signIn) isDev() bool { return s.auth == authDev }

// checkPeople refuses a file without people where they pick who they are, and one with them
// where they sign in otherwise: they would be nobody, but for whoever acts as one of them by
// "config -as".
func (s signIn) checkPeople(config, from string, people int) error {
	switch {
	case s.isDev() && people == 0:
		return fmt.Errorf("%s lists no people: with -auth=dev nobody could sign in", from)
	case !s.isDev() && people > 0 && config != "":
		return fmt.Errorf("%s lists people: with -auth=%s people are those who sign in, with the rights that they have there; take them out of the file", from, s.auth)
	}
	return nil
}

// directory knows the people of the file, where they pick who they are, or else those who have
// signed in.
func (s signIn) directory(records store.Store, file request.Roster) request.Directory {
	if s.auth == authOIDC || s.auth == authProxy {
		return store.Directory{Store: records}
	}
	return file
}

// token is the one in the printed address.
func (s signIn) token(store string) (string, error) {
	text, err := "", error(nil)
	switch {
	case !s.isDev():
		return "", nil
	case s.devToken != "":
		text, err = readReference(s.devToken)
	case strings.Contains(store, "://"):
		text = rand.Text()
	default:
		text, err = secretBeside(store+".token", rand.Text)
	}
	if err != nil {
		return "", fmt.Errorf("-dev-token: %w", err)
	}
	return text, nil
}

// mounted is the handler of the pages behind the way to sign in.
func (s signIn) mounted(engine *grantwright.Engine, o web.Options, people request.Roster, token string) (http.Handler, error) {
	if at, err := url.Parse(o.URL); err == nil {
		o.Prefix = strings.TrimSuffix(at.Path, "/")
	}
	switch s.auth {
	case authOIDC:
		return s.mountOIDC(engine, o)
	case authProxy:
		in, err := s.proxy()
		if err != nil {
			return nil, err
		}
		o.Authenticate = in.Authenticate
	default:
		o.Dev = &web.Dev{People: people, Token: token}
	}
	return web.Handler(engine, o)
}

func (s signIn) mountOIDC(engine *grantwright.Engine, o web.Options) (http.Handler, error) {
	in, err := s.providers(engine, o.URL, o.Logger)
	if err != nil {
		return nil, err
	}
	o.Authenticate, o.SignIn, o.SignInPath, o.SignOutPath = in.Authenticate, in, in.SignInPath(), in.SignOutPath()
	o.SessionCookie, o.OpenID = in.SessionCookie(), in.OpenID()
	return web.Handler(engine, o)
}

// providers is the way in by the providers of the file.
func (s signIn) providers(engine *grantwright.Engine, address string, log *slog.Logger) (*oidcsignin.SignIn, error) {
	file, err := s.readProviders()
	if err != nil {
		return nil, err
	}
	o := oidcsignin.Options{Address: address, Idle: file.Idle, Lifetime: file.Lifetime, Logger: log}
	for _, i := range file.Issuers {
		o.Issuers = append(o.Issuers, issuerOf(i))
	}
	in, err := oidcsignin.New(engine, o)
	if err != nil {
		return nil, fmt.Errorf("-oidc, -address: %w", err)
	}
	return in, nil
}

// readProviders reads the file of providers.
func (s signIn) readProviders() (*manifest.SignIn, error) {
	text, err := os.Open(s.oidc)
	if err != nil {
		return nil, fmt.Errorf("-oidc: %w", err)
	}
	defer func() { _ = text.Close() }()
	file, err := manifest.ReadSignIn(s.oidc, text)
	if err != nil {
		return nil, fmt.Errorf("-oidc: %w", err)
	}
	return file, nil
}

// checkFiles finds what cannot be used of the way to sign in, without an engine.
func (s signIn) checkFiles() (err error) {
	switch s.auth {
	case authOIDC:
		_, err = s.readProviders()
	case authProxy:
		_, err = s.proxy()
	}
	return err
}

// issuers are the providers of the file; none where it cannot be read.
func (s signIn) issuers() []manifest.Issuer {
	if s.auth != authOIDC {
		return nil
	}
	file, err := s.readProviders()
	if err != nil {
		return nil
	}
	return file.Issuers
}

func issuerOf(i manifest.Issuer) oidcsignin.Issuer {
	out := oidcsignin.Issuer{Name: i.Name, Title: i.Title, URL: i.URL, ClientID: i.Client, Scopes: i.Scopes, UserInfo: i.UserInfo,
		Claims: oidcsignin.Claims(i.Claims), Audiences: i.Audiences}
	if i.Secret != "" {
		out.Secret = secret(i.Secret)
	}
	for _, r := range i.Permissions {
		out.Permissions = append(out.Permissions, oidcsignin.Rule(r))
	}
	for _, one := range i.Services {
		out.Services = append(out.Services, oidcsignin.Service{Client: one.Client, Subject: one.Subject, Name: one.Name, Owner: one.Owner, Permissions: one.Permissions, Groups: one.Groups})
	}
	return out
}

// proxy is the way in by the headers of a proxy.
func (s signIn) proxy() (*proxysignin.SignIn, error) {
	o := proxysignin.Options{Issuer: s.proxyIssuer}
	for _, one := range split(s.proxyFrom, ",") {
		if one == "unix" {
			o.Socket = true
			continue
		}
		p, err := netip.ParsePrefix(one)
		if err != nil {
			return nil, fmt.Errorf("-proxy-from: %q is no network such as 10.1.0.7/32, nor the word unix", one)
		}
		o.From = append(o.From, p)
	}
	names := map[string]*string{"user": &o.Headers.User, "name": &o.Headers.Name, "email": &o.Headers.Email, "groups": &o.Headers.Groups}
	for _, one := range split(s.proxyHeaders, ",") {
		key, name, is := strings.Cut(one, "=")
		if !is || names[key] == nil || name == "" {
			return nil, fmt.Errorf("-proxy-headers: %q must read like user=X-User; user, name, email and groups are known", one)
		}
		*names[key] = name
	}
	for _, one := range split(s.proxyPermissions, ";") {
		permission, group, _ := strings.Cut(one, "=")
		o.Permissions = append(o.Permissions, proxysignin.Rule{Permission: request.Permission(permission), Group: group})
	}
	return proxysignin.New(o)
}
