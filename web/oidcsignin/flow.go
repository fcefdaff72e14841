package oidcsignin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/site"
)

// The bounds of a sign-in.
const (
	attemptTime = 15 * time.Minute // for people to prove who they are
	callTime    = 15 * time.Second // for all calls of the provider at one step
	maxReturn   = 32 << 10         // of the path to come back to
)

// attempt is a sign-in under way. It is kept under its state, until the provider sends the
// browser back with that.
type attempt struct {
	Issuer   string    `json:"issuer"`
	Browser  string    `json:"browser"` // digest of the cookie that binds it
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"` // of PKCE
	Return   string    `json:"return"`
	Fresh    bool      `json:"fresh,omitempty"` // they shall prove it anew
	Begun    time.Time `json:"begun"`
}

// begin sends a browser to the provider or, where there are several and none is named, to
// choose one.
func (s *SignIn) begin(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	i := s.issuer(q.Get("issuer"))
	if i == nil && len(s.issuers) == 1 && !q.Has("issuer") {
		i = s.issuers[0]
	}
	if i == nil {
		s.choose(w, r)
		return
	}
	if wait := s.begun.Take(clientOf(r)); wait > 0 {
		s.fail(w, r, i, s.back(r), site.TooOften(wait))
		return
	}
	to, err := s.leave(w, r, i)
	if err != nil {
		s.fail(w, r, i, s.back(r), err)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// back is the path to come back to after a sign-in.
func (s *SignIn) back(r *http.Request) string {
	to := site.ReturnPath(r, s.home())
	if at, _, _ := strings.Cut(to, "?"); len(to) > maxReturn || at == s.SignInPath() || strings.HasPrefix(at, s.here("")) {
		return s.home()
	}
	return to
}

// leave keeps an attempt, and returns the URL at the provider.
func (s *SignIn) leave(w http.ResponseWriter, r *http.Request, i *issuer) (string, error) {
	ctx, cancel := context.WithTimeout(r.Context(), callTime)
	defer cancel()
	p, err := i.provider(ctx)
	if err != nil {
		return "", err
	}
	config, err := i.config(ctx, p, s.callback(i))
	if err != nil {
		return "", err
	}
	q := r.URL.Query()
	a := attempt{Issuer: i.Name, Browser: store.Digest(s.browser(w, r)), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(),
		Return: s.back(r), Fresh: q.Get("fresh") == "1", Begun: s.now()}
	state := rand.Text()
	kept, err := json.Marshal(a)
	if err != nil {
		return "", err
	}
	if err := s.engine.Sessions().Keep(ctx, attemptKey(state), kept, attemptTime); err != nil {
		return "", err
	}
	return config.AuthCodeURL(state, s.asking(a, q.Get("acr"))...), nil
}

func attemptKey(state string) string { return "sign-in\n" + state }

// callback is the redirect URI for an issuer. Each has its own, so that the answer of one
// is never taken for that of another, also where it does not name itself (RFC 9700, 4.4).
func (s *SignIn) callback(i *issuer) string {
	to := s.here("callback")
	if i.Name != "" {
		to += "/" + i.Name
	}
	return s.external(to)
}

var acrValue = regexp.MustCompile(`^[\x21-\x7e]{1,200}$`)

// asking are the parameters of the request to the provider.
func (s *SignIn) asking(a attempt, acr string) []oauth2.AuthCodeOption {
	all := []oauth2.AuthCodeOption{oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)}
	if a.Fresh {
		all = append(all, oauth2.SetAuthURLParam("max_age", "0"), oauth2.SetAuthURLParam("prompt", "login"))
	}
	if acrValue.MatchString(acr) {
		all = append(all, oauth2.SetAuthURLParam("acr_values", acr))
	}
	return all
}

// refusal is a sign-in that did not come about, in words for the person.
type refusal struct {
	words string
	cause error // for the log; may be nil
}

func (f *refusal) Error() string {
	if f.cause == nil {
		return f.words
	}
	return f.words + " " + f.cause.Error()
}

func (f *refusal) Unwrap() error { return f.cause }

func refuse(cause error, words string) error { return &refusal{words, cause} }

// returned is where the provider sends the browser back.
func (s *SignIn) returned(w http.ResponseWriter, r *http.Request) {
	i := s.issuer(r.PathValue("issuer"))
	if i == nil {
		s.fail(w, r, nil, s.home(), refuse(nil, "There is no such provider."))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), callTime)
	defer cancel()
	a, err := s.take(ctx, r, i)
	if err != nil {
		s.fail(w, r, i, s.home(), err)
		return
	}
	opened, err := s.prove(ctx, r, i, a)
	if err == nil {
		err = s.open(ctx, w, r, opened)
	}
	if err != nil {
		s.fail(w, r, i, a.Return, err)
		return
	}
	http.Redirect(w, r, a.Return, http.StatusSeeOther)
}

