// Package api is the JSON API below /api/v1 and its OpenAPI document. Each route
// calls the engine on behalf of whoever is signed in and answers with a record of
// package request, review, provision or catalog, or with a form declared here.
//
// The types of bodies and parameters are exported because huma reads exported
// types and fields only, and names its schemas after them.
package api

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/body"
	"github.com/grantwright/grantwright/web/internal/document"
	"github.com/grantwright/grantwright/web/internal/exchange"
	"github.com/grantwright/grantwright/web/internal/once"
	"github.com/grantwright/grantwright/web/internal/scopes"
	"github.com/grantwright/grantwright/web/internal/site"
)

// bodyTimeout bounds the time in which the body of an API request must arrive.
const bodyTimeout = 15 * time.Second

// List is one page of things.
type List[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"The cursor of the next page; missing on the last"`
}

// listed is the answer of a route that lists.
type listed[T any] struct{ Body List[T] }

func list[T any](items []T, next string) *listed[T] {
	if items == nil {
		items = []T{}
	}
	return &listed[T]{List[T]{items, next}}
}

// shown is the answer of a route that shows one thing.
type shown[T any] struct{ Body T }

// Paged are the parameters of every route that lists.
type Paged struct {
	Cursor string `query:"cursor" maxLength:"4000" doc:"next of the page before; without it, the first page"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" doc:"At most this many items, 50 if it is missing; a page may be shorter although others follow"`
}

// server is the API over a site.
type server struct {
	*site.Site
	api       huma.API
	mux       *http.ServeMux
	url       string        // of the pages, as people know it; empty for a path on the host
	followers chan struct{} // holds a token for each that follows the log

	keyed *once.Mux
}

// Register adds the routes of the API to a mux. Request links that the API hands
// out begin with the URL, or with the prefix of the handler if that is empty. The schemes
// are ways of signing in, for the document.
func Register(mux *http.ServeMux, base *site.Site, url string, schemes ...document.Scheme) {
	s := &server{Site: base, mux: mux, url: url, followers: make(chan struct{}, maxFollowers), keyed: &once.Mux{ServeMux: mux, Site: base}}
	s.describe()
	s.routePeople()
	s.routeConnections()
	s.routeAssets()
	s.routeForms()
	s.routeGuardrails()
	s.routeMasks()
	s.routeLinks()
	s.routeRequests()
	s.routeReviews()
	s.routeBatches()
	s.routeAccess()
	s.routeClaims()
	s.routeGrants()
	s.routeStops()
	s.routeRelinks()
	s.routeInbox()
	s.routeWebhooks()
	s.routeProposals()
	s.routeFlows()
	s.routeDefinitions()
	s.routeAccounts()
	s.routeEvents()
	s.routeSessions()
	s.routeTokens()
	s.routeLogins()
	document.Finish(s.api.OpenAPI(), schemes...)
	described := &document.Described{Document: s.api.OpenAPI(), Base: s.linkBase, Refuse: s.Refuse}
	s.mux.HandleFunc("GET /openapi.json", described.ServeHTTP)
}

// describe prepares the OpenAPI document and the formats of bodies.
func (s *server) describe() {
	config := huma.DefaultConfig("Grantwright", "1")
	config.DocsPath, config.SchemasPath, config.OpenAPIPath = "", "", "" // the docs page loads from a CDN
	config.CreateHooks = nil                                             // no $schema links
	config.RejectUnknownQueryParameters = true
	format := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: body.ReadJSON}
	config.Formats = map[string]huma.Format{"application/json": format, "json": format}
	config.Transformers = []huma.Transformer{body.Transformed}
	s.api = humago.New(s.keyed, config)
	s.api.UseMiddleware(s.apiSignedIn)
}

