// Package hooknotify calls webhooks: it signs what is sent by the scheme of
// Standard Webhooks, posts it, and says what the receiver answered.
//
// Addresses that are not on the public internet are refused unless the operator
// allows them, at the time of the connection, so that no name can be made to lead
// to them afterwards. Redirects are not followed, and no proxy is used.
package hooknotify

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"code.dny.dev/ssrf"

	"github.com/grantwright/grantwright/notify"
)

// ErrRefused is wrapped when an address is not one that may be called.
var ErrRefused = errors.New("the address is not allowed")

// Options say whom a Client may call. The zero Options allow the public internet,
// at any port.
type Options struct {
	// Allow are addresses that may be called although they are private, loopback
	// or link-local.
	Allow []netip.Prefix

	// Timeout is how long an answer may take; zero means notify.AnswerTimeout.
	Timeout time.Duration

	Now func() time.Time // nil means time.Now
}

// Client calls webhooks. Any number of goroutines may use it.
type Client struct {
	timeout          time.Duration
	now              func() time.Time
	strict, insecure *http.Client
	dial             *net.Dialer
}

// New returns a client.
func New(o Options) *Client {
	c := &Client{timeout: o.Timeout, now: o.Now}
	if c.timeout == 0 {
		c.timeout = notify.AnswerTimeout
	}
	if c.now == nil {
		c.now = time.Now
	}
	c.dial = dialer(o.Allow)
	c.strict, c.insecure = newHTTPClient(c.dial, false), newHTTPClient(c.dial, true)
	return c
}

// dialer connects to nothing but what is allowed. It is asked about each address
// that a name leads to, when it is connected to.
func dialer(allow []netip.Prefix) *net.Dialer {
	var v4, v6 []netip.Prefix
	for _, p := range allow {
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	guard := ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
	return &net.Dialer{Timeout: notify.AnswerTimeout, Control: guard.Safe}
}

func newHTTPClient(dial *net.Dialer, insecure bool) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  nil,
			DialContext:            dial.DialContext,
			TLSClientConfig:        &tls.Config{InsecureSkipVerify: insecure, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    notify.AnswerTimeout,
			MaxIdleConnsPerHost:    64, // several webhooks may be at one host, each with some calls at once
			IdleConnTimeout:        time.Minute,
			MaxResponseHeaderBytes: 64 << 10,
			DisableCompression:     true, // an answer is read as it comes: nothing can grow
			ForceAttemptHTTP2:      true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

const whyRefused = "it is private, loopback, link-local or otherwise not on the public internet; the operator can allow it"

// CheckHost refuses a URL whose host is an address that may not be called, or localhost. It
// looks no name up: what that leads to is asked at each call. The error wraps ErrRefused.
func (c *Client) CheckHost(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return nil // whoever reads the URL says so
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		host = "127.0.0.1" // RFC 6761, section 6.3
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return nil
	}
	network := "tcp4"
	if ip = ip.Unmap(); ip.Is6() {
		network = "tcp6"
	}
	if err := c.dial.Control(network, netip.AddrPortFrom(ip, 443).String(), nil); err != nil {
		return fmt.Errorf("%w: %s", ErrRefused, whyRefused)
	}
	return nil
}

// Call is one attempt to deliver a message.
type Call struct {
	URL      string
	Insecure bool     // do not verify the receiver's certificate
	Secrets  [][]byte // that sign it, at least one
	ID       string   // of the message, the same at every attempt
	Body     []byte
}

// Post makes a call. It never returns an error: what went wrong is in the Try.
func (c *Client) Post(ctx context.Context, call Call) notify.Try {
	began := time.Now()
	try := notify.Try{At: c.now().UTC().Truncate(time.Microsecond)}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var err error
	var begin []byte
	try.Status, begin, err = c.post(ctx, call, try.At, notify.MaxExcerptBytes)
	try.Excerpt = string(begin)
	switch {
	case err != nil:
		try.Error = c.reason(ctx, err)
	case try.Status/100 == 3:
		try.Error = fmt.Sprintf("answered %d; redirects are not followed: register the address that it leads to", try.Status)
	case try.Status/100 != 2:
		try.Error = fmt.Sprintf("answered %d", try.Status)
	}
	try.Took = time.Since(began).Truncate(time.Microsecond)
	return try
}

// MaxAnswerBytes bounds the answer that Ask returns.
const MaxAnswerBytes = 256 << 10

// Ask posts a body of which the answer matters, and returns that. Secrets are those
// that sign it, as receivers are given them, with spaces between. An answer that is
// longer than MaxAnswerBytes is cut.
func (c *Client) Ask(ctx context.Context, url, secrets, id string, body []byte) (status int, answer []byte, err error) {
	call := Call{URL: url, ID: id, Body: body}
	for _, text := range strings.Fields(secrets) {
		secret, err := ParseSecret(text)
		if err != nil {
			return 0, nil, err
		}
		call.Secrets = append(call.Secrets, secret)
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	status, answer, err = c.post(ctx, call, c.now().UTC(), MaxAnswerBytes)
	if err != nil {
		err = errors.New(c.reason(ctx, err))
	}
	return status, answer, err
}

func (c *Client) post(ctx context.Context, call Call, at time.Time, most int64) (status int, begin []byte, err error) {
	if len(call.Secrets) == 0 {
		return 0, nil, errors.New("no secret signs it: all are over")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, call.URL, bytes.NewReader(call.Body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Grantwright")
	sign(r.Header, call, at)
	client := c.strict
	if call.Insecure {
		client = c.insecure
	}
	answer, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	begin, err = io.ReadAll(io.LimitReader(answer.Body, most))
	return answer.StatusCode, begin, err
}

// reason says what went wrong, without the URL: its query may hold a token.
func (c *Client) reason(ctx context.Context, err error) string {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork):
		return fmt.Sprintf("%v: %s", ErrRefused, whyRefused)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Sprintf("no whole answer within %s", c.timeout)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "the connection was closed in the middle of the answer"
	}
	return err.Error()
}

// Timeout is how long an answer may take.
func (c *Client) Timeout() time.Duration { return c.timeout }