// take takes the attempt that the browser comes back with, once.
func (s *SignIn) take(ctx context.Context, r *http.Request, i *issuer) (attempt, error) {
	const again = "This sign-in was used already, took too long, or was begun in another browser. Please sign in again."
	q := r.URL.Query()
	if len(q["state"]) != 1 || len(q["code"]) > 1 || len(q["iss"]) > 1 {
		return attempt{}, refuse(nil, again)
	}
	cookie, err := r.Cookie(s.cookieName(attemptCookie))
	if err != nil {
		return attempt{}, refuse(nil, again)
	}
	kept, err := s.engine.Sessions().Take(ctx, attemptKey(q.Get("state")))
	if errors.Is(err, store.ErrNotFound) {
		return attempt{}, refuse(nil, again)
	}
	if err != nil {
		return attempt{}, err
	}
	var a attempt
	if err := json.Unmarshal(kept, &a); err != nil {
		return attempt{}, err
	}
	if subtle.ConstantTimeCompare([]byte(a.Browser), []byte(store.Digest(cookie.Value))) != 1 {
		return attempt{}, refuse(nil, again)
	}
	if a.Issuer != i.Name {
		return attempt{}, refuse(nil, "Another provider has answered than the one that was asked.")
	}
	return a, nil
}

// prove exchanges the code and verifies what the provider says.
func (s *SignIn) prove(ctx context.Context, r *http.Request, i *issuer, a attempt) (request.Session, error) {
	p, err := i.provider(ctx)
	if err != nil {
		return request.Session{}, err
	}
	if err := i.checkAnswer(r, p); err != nil {
		return request.Session{}, err
	}
	config, err := i.config(ctx, p, s.callback(i))
	if err != nil {
		return request.Session{}, err
	}
	token, err := config.Exchange(i.calling(ctx), r.URL.Query().Get("code"), oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return request.Session{}, exchangeError(err)
	}
	raw, is := token.Extra("id_token").(string)
	if !is {
		return request.Session{}, refuse(nil, "The provider has sent no ID token.")
	}
	id, err := i.verifier(p, i.ClientID).Verify(i.calling(ctx), raw)
	if err != nil {
		return request.Session{}, tokenError(err)
	}
	all, err := s.claimsOf(ctx, i, p, id, token, a)
	if err != nil {
		return request.Session{}, err
	}
	return s.session(r, i, id, all, raw)
}

// checkAnswer looks at what the browser has brought from the provider.
func (i *issuer) checkAnswer(r *http.Request, p *provider) error {
	q := r.URL.Query()
	if p.NamesItself || q.Has("iss") { // RFC 9207, 2.4
		if q.Get("iss") != i.URL {
			return refuse(fmt.Errorf("iss is %q", q.Get("iss")), "Another provider has answered than the one that was asked.")
		}
	}
	if code := q.Get("error"); code != "" {
		return refuse(fmt.Errorf("%q: %q", code, q.Get("error_description")), providerWords(code))
	}
	if q.Get("code") == "" {
		return refuse(nil, "The provider has sent no code.")
	}
	return nil
}

