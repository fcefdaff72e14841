package client

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/grantwright/grantwright/client/api"
)

const (
	tries     = 4                      // of one call at most
	firstWait = 200 * time.Millisecond // where the server says nothing; doubled each time
)

// pause waits until a call is to be tried again, and reports whether it is.
func (c *Client) pause(ctx context.Context, call api.Call, try int, retryAfter string, err error) bool {
	if try >= tries || c.patience <= 0 || ctx.Err() != nil || !mayPass(call, err) {
		return false
	}
	wait, said := after(retryAfter, time.Now())
	if !said {
		wait = firstWait<<(try-1) + rand.N(firstWait)
	}
	end, bound := ctx.Deadline()
	if wait > c.patience || bound && time.Until(end) < wait {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// mayPass reports whether the same call may be answered later, and may be sent again: because
// nothing of it was done, or because doing it twice is the same as once.
func mayPass(call api.Call, err error) bool {
	p := (*api.Problem)(nil)
	if !errors.As(err, &p) {
		return nothingSent(err) || repeatable(call) && transient(err)
	}
	switch p.Status {
	case http.StatusTooManyRequests:
		return p.Code != "LIMIT" // that is no pace: something has to end first
	case http.StatusServiceUnavailable:
		return repeatable(call)
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return repeatable(call) && p.Code == "" // a proxy's; ours speaks of a data platform
	}
	return false
}

// repeatable reports whether doing a call twice is the same as once.
func repeatable(call api.Call) bool { return call.Keyed || call.Method == http.MethodGet }

// transient reports whether an error is of the way to the server, and may pass: not that its
// certificate is not trusted, nor what a server said.
func transient(err error) bool {
	way := (*url.Error)(nil)
	return errors.As(err, &way) && !errors.As(err, new(*tls.CertificateVerificationError))
}

// after reads a Retry-After: seconds, or a date.
func after(text string, now time.Time) (time.Duration, bool) {
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n < 1e6 {
		return time.Duration(n) * time.Second, true
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}
