package oidcsignin

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/request"
)

// maxBearer bounds a bearer token.
const maxBearer = 16 << 10

// service verifies a token that a service brings: a JWT of one of the issuers, for one of
// its audiences. It is a service's only if the issuer made it for the service itself, and
// not for a person who uses it: its subject is the service.
func (s *SignIn) service(ctx context.Context, raw string) (request.Identity, error) {
	i := s.issuerAt(issuerOf(raw))
	if i == nil || len(i.Services) == 0 {
		return request.Identity{}, errors.New("it is no JWT of an issuer that has services here")
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	all, subject, err := i.verified(ctx, raw)
	if err != nil {
		return request.Identity{}, err
	}
	for _, one := range i.Services {
		if one.is(subject, all) {
			return one.identity(i.Name), nil
		}
	}
	return request.Identity{}, errors.New("it speaks of nobody who is configured as a service")
}

// verified returns the claims of a token, and whom it speaks of.
func (i *issuer) verified(ctx context.Context, raw string) (claims, string, error) {
	p, err := i.provider(ctx)
	if err != nil {
		return nil, "", err
	}
	var faults error
	for _, audience := range i.Audiences {
		token, err := i.verifier(p, audience).Verify(i.calling(ctx), raw)
		if keysAway(err) {
			return nil, "", fmt.Errorf("%w: %w", errAway, err)
		}
		if err != nil {
			faults = err
			continue
		}
		var all claims
		if err := token.Claims(&all); err != nil {
			return nil, "", err
		}
		if token.IssuedAt.After(i.now().Add(leeway)) {
			return nil, "", errors.New("it is of the future: the clocks of the issuer and of this server are more than a minute apart")
		}
		return all, token.Subject, nil
	}
	return nil, "", faults
}

// is reports whether a token is the service's own. A client that the token names has to be
// the service's, too (client_id of RFC 9068, azp of OpenID Connect).
func (s Service) is(subject string, c claims) bool {
	if subject != s.subject() {
		return false
	}
	for _, name := range []string{"client_id", "azp"} {
		if c.at(name) != nil && c.text(name) != s.Client {
			return false
		}
	}
	return c.at("nonce") == nil // which an ID token of a browser has
}

func (s Service) subject() string {
	if s.Subject != "" {
		return s.Subject
	}
	return s.Client
}

// issuerOf reads which issuer a token names, before it is verified: only to know whom to
// ask for the keys.
func issuerOf(raw string) string {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 || len(raw) > maxBearer || slices.Contains(parts, "") {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var said struct {
		Issuer string `json:"iss"`
	}
	if err := json.Unmarshal(payload, &said); err != nil {
		return ""
	}
	return said.Issuer
}
