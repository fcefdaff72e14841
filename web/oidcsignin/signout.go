package oidcsignin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// signOut ends the session here, and sends the browser to end it at the provider, where it
// has an endpoint for that (OpenID Connect RP-Initiated Logout 1.0). The way there is a page
// that goes on by itself: forms of ours may lead nowhere else.
func (s *SignIn) signOut(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), callTime)
	defer cancel()
	was, err := s.engine.Sessions().Close(ctx, s.token(r))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		s.fail(w, r, nil, s.home(), err)
		return
	}
	for _, name := range []string{sessionCookie, attemptCookie} {
		http.SetCookie(w, &http.Cookie{Name: s.cookieName(name), Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode})
	}
	page := outPage{Again: s.SignInPath()}
	if i := s.issuerAt(was.Provider.Issuer); i != nil && err == nil {
		page.Title = i.title()
		page.Onward = s.endSession(ctx, i, was.Provider)
	}
	s.show(w, http.StatusOK, "out", page)
}

// endSession is the URL at which a provider ends its session; empty where it has none, or
// does not answer.
func (s *SignIn) endSession(ctx context.Context, i *issuer, was request.Provider) string {
	p, err := i.provider(ctx)
	if err != nil || p.EndSession == "" {
		return ""
	}
	u, err := url.Parse(p.EndSession)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Set("client_id", i.ClientID)
	q.Set("post_logout_redirect_uri", s.external(s.here("ended")))
	if was.Token != "" {
		q.Set("id_token_hint", was.Token)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// maxLogout bounds a logout token.
const maxLogout = 64 << 10

// backChannel is where a provider says that a session of its own is over (OpenID Connect
// Back-Channel Logout 1.0). It is called by the provider, not by a browser.
func (s *SignIn) backChannel(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, maxLogout)
	i := s.issuer(r.PathValue("issuer"))
	ctx, cancel := context.WithTimeout(r.Context(), callTime)
	defer cancel()
	err := errors.New("there is no such issuer")
	if i != nil {
		err = s.endUnder(ctx, i, r.PostFormValue("logout_token"))
	}
	switch {
	case err == nil:
		w.WriteHeader(http.StatusOK)
	case errors.Is(err, store.ErrAway), errors.Is(err, errAway), errors.Is(err, context.DeadlineExceeded):
		s.log.Warn("a logout of a provider is not carried out", "from", clientOf(r), "error", err)
		w.Header().Set("Retry-After", "5")
		w.WriteHeader(http.StatusServiceUnavailable)
	default:
		s.log.Warn("a logout token was refused", "from", clientOf(r), "error", err)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": "invalid_request", "error_description": "the logout token does not count here"})
	}
}

// endUnder verifies a logout token, uses it once, and ends the sessions that it speaks of.
func (s *SignIn) endUnder(ctx context.Context, i *issuer, raw string) error {
	if raw == "" || len(raw) > maxBearer {
		return errors.New("the logout token is missing, or too long")
	}
	p, err := i.provider(ctx)
	if err != nil {
		return err
	}
	token, err := i.verifier(p, i.ClientID).VerifyLogout(i.calling(ctx), raw)
	if keysAway(err) {
		return fmt.Errorf("%w: %w", errAway, err)
	}
	if err != nil {
		return err
	}
	if err := s.checkLogout(token); err != nil {
		return err
	}
	// The token is spent with the end of the last session: where that fails, the provider may
	// send it again.
	ended, err := s.engine.Sessions().CloseUnder(ctx, request.Provider{Issuer: i.URL, Subject: token.Subject, Session: token.SessionID},
		"logout\n"+i.URL+"\n"+token.TokenID, logoutTime+2*leeway)
	if err == nil {
		s.log.Info("a provider has ended sessions", "issuer", i.URL, "sessions", ended)
	}
	return err
}

// checkLogout is what go-oidc does not look at: when a token was made, and that its event
// is an object (2.4 and 2.6).
func (s *SignIn) checkLogout(token *oidc.LogoutToken) error {
	var said struct {
		Events map[string]json.RawMessage `json:"events"`
	}
	var event map[string]any
	if err := token.Claims(&said); err != nil {
		return err
	}
	if err := json.Unmarshal(said.Events["http://schemas.openid.net/event/backchannel-logout"], &event); err != nil || event == nil {
		return errors.New("its event is no object")
	}
	now := s.now()
	if token.IssuedAt.IsZero() || token.IssuedAt.After(now.Add(leeway)) || token.IssuedAt.Before(now.Add(-logoutTime)) {
		return fmt.Errorf("it was made at %s: more than %s ago, or in the future", token.IssuedAt.UTC().Format(time.RFC3339), logoutTime)
	}
	return nil
}

// logoutTime is how old a logout token may be. Its id is remembered for longer.
const logoutTime = 10 * time.Minute
