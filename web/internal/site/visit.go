package site

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/exchange"
)

// Visit is the prefix of one HTTP request, and who sent it.
type Visit struct {
	Base string           // the prefix of every path; empty at the root
	ID   string           // of the request: in its answer, in problems, and in the log
	By   request.Identity // whoever sent it; Site.Who sets it

	Route  string // the pattern that it fits, such as GET /requests/{id}; empty for none
	From   string // the address that it comes from, or its network: see Proxies.Client
	Secure bool   // it came over TLS, to us or to a proxy that we trust

	Token *request.Token // by which it came; nil for none of ours

	known bool // Site.Who, or Site.Caller, has set By
}

type visitKey struct{}

// WithVisit is a request with a fresh Visit below a base, through proxies.
func WithVisit(r *http.Request, base string, through Proxies) *http.Request {
	v := &Visit{Base: base, ID: exchange.RequestID(r.Header), From: through.Client(r), Secure: through.Secure(r)}
	return r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
}

// VisitOf is the Visit in the context of a request.
func VisitOf(ctx context.Context) *Visit {
	v, _ := ctx.Value(visitKey{}).(*Visit)
	if v == nil {
		v = new(Visit)
	}
	return v
}

// To is one of our own paths with the prefix that browsers need.
func (s *Site) To(r *http.Request, own string) string { return VisitOf(r.Context()).Base + own }

// Here is the path and query of a request, with the prefix: the way back to it.
func (s *Site) Here(r *http.Request) string {
	u := url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	return s.To(r, u.String())
}

// NewID is a random name that never repeats.
func NewID() string { return rand.Text() }
