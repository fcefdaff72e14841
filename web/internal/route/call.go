package route

import (
	"context"
	"net/http"
	"time"

	"github.com/grantwright/grantwright/web/internal/exchange"
	"github.com/grantwright/grantwright/web/internal/site"
)

type exchangedKey struct{}

// exchanged is the HTTP request that a route of the API answers, and the answer.
type exchanged struct {
	r    *http.Request
	w    http.ResponseWriter
	kind string // the media type of the answer that the client prefers
}

// exchangeOf is that of a call.
func exchangeOf(ctx context.Context) *exchanged { return ctx.Value(exchangedKey{}).(*exchanged) }

// Asked is the HTTP request that a route of the API answers.
func Asked(ctx context.Context) *http.Request { return exchangeOf(ctx).r }

// Kind is the media type of the answer that the client prefers, of those that the route
// documents.
func Kind(ctx context.Context) string { return exchangeOf(ctx).kind }

// SetHeader sets a header field of the answer.
func SetHeader(ctx context.Context, name, value string) { exchangeOf(ctx).w.Header().Set(name, value) }

// Tag sets the ETag of an answer.
func Tag(ctx context.Context, version int) {
	if version > 0 {
		SetHeader(ctx, "ETag", exchange.Tag(int64(version)))
	}
}

// Lasting lets an answer take as long as that, where the server would cut it off earlier.
func Lasting(ctx context.Context, atMost time.Duration) {
	_ = http.NewResponseController(exchangeOf(ctx).w).SetWriteDeadline(time.Now().Add(atMost)) // or else it is cut off, and ctx ends
}

// LinkBase is where links lead to: the address of the pages as people know it, or
// else a path on this host.
func (s *Server) LinkBase(ctx context.Context) string {
	if s.URL != "" {
		return s.URL
	}
	return site.VisitOf(ctx).Base
}

// address is the absolute address of a path of the API, or a path on the host where the
// address of the pages is not known.
func (s *Server) address(ctx context.Context, path string) string {
	return s.LinkBase(ctx) + site.APIRoot + path
}

// Made says where that is which was made.
func (s *Server) Made(ctx context.Context, path string) {
	SetHeader(ctx, "Location", s.address(ctx, path))
}

// Link links to the same list with another value of one parameter (RFC 8288).
func (s *Server) Link(ctx context.Context, name, value string) {
	r := Asked(ctx)
	q := r.URL.Query()
	q.Set(name, value)
	SetHeader(ctx, "Link", "<"+s.LinkBase(ctx)+r.URL.EscapedPath()+"?"+q.Encode()+`>; rel="next"`)
}

// linkNext links to the next page of a list.
func (s *Server) linkNext(ctx context.Context, out any) {
	page, is := out.(interface{ Next() (name, value string) })
	if !is {
		return
	}
	if name, value := page.Next(); value != "" {
		s.Link(ctx, name, value)
	}
}
