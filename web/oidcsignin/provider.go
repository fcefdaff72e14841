package oidcsignin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// issuer is a provider, with its metadata once they were read.
type issuer struct {
	Issuer
	client *http.Client
	now    func() time.Time

	turn  chan struct{} // holds a token while somebody reads the metadata
	found *provider
}

// provider is the metadata of an issuer, of OpenID Connect Discovery 1.0.
type provider struct {
	*oidc.Provider
	EndSession  string   `json:"end_session_endpoint"`                           // of RP-Initiated Logout 1.0
	NamesItself bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207
	AuthMethods []string `json:"token_endpoint_auth_methods_supported"`
	readAt      time.Time
}

// errAway says that a provider does not answer. It is told to people without its cause.
var errAway = errors.New("oidcsignin: the provider does not answer")

// refresh is how long metadata hold.
const refresh = time.Hour

// calling is a context for calls of the provider.
func (i *issuer) calling(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, i.client)
}

// provider reads the metadata of the issuer, and keeps them for an hour. When they cannot
// be read anew, those of before hold.
func (i *issuer) provider(ctx context.Context) (*provider, error) {
	select {
	case i.turn <- struct{}{}:
		defer func() { <-i.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", errAway, ctx.Err())
	}
	if i.found != nil && i.now().Sub(i.found.readAt) < refresh {
		return i.found, nil
	}
	read, err := i.discover(ctx)
	switch {
	case err == nil:
		i.found = read
	case i.found == nil:
		return nil, err
	default:
		i.found.readAt = i.now().Add(time.Minute - refresh) // tried again in a minute
	}
	return i.found, nil
}

func (i *issuer) discover(ctx context.Context) (*provider, error) {
	p, err := oidc.NewProvider(i.calling(ctx), i.URL)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errAway, err)
	}
	read := &provider{Provider: p, readAt: i.now()}
	if err := p.Claims(read); err != nil {
		return nil, fmt.Errorf("%w: its metadata cannot be read: %w", errAway, err)
	}
	for _, endpoint := range []string{p.Endpoint().AuthURL, p.Endpoint().TokenURL} {
		if !safeURL(withoutQuery(endpoint)) {
			return nil, fmt.Errorf("oidcsignin: the provider names %q as an endpoint, which is not https", endpoint)
		}
	}
	if read.EndSession != "" && !safeURL(withoutQuery(read.EndSession)) {
		read.EndSession = ""
	}
	return read, nil
}

// config is the client of the code flow.
func (i *issuer) config(ctx context.Context, p *provider, redirect string) (*oauth2.Config, error) {
	c := &oauth2.Config{ClientID: i.ClientID, Endpoint: p.Endpoint(), RedirectURL: redirect, Scopes: append([]string{oidc.ScopeOpenID}, i.Scopes...)}
	if i.Secret == nil {
		c.Endpoint.AuthStyle = oauth2.AuthStyleInParams
		return c, nil
	}
	secret, err := i.Secret(ctx)
	if err != nil {
		return nil, fmt.Errorf("oidcsignin: the secret of the client cannot be read: %w", err)
	}
	c.ClientSecret, c.Endpoint.AuthStyle = secret, p.authStyle()
	return c, nil
}

// authStyle is how the client proves itself, of those ways that the provider names: by
// client_secret_basic, which is the default, or in the body.
func (p *provider) authStyle() oauth2.AuthStyle {
	if len(p.AuthMethods) == 0 || slices.Contains(p.AuthMethods, "client_secret_basic") {
		return oauth2.AuthStyleInHeader
	}
	return oauth2.AuthStyleInParams
}

// keysAway reports whether a token could not be verified because the keys of the provider
// could not be had. go-oidc says so in words only.
func keysAway(err error) bool { return err != nil && strings.Contains(err.Error(), "fetching keys") }

// verifier verifies tokens for an audience. They may be over for as long as clocks may be
// apart.
func (i *issuer) verifier(p *provider, audience string) *oidc.IDTokenVerifier {
	return p.Verifier(&oidc.Config{ClientID: audience, Now: func() time.Time { return i.now().Add(-leeway) }})
}

// withoutQuery is a URL without its query, which an endpoint may have.
func withoutQuery(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return ""
	}
	u.RawQuery = ""
	return u.String()
}
