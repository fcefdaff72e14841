package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"

	"github.com/grantwright/grantwright/request"
)

// visit is what is known of one HTTP request.
type visit struct {
	base string // what stands before every path of ours; empty at the root
	by   request.Identity
}

type visitKey struct{}

// WithVisit is a request below a base, of which nobody knows yet who sent it.
func WithVisit(r *http.Request, base string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), visitKey{}, &visit{base: base}))
}

// visitOf is the visit of a request that WithVisit has prepared, by its context.
func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	if v == nil {
		v = new(visit)
	}
	return v
}

// to is one of our own paths as a browser has to ask for it.
func (s *Site) to(r *http.Request, own string) string { return visitOf(r.Context()).base + own }

// here is what the browser asked for, to come back to.
func (s *Site) here(r *http.Request) string {
	u := url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	return s.to(r, u.String())
}

// newID names something that never repeats.
func newID() string { return rand.Text() }
