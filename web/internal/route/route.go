// Package route is the ground of every route of the API: how one is registered and
// described, who is let in to it, and how it is answered.
//
// A Server is made over a site and a mux. Packages register their routes with Serve, and
// Finish then completes the OpenAPI document. A call goes through the middleware, which
// finds out who calls and in which media type they want the answer; through the function
// of the route; and through the headers that hold for every answer.
package route

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/grantwright/grantwright/catalog"
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

// Server is the API over a site.
type Server struct {
	*site.Site
	API huma.API
	Mux *http.ServeMux
	URL string // of the pages, as people know it; empty for a path on the host

	Catalogs map[string]catalog.Linker // into which links are written, by name

	keyed *once.Mux
}

// New makes an API without routes on a mux. Links that it hands out begin with the URL, or
// with the prefix of the handler if that is empty.
func New(mux *http.ServeMux, base *site.Site, url string) *Server {
	s := &Server{Site: base, Mux: mux, URL: url, keyed: &once.Mux{ServeMux: mux, Site: base}}
	config := huma.DefaultConfig("Grantwright", "1")
	config.DocsPath, config.SchemasPath, config.OpenAPIPath = "", "", "" // the docs page loads from a CDN
	config.CreateHooks = nil                                             // no $schema links
	config.RejectUnknownQueryParameters = true
	format := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: body.ReadJSON}
	config.Formats = map[string]huma.Format{"application/json": format, "json": format}
	config.Transformers = []huma.Transformer{body.Transformed}
	s.API = humago.New(s.keyed, config)
	s.API.UseMiddleware(s.signedIn)
	return s
}

// Finish completes the OpenAPI document, once every route is registered, and adds the
// route that shows it. The schemes are ways of signing in.
func (s *Server) Finish(schemes ...document.Scheme) {
	document.Finish(s.API.OpenAPI(), schemes...)
	described := &document.Described{Document: s.API.OpenAPI(), Base: s.LinkBase, Refuse: s.Refuse}
	s.Mux.HandleFunc("GET /openapi.json", described.ServeHTTP)
}

// signedIn lets only those in who are signed in, or whose token is for the operation,
// with a body that is JSON and says so, and who take one of the media types of the answer.
func (s *Server) signedIn(ctx huma.Context, next func(huma.Context)) {
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
	next(huma.WithValue(ctx, exchangedKey{}, x))
}

// Serve registers a route of the API. An error of the engine becomes a
// problem document.
func Serve[I, O any](s *Server, method, path, id, summary string, f func(ctx context.Context, by request.Identity, in *I) (*O, error), change ...func(*huma.Operation)) {
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
	huma.Register(s.API, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := within(s, ctx, id, f, in)
		waits := (*Awaiting)(nil)
		if !errors.As(err, &waits) {
			waits = AwaitingOf(err, "")
		}
		switch {
		case waits != nil:
			s.Made(ctx, "/proposals/"+url.PathEscape(string(waits.Proposal)))
			return nil, waits
		case err != nil:
			return nil, s.refused(ctx, err)
		}
		s.linkNext(ctx, out)
		return out, nil
	})
}

// Answering sets the status of an answer that went well.
func Answering(status int) func(*huma.Operation) {
	return func(op *huma.Operation) { op.DefaultStatus = status }
}

// Described sets the description of a route, below its summary.
func Described(text string) func(*huma.Operation) {
	return func(op *huma.Operation) { op.Description = text }
}

// Edited marks an operation whose answer has an ETag.
func Edited(op *huma.Operation) { op.Metadata[document.Edited] = true }

// Makes marks an operation that makes something with an address of its own.
func Makes(op *huma.Operation) { op.Metadata[document.Makes] = true }
