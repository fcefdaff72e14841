package oidcsignin

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/site"
)

// The cookies: of the session, and of the browser that signs in.
const (
	sessionCookie = "grantwright"
	attemptCookie = "grantwright_signin"
)

// cookieName is the name of a cookie. Over TLS its prefix has browsers take it only from
// this host itself, for all of it, over TLS (RFC 6265bis, 4.1.3.2).
func (s *SignIn) cookieName(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

// sessionKey is under which a session of scs holds ours.
const sessionKey = "session"

// manager makes the tokens of sessions and their cookies. Times are the store's to hold:
// a session ends by the clock of the engine.
func (s *SignIn) manager() *scs.SessionManager {
	m := scs.New()
	m.Store, m.Codec = kept{s.engine.Sessions()}, codec{}
	m.Lifetime = s.options.Lifetime
	m.Cookie = scs.SessionCookie{Name: s.cookieName(sessionCookie), Path: "/", HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode}
	return m
}

// codec writes the one value of a session as JSON.
type codec struct{}

func (codec) Encode(_ time.Time, values map[string]any) ([]byte, error) {
	one, is := values[sessionKey].(request.Session)
	if !is {
		return nil, errors.New("oidcsignin: a session without anybody is not kept")
	}
	return json.Marshal(one)
}

func (codec) Decode(b []byte) (time.Time, map[string]any, error) {
	var one request.Session
	err := json.Unmarshal(b, &one)
	return one.Expires, map[string]any{sessionKey: one}, err
}

// kept keeps sessions in the engine's store. It implements scs.CtxStore.
type kept struct{ sessions grantwright.Sessions }

func (k kept) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	one, err := k.sessions.Find(ctx, token)
	if errors.Is(err, store.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	b, err := json.Marshal(one)
	return b, err == nil, err
}

func (k kept) CommitCtx(ctx context.Context, token string, b []byte, _ time.Time) error {
	var one request.Session
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	_, err := k.sessions.Open(ctx, token, one)
	return err
}

func (k kept) DeleteCtx(ctx context.Context, token string) error {
	_, err := k.sessions.Close(ctx, token)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

func (k kept) Find(token string) ([]byte, bool, error) { return k.FindCtx(context.Background(), token) }

func (k kept) Commit(token string, b []byte, until time.Time) error {
	return k.CommitCtx(context.Background(), token, b, until)
}

func (k kept) Delete(token string) error { return k.DeleteCtx(context.Background(), token) }

// token is the one that a browser brings; empty where it brings none.
func (s *SignIn) token(r *http.Request) string {
	cookie, err := r.Cookie(s.cookieName(sessionCookie))
	if err != nil || len(cookie.Value) > 200 {
		return ""
	}
	return cookie.Value
}

// Authenticate returns the identity of whoever sent a request: a service by its bearer
// token, or a person by the cookie of their session. It is web.Options.Authenticate. A
// request with a bearer that does not count is nobody's, whatever its cookies say.
func (s *SignIn) Authenticate(r *http.Request) (request.Identity, error) {
	if bearers := r.Header.Values("Authorization"); len(bearers) > 0 {
		return s.bearer(r, bearers)
	}
	token := s.token(r)
	if token == "" {
		return request.Identity{}, site.ErrSignIn
	}
	ctx, err := s.sessions.Load(r.Context(), token)
	if err != nil {
		return request.Identity{}, err
	}
	held, is := s.sessions.Get(ctx, sessionKey).(request.Session)
	if !is {
		return request.Identity{}, site.ErrSignIn
	}
	if s.issuerAt(held.Provider.Issuer) == nil { // it is configured no more
		return request.Identity{}, site.ErrSignIn
	}
	return held.Who(), nil
}

// issuerAt finds an issuer by its URL; nil where there is none.
func (s *SignIn) issuerAt(url string) *issuer {
	for _, i := range s.issuers {
		if i.URL == url {
			return i
		}
	}
	return nil
}

// browser is the value that binds sign-ins to a browser. It is made with the first.
func (s *SignIn) browser(w http.ResponseWriter, r *http.Request) string {
	if cookie, err := r.Cookie(s.cookieName(attemptCookie)); err == nil && len(cookie.Value) == len(rand.Text()) {
		return cookie.Value
	}
	value := rand.Text()
	http.SetCookie(w, &http.Cookie{Name: s.cookieName(attemptCookie), Value: value, Path: "/", HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode})
	return value
}

// bearer is the service that a token speaks of.
func (s *SignIn) bearer(r *http.Request, headers []string) (request.Identity, error) {
	scheme, raw, _ := strings.Cut(headers[0], " ")
	if len(headers) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return request.Identity{}, fmt.Errorf("%w: the header Authorization must come once, and be Bearer and a token", site.ErrSignIn)
	}
	who, err := s.service(r.Context(), strings.TrimSpace(raw))
	if err == nil {
		return who, nil
	}
	if errors.Is(err, errAway) {
		s.log.Warn("a bearer token could not be verified", "from", clientOf(r), "error", err)
		return request.Identity{}, &site.Problem{Status: http.StatusServiceUnavailable, Code: "PROVIDER_AWAY", Detail: "The issuer of the bearer token does not answer. Try again."}
	}
	s.log.Info("a bearer token was refused", "from", clientOf(r), "error", err)
	return request.Identity{}, fmt.Errorf("%w: the bearer token does not count here", site.ErrSignIn)
}