func providerWords(code string) string {
	switch code {
	case "access_denied":
		return "The provider says that you may not sign in here, or the sign-in was canceled."
	case "login_required", "interaction_required", "account_selection_required", "consent_required":
		return "The provider has to ask you something first. Please sign in again."
	case "unmet_authentication_requirements":
		return "The provider cannot have you prove who you are in the way that is needed here."
	case "temporarily_unavailable", "server_error":
		return "The provider cannot sign anybody in at the moment. Please try again in a minute."
	}
	return "The provider refuses the sign-in. An administrator finds the reason in the log."
}

// exchangeError says of an exchange that went wrong whether the provider refused it.
func exchangeError(err error) error {
	if said := (*oauth2.RetrieveError)(nil); errors.As(err, &said) && said.Response.StatusCode < 500 {
		// The body of the answer stays out: it may hold what was sent.
		return refuse(fmt.Errorf("the token endpoint answers %d %q", said.Response.StatusCode, said.ErrorCode), "The provider does not accept its own answer: it may have been used already. Please sign in again.")
	}
	return fmt.Errorf("%w: at the token endpoint", errAway)
}

// tokenError says why a token does not count.
func tokenError(err error) error {
	if keysAway(err) {
		return fmt.Errorf("%w: %w", errAway, err)
	}
	if over := (*oidc.TokenExpiredError)(nil); errors.As(err, &over) {
		return refuse(fmt.Errorf("it was over at %s", over.Expiry.UTC().Format(time.RFC3339)), clockWords)
	}
	return refuse(err, "The provider’s ID token does not count here. An administrator finds the reason in the log.")
}

const clockWords = "The provider’s ID token is not of this time: the clocks of the provider and of this server are more than a minute apart. An administrator has to set one of them."

// claimsOf checks the rest of an ID token (OpenID Connect Core 3.1.3.7), and returns its
// claims with those of the UserInfo endpoint.
func (s *SignIn) claimsOf(ctx context.Context, i *issuer, p *provider, id *oidc.IDToken, token *oauth2.Token, a attempt) (claims, error) {
	var all claims
	if err := id.Claims(&all); err != nil {
		return nil, tokenError(err)
	}
	switch azp := all.text("azp"); {
	case id.Nonce == "" || subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(a.Nonce)) != 1:
		return nil, tokenError(errors.New("its nonce is not the one that was sent"))
	case len(id.Audience) > 1 && azp == "", azp != "" && azp != i.ClientID:
		return nil, tokenError(fmt.Errorf("it was made for %q", azp))
	case id.IssuedAt.IsZero() || id.IssuedAt.After(s.now().Add(leeway)):
		return nil, refuse(fmt.Errorf("it was made at %s", id.IssuedAt.UTC().Format(time.RFC3339)), clockWords)
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(token.AccessToken); err != nil {
			return nil, tokenError(err)
		}
	}
	if at := moment(all, "auth_time"); a.Fresh && at.Before(a.Begun.Add(-leeway)) {
		return nil, refuse(fmt.Errorf("auth_time is %s", at.UTC().Format(time.RFC3339)), "You were asked to prove anew who you are, and the provider does not say that you have.")
	}
	if _, why := i.unknown(all); why != "" && i.UserInfo {
		more, err := i.userInfo(ctx, p, id, token)
		if err != nil {
			s.log.Warn("the UserInfo endpoint of a provider cannot be asked", "issuer", i.URL, "error", err)
		}
		all.with(more, i.Claims.Groups)
	}
	return all, nil
}

// userInfo asks the UserInfo endpoint. An answer about somebody else is refused
// (OpenID Connect Core 5.3.2).
func (i *issuer) userInfo(ctx context.Context, p *provider, id *oidc.IDToken, token *oauth2.Token) (claims, error) {
	said, err := p.UserInfo(i.calling(ctx), oauth2.StaticTokenSource(token))
	if err != nil {
		return nil, err
	}
	if said.Subject != id.Subject {
		return nil, errors.New("it speaks of somebody else")
	}
	var all claims
	return all, said.Claims(&all)
}

