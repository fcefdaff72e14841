package site

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"

	"github.com/grantwright/grantwright/request"
)

// Visit is what is known of one HTTP request.
type Visit struct {
	Base string // what stands before every path of ours; empty at the root
	By   request.Identity
}

type visitKey struct{}

// WithVisit is a request below a base, of which nobody knows yet who sent it.
func WithVisit(r *http.Request, base string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), visitKey{}, &Visit{Base: base}))
}

// VisitOf is the visit of a request that WithVisit has prepared, by its context.
func VisitOf(ctx context.Context) *Visit {
	v, _ := ctx.Value(visitKey{}).(*Visit)
	if v == nil {
		v = new(Visit)
	}
	return v
}

// To is one of our own paths as a browser has to ask for it.
func (s *Site) To(r *http.Request, own string) string { return VisitOf(r.Context()).Base + own }

// Here is what the browser asked for, to come back to.
func (s *Site) Here(r *http.Request) string {
	u := url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	return s.To(r, u.String())
}

// NewID names something that never repeats.
func NewID() string { return rand.Text() }
