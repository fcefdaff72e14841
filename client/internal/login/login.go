// Package login gets a token for a terminal: somebody who is signed in on the pages of the
// server allows it there, by a redirect to this machine (RFC 8252, with PKCE of RFC 7636)
// or, where the browser is on another one, by a code that they type (RFC 8628).
package login

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/grantwright/grantwright/client"
	"github.com/grantwright/grantwright/client/api"
)

// ErrDenied is the error when the person has not allowed it.
var ErrDenied = errors.New("it was not allowed on the page")

// Asked is what a program asks to be allowed.
type Asked struct {
	Name  string // what the token will be called, such as gw on laptop
	Scope string // classes of operations, with spaces between them; the person decides
	Days  int    // that the token is to work; zero leaves it to the server
}

// Granted is a token that was allowed.
type Granted struct {
	Secret string `json:"secret"`
	Token  struct {
		ID      string    `json:"id"`
		Owner   string    `json:"owner"`
		Expires time.Time `json:"expires"`
	} `json:"token"`
}

// within bounds how long a person is waited for: the server forgets codes after ten minutes.
const within = 10 * time.Minute

// Loopback waits on this machine for the browser. show is told the address that the person
// has to open in it.
func Loopback(ctx context.Context, c *client.Client, asked Asked, show func(address string)) (Granted, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return Granted{}, fmt.Errorf("no port is free on this machine: %w", err)
	}
	b := &browser{host: listener.Addr().String(), state: rand.Text(), answer: make(chan answer, 1)}
	server := &http.Server{Handler: b, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, MaxHeaderBytes: 16 << 10}
	go func() { _ = server.Serve(listener) }()
	defer closeServer(server)
	verifier := rand.Text() + rand.Text()
	show(c.Link("/cli?" + b.query(asked, verifier).Encode()))
	select {
	case a := <-b.answer:
		if a.err != nil {
			return Granted{}, a.err
		}
		return exchange(ctx, c, a.code, verifier)
	case <-ctx.Done():
		return Granted{}, fmt.Errorf("nobody has allowed it on the page: %w", ctx.Err())
	}
}

// closeServer lets the last page reach the browser.
func closeServer(s *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.Shutdown(ctx) != nil {
		_ = s.Close()
	}
}

// exchange turns a code into a token.
func exchange(ctx context.Context, c *client.Client, code, verifier string) (Granted, error) {
	return token(ctx, c, "/api/v1/tokens/exchange", map[string]string{"code": code, "verifier": verifier})
}

// token calls an operation that answers with a token.
func token(ctx context.Context, c *client.Client, path string, body any) (g Granted, err error) {
	err = c.Send(ctx, api.Call{Method: http.MethodPost, Path: path, Body: body, Accept: "application/json"}, &g)
	if err == nil && !strings.HasPrefix(g.Secret, "gwt_") {
		return Granted{}, errors.New("the server has not answered with a token of its own")
	}
	return g, err
}

// browser waits for the redirect of a browser.
type browser struct {
	host, state string
	answer      chan answer // of the first redirect with the state
}

type answer struct {
	code string
	err  error
}

const callback = "/callback"

// query is what the page is asked with.
func (b *browser) query(asked Asked, verifier string) url.Values {
	challenge := sha256.Sum256([]byte(verifier))
	q := url.Values{"redirect_uri": {"http://" + b.host + callback}, "state": {b.state}, "name": {asked.Name},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"}}
	if asked.Scope != "" {
		q.Set("scope", asked.Scope)
	}
	if asked.Days > 0 {
		q.Set("days", strconv.Itoa(asked.Days))
	}
	return q
}

// ServeHTTP takes the redirect. Anything on this machine can call it: without the state it
// changes nothing.
func (b *browser) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	q := r.URL.Query()
	state := subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(b.state)) == 1
	if r.Method != http.MethodGet || r.URL.Path != callback || r.Host != b.host || !state {
		w.WriteHeader(http.StatusBadRequest)
		page(w, "This is not the answer that gw waits for.")
		return
	}
	a, says := answer{code: q.Get("code")}, "You are signed in. You can close this tab and go back to the terminal."
	switch {
	case q.Get("error") != "":
		a, says = answer{err: ErrDenied}, "You have not allowed it. You can close this tab."
	case a.code == "":
		a, says = answer{err: errors.New("the page has sent no code")}, "Something is missing. Please try again."
	}
	select {
	case b.answer <- a:
	default: // was answered already
		says = "This was answered already."
	}
	page(w, says)
}

func page(w http.ResponseWriter, says string) {
	_, _ = fmt.Fprintf(w, "<!doctype html><html lang=\"en\"><title>Grantwright</title><p>%s</p></html>\n", says)
}