// moment is a claim that is a time, in seconds; zero where it is missing.
func moment(c claims, name string) time.Time {
	var seconds json.Number
	if json.Unmarshal(c.at(name), &seconds) != nil {
		return time.Time{}
	}
	at, err := seconds.Float64()
	if err != nil || at <= 0 || at > 1<<40 {
		return time.Time{}
	}
	return time.Unix(int64(at), 0).UTC()
}

// session is the session of whoever a token speaks of.
func (s *SignIn) session(r *http.Request, i *issuer, id *oidc.IDToken, all claims, raw string) (request.Session, error) {
	who, why, err := i.identity(all)
	if err != nil {
		return request.Session{}, refuse(err, "The provider’s ID token does not say who you are in a way that can be used here. An administrator finds the reason in the log.")
	}
	signed := request.SignIn{At: moment(all, "auth_time"), ACR: all.text("acr")}
	signed.AMR, _ = all.texts("amr")
	remark := ""
	if why != "" {
		s.log.Warn("the groups of somebody are not known", "person", who.Person(), "issuer", i.URL, "why", why, "claim", i.Claims.Groups)
		remark = site.Capital("your groups are not known, for " + why + ": nothing of yours ends by that, and what depends on a group is asked of people")
	}
	provider := request.Provider{Issuer: i.URL, Subject: id.Subject, Session: all.text("sid"), Token: raw}
	if len(raw) > maxHint {
		provider.Token = ""
	}
	return request.Session{Identity: who, SignedIn: signed, Remark: remark, Provider: provider, Agent: r.UserAgent(), Idle: s.options.Idle, Most: s.options.Lifetime}, nil
}

// maxHint bounds the ID token that is kept to be named at sign-out: it goes into a URL.
const maxHint = 4 << 10

// open begins a session, under a token that nobody has seen before.
func (s *SignIn) open(ctx context.Context, w http.ResponseWriter, r *http.Request, opened request.Session) error {
	held, err := s.sessions.Load(ctx, s.token(r))
	if err != nil {
		return err
	}
	if err := s.sessions.RenewToken(held); err != nil {
		return err
	}
	for _, key := range s.sessions.Keys(held) {
		s.sessions.Remove(held, key)
	}
	s.sessions.Put(held, sessionKey, opened)
	token, expires, err := s.sessions.Commit(held)
	if errors.Is(err, request.ErrForbidden) {
		return refuse(err, "You may not sign in here: your account is disabled.")
	}
	if err != nil {
		return err
	}
	s.sessions.WriteSessionCookie(held, w, token, expires)
	return nil
}

// fail shows why a sign-in did not come about, and a way to try again. Causes go to the log.
func (s *SignIn) fail(w http.ResponseWriter, r *http.Request, i *issuer, to string, err error) {
	status, words := http.StatusBadRequest, ""
	refused := (*refusal)(nil)
	switch {
	case errors.As(err, &refused):
		words = refused.words
		if errors.Is(err, request.ErrForbidden) {
			status = http.StatusForbidden
		}
	case errors.Is(err, errAway), errors.Is(err, context.DeadlineExceeded):
		status, words = http.StatusServiceUnavailable, "The provider of your sign-in does not answer. Please try again in a minute."
	default:
		p := site.ProblemOf(err)
		status, words = p.Status, p.Detail
	}
	name := ""
	if i != nil {
		name = i.URL
	}
	s.log.Warn("a sign-in did not come about", "issuer", name, "from", clientOf(r), "error", err)
	if slices.Contains([]int{http.StatusServiceUnavailable, http.StatusTooManyRequests}, status) {
		w.Header().Set("Retry-After", "5")
	}
	s.show(w, status, "failed", failedPage{Words: words, Again: s.again(i, to)})
}
