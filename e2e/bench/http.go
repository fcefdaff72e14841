package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web"
)

const httpFigure = "flow over HTTP"

func measureHTTP(ctx context.Context, b *bench) ([]row, error) {
	return b.flows(ctx, flowing{figure: httpFigure, ratio: 1.0 / 3, open: overHTTP(false)})
}

// measureTokens measures the same by bearer tokens of ours, for which the issue has no target.
func measureTokens(ctx context.Context, b *bench) ([]row, error) {
	return b.flows(ctx, flowing{figure: "flow over HTTP, by tokens", ratio: 1.0 / 3, open: overHTTP(true)})
}

// overHTTP does a flow in three calls of a program that is signed in by a cookie, or has a token.
func overHTTP(tokens bool) func(w *world, at int) (acting, func(), error) {
	return func(w *world, at int) (acting, func(), error) {
		s, err := serveHTTP(w, at)
		if err != nil {
			return nil, nil, err
		}
		s.tokens = tokens
		return s.flow, s.stop, nil
	}
}

const sessionCookie = "session"

// site is the web handler of an engine on loopback, with the sessions of a host.
type site struct {
	world    *world
	server   http.Server
	client   http.Client
	address  string
	sessions sync.Map // of tokens to identities
	tokens   bool     // everybody calls with a bearer token
	issued   sync.Map // tokens, by person
}

func serveHTTP(w *world, at int) (*site, error) {
	s := &site{world: w, client: http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: at}, Timeout: time.Minute}}
	handler, err := web.Handler(w.engine, web.Options{Authenticate: s.authenticate, Logger: logger()})
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.address = "http://" + listener.Addr().String()
	s.server = http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = s.server.Serve(listener) }()
	return s, nil
}

func (s *site) stop() {
	s.client.CloseIdleConnections()
	_ = s.server.Close()
}

func (s *site) authenticate(r *http.Request) (request.Identity, error) {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return request.Identity{}, web.ErrSignIn
	}
	by, is := s.sessions.Load(cookie.Value)
	if !is {
		return request.Identity{}, web.ErrSignIn
	}
	return by.(request.Identity), nil
}

// signIn begins a session, as the host of the handler does, and returns the header that has it.
func (s *site) signIn(ctx context.Context, by request.Identity) (http.Header, error) {
	if s.tokens {
		secret, err := s.token(ctx, by)
		return http.Header{"Authorization": {"Bearer " + secret}}, err
	}
	token := strings.ReplaceAll(by.ID, "@", ".")
	s.sessions.Store(token, by)
	return http.Header{"Cookie": {sessionCookie + "=" + token}}, nil
}

// token issues a token once for each person.
func (s *site) token(ctx context.Context, by request.Identity) (string, error) {
	if secret, is := s.issued.Load(by.ID); is {
		return secret.(string), nil
	}
	_, secret, err := s.world.engine.Tokens().Issue(ctx, by, request.TokenSettings{Name: "bench", Days: 1,
		Scope: request.TokenScope{Operations: []string{request.ScopeRead, request.ScopeAsk, request.ScopeDecide}}})
	s.issued.Store(by.ID, secret)
	return secret, err
}

// flow submits, approves and waits for the access: three calls.
func (s *site) flow(ctx context.Context, by request.Identity) error {
	mine, err := s.signIn(ctx, by)
	if err != nil {
		return err
	}
	stewards, err := s.signIn(ctx, steward)
	if err != nil {
		return err
	}
	in := s.world.submission()
	var req request.Request
	if err := s.call(ctx, mine, "POST", "/api/v1/requests", map[string]any{"asset": in.Asset, "answers": in.Answers}, &req); err != nil {
		return err
	}
	if err := s.call(ctx, stewards, "POST", "/api/v1/requests/"+string(req.ID)+"/determinations", map[string]any{"act": review.Approve}, nil); err != nil {
		return err
	}
	var now struct{ Grant provision.Grant }
	if err := s.call(ctx, mine, "GET", "/api/v1/requests/"+string(req.ID)+"?wait=30", nil, &now); err != nil {
		return err
	}
	if now.Grant.State != provision.Active {
		return errors.New("the grant is " + string(now.Grant.State) + " " + now.Grant.Error)
	}
	return nil
}

// call does one call, and decodes the answer unless out is nil.
func (s *site) call(ctx context.Context, session http.Header, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, s.address+path, body)
	if err != nil {
		return err
	}
	r.Header = session.Clone()
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		return errors.Join(err, fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, text))
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}
