// Package client calls a Grantwright server: it asks for access, decides, and reads who has
// access to what.
//
//	access, err := client.New("https://access.example.com", client.Token(token))
//	…
//	made, err := access.Submit(ctx, api.SubmissionBody{Asset: "warehouse:sales.public.orders", Answers: answers})
//	…
//	done, err := access.WaitFor(ctx, made.ID)
//
// A Client has a method for each operation of the API, with the types of package api. What
// the server refuses is a *Problem. Calls that may be repeated safely are repeated for a
// short time while the server is away or asks for a break; what makes something gets an
// Idempotency-Key, so that it is made once. Nothing waits longer than its context.
package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/grantwright/grantwright/client/api"
)

// Problem is what the server has refused: errors.As finds it in the error of every call. Its
// Code, such as NOT_FOUND, names the kind; Errors lists each fault of what was sent.
type Problem = api.Problem

// AwaitingError says that a change is not in force: it takes a second person, who finds it as
// a proposal.
type AwaitingError = api.AwaitingError

// Client calls one server. It may be used by several goroutines at once.
type Client struct {
	*api.Client

	base     url.URL
	header   http.Header
	http     *http.Client
	plain    bool
	patience time.Duration
}

// Option changes how a Client calls.
type Option func(*Client) error

// Token signs calls with a bearer token.
func Token(token string) Option {
	return func(c *Client) error {
		if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return errors.New("client: the token is empty, or has characters that no token has") // which ones is secret
		}
		c.header.Set("Authorization", "Bearer "+token)
		return nil
	}
}

// Header is sent with each call, such as Grantwright-User for a server that runs with
// -auth=dev.
func Header(name, value string) Option {
	return func(c *Client) error {
		c.header.Set(name, value)
		return nil
	}
}

// Transport sends the calls. Without it they go out as http.DefaultTransport does it, with
// proxies of the environment, and TLS 1.2 at least.
func Transport(t http.RoundTripper) Option {
	return func(c *Client) error {
		c.http.Transport = t
		return nil
	}
}

// PlainHTTP allows an address that begins with http:// on another machine. Whoever is on
// the way there can read the token.
func PlainHTTP() Option {
	return func(c *Client) error {
		c.plain = true
		return nil
	}
}

// Patience is how long a call may wait before it is tried again, where the server says when:
// if that is later, its refusal is the error. Zero tries nothing again. It is 15 seconds without this.
func Patience(most time.Duration) Option {
	return func(c *Client) error {
		c.patience = most
		return nil
	}
}

// New makes a Client of the server at an address such as https://access.example.com, or
// https://data.example.com/access. It sends nothing.
func New(address string, options ...Option) (*Client, error) {
	c := &Client{header: http.Header{}, patience: 15 * time.Second, http: &http.Client{CheckRedirect: stay}}
	for _, o := range options {
		if err := o(c); err != nil {
			return nil, err
		}
	}
	if err := c.at(address); err != nil {
		return nil, err
	}
	if c.http.Transport == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		c.http.Transport = transport
	}
	c.Client = &api.Client{Send: c.send}
	return c, nil
}

// stay follows no redirect: the API has none, and a token must not reach another host.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// at sets the address of the server.
func (c *Client) at(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("client: the address is %q, must be one such as https://access.example.com", withoutUser(address))
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errors.New("client: the address must have no user, no query and no fragment")
	case u.Scheme == "http" && !c.plain && !loopback(u.Hostname()):
		return fmt.Errorf("client: http://%s would send what is secret in the clear: use https://, or allow it (PlainHTTP)", u.Host)
	}
	c.base = url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimSuffix(u.Path, "/")}
	return nil
}

// withoutUser is an address without what stands before @, which may be a password.
func withoutUser(address string) string {
	if at := strings.LastIndex(address, "@"); at >= 0 {
		return "…" + address[at:]
	}
	return address
}

// loopback reports whether a host is this machine, whatever its resolver says.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// Address is where the server is, without a slash at its end.
func (c *Client) Address() string { return c.base.String() }

// Link is the address of a path that the server names, such as a request link. What is an
// address already stays as it is.
func (c *Client) Link(path string) string {
	if !strings.HasPrefix(path, "/") {
		return path
	}
	if c.base.Path != "" && strings.HasPrefix(path, c.base.Path+"/") { // under the prefix already
		path = strings.TrimPrefix(path, c.base.Path)
	}
	return c.base.String() + path
}

// Code is the code of the Problem in an error, such as NOT_FOUND; empty without one.
func Code(err error) string {
	if p := (*Problem)(nil); errors.As(err, &p) {
		return p.Code
	}
	return ""
}

// nothingSent reports whether an error says that no connection came about.
func nothingSent(err error) bool {
	op := (*net.OpError)(nil)
	return errors.As(err, &op) && op.Op == "dial"
}

type contextKey int

const (
	sentKey contextKey = iota
	receivedKey
)

// WithHeader is a context whose calls send a header field beside those of the Client, such as
// If-Match, or an Idempotency-Key of your own.
func WithHeader(ctx context.Context, name, value string) context.Context {
	all := sentWith(ctx).Clone()
	if all == nil {
		all = http.Header{}
	}
	all.Set(name, value)
	return context.WithValue(ctx, sentKey, all)
}

func sentWith(ctx context.Context) http.Header {
	h, _ := ctx.Value(sentKey).(http.Header)
	return h
}

// Received is a context whose calls write the header of their last answer to h, such as its
// ETag. Calls at the same time need one each.
func Received(ctx context.Context, h *http.Header) context.Context {
	return context.WithValue(ctx, receivedKey, h)
}