// apiSignedIn lets only those in who are signed in, or whose token is for the operation,
// with a body that is JSON and says so, and who take one of the media types of the answer.
func (s *server) apiSignedIn(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	offers := document.Offers(ctx.Operation())
	x := &exchanged{r: r, w: w, kind: exchange.Accepted(r.Header.Values("Accept"), offers...)}
	err := s.admit(ctx, r)
	if err == nil && r.ContentLength != 0 && r.Method != http.MethodGet && r.Method != http.MethodHead {
		if kind, _, bad := mime.ParseMediaType(r.Header.Get("Content-Type")); bad != nil || kind != "application/json" {
			err = site.ErrMediaType
		}
	}
	if err == nil && len(offers) > 0 && x.kind == "" {
		err = site.ErrAccept(offers)
	}
	if len(offers) > 1 {
		w.Header().Add("Vary", "Accept")
	}
	if err != nil {
		s.Refuse(w, r, err)
		return
	}
	if s.streamed(w, r, x.kind) {
		return
	}
	next(huma.WithValue(ctx, exchangedKey{}, x))
}

type exchangedKey struct{}

// exchanged is the HTTP request that a route of the API answers, and the answer.
type exchanged struct {
	r    *http.Request
	w    http.ResponseWriter
	kind string // the media type of the answer that the client prefers
}

// exchangeOf is that of a call.
func exchangeOf(ctx context.Context) *exchanged { return ctx.Value(exchangedKey{}).(*exchanged) }

// asked is the HTTP request that a route of the API answers.
func asked(ctx context.Context) *http.Request { return exchangeOf(ctx).r }

// setHeader sets a header field of the answer.
func setHeader(ctx context.Context, name, value string) { exchangeOf(ctx).w.Header().Set(name, value) }

// address is the absolute address of a path of the API, or a path on the host where the
// address of the pages is not known.
func (s *server) address(ctx context.Context, path string) string {
	return s.linkBase(ctx) + site.APIRoot + path
}

// made says where that is which was made.
func (s *server) made(ctx context.Context, path string) {
	setHeader(ctx, "Location", s.address(ctx, path))
}

// serve registers a route of the API. An error of the engine becomes a
// problem document.
func serve[I, O any](s *server, method, path, id, summary string, f func(ctx context.Context, by request.Identity, in *I) (*O, error), change ...func(*huma.Operation)) {
	op := huma.Operation{
		Method: method, Path: site.APIRoot + path, OperationID: id, Summary: summary,
		BodyReadTimeout: bodyTimeout, Responses: map[string]*huma.Response{}, Metadata: map[string]any{},
	}
	for _, c := range change {
		c(&op)
	}
	if class := scopes.Of(id).Class; class != "" {
		op.Extensions = map[string]any{"x-token-scope": class}
	}
	s.keyed.Note(&op)
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := within(s, ctx, id, f, in)
		waits := (*Awaiting)(nil)
		if !errors.As(err, &waits) {
			waits = awaiting(err, "")
		}
		switch {
		case waits != nil:
			s.made(ctx, "/proposals/"+url.PathEscape(string(waits.Proposal)))
			return nil, waits
		case err != nil:
			return nil, s.refused(ctx, err)
		}
		s.linkNext(ctx, out)
		return out, nil
	})
}

// linkNext links to the next page of a list (RFC 8288).
func (s *server) linkNext(ctx context.Context, out any) {
	page, is := out.(interface{ next() (name, value string) })
	if !is {
		return
	}
	if name, value := page.next(); value != "" {
		s.link(ctx, name, value)
	}
}

// link links to the same list with another value of one parameter.
func (s *server) link(ctx context.Context, name, value string) {
	r := asked(ctx)
	q := r.URL.Query()
	q.Set(name, value)
	setHeader(ctx, "Link", "<"+s.linkBase(ctx)+r.URL.EscapedPath()+"?"+q.Encode()+`>; rel="next"`)
}

func (l *listed[T]) next() (name, value string) { return "cursor", l.Body.Next }

// answering sets the status of an answer that went well.
func answering(status int) func(*huma.Operation) {
	return func(op *huma.Operation) { op.DefaultStatus = status }
}

// described sets the description of a route, below its summary.
func described(text string) func(*huma.Operation) {
	return func(op *huma.Operation) { op.Description = text }
}
