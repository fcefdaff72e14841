// Package api is the JSON API below /api/v1 and its OpenAPI document. Each route
// calls the engine on behalf of whoever is signed in and answers with a record of
// package request, review, provision or catalog, or with a form declared here.
//
// The types of bodies and parameters are exported because huma reads exported
// types and fields only, and names its schemas after them.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/grantwright/grantwright/request"
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
}

// Register adds the routes of the API to a mux. Request links that the API hands
// out begin with the URL, or with the prefix of the handler if that is empty.
func Register(mux *http.ServeMux, base *site.Site, url string) {
	s := &server{Site: base, mux: mux, url: url, followers: make(chan struct{}, maxFollowers)}
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
	s.routeInbox()
	s.routeWebhooks()
	s.routeProposals()
	s.routeFlows()
	s.routeEvents()
	s.routeSessions()
	mend(s.api.OpenAPI().Components.Schemas.Map())
	s.mux.HandleFunc("GET /openapi.json", s.openAPI)
}

// describe prepares the OpenAPI document and the formats of bodies.
func (s *server) describe() {
	config := huma.DefaultConfig("Grantwright", "1")
	config.Info.Description = "Access to data: find an asset, ask for it, decide, and see what stands."
	config.DocsPath, config.SchemasPath, config.OpenAPIPath = "", "", "" // the docs page loads from a CDN
	config.CreateHooks = nil                                             // no $schema links
	config.RejectUnknownQueryParameters = true
	format := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: readJSON}
	config.Formats = map[string]huma.Format{"application/json": format, "json": format}
	config.Transformers = []huma.Transformer{transformed}
	s.api = humago.New(s.mux, config)
	s.api.UseMiddleware(s.apiSignedIn)
}

// mend corrects the schemas that huma derives from our types. Its own error type is
// never sent. Answers may get more fields one day; bodies sent to us may not.
func mend(schemas map[string]*huma.Schema) {
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	for name, schema := range schemas {
		if !strings.HasSuffix(name, "Body") && name != "Principals" && schema.AdditionalProperties == false {
			schema.AdditionalProperties = nil
		}
	}
}

// openAPI answers with the OpenAPI document. Its server is the base of the request.
func (s *server) openAPI(w http.ResponseWriter, r *http.Request) {
	document := *s.api.OpenAPI()
	if base := site.VisitOf(r.Context()).Base; base != "" {
		document.Servers = []*huma.Server{{URL: base}}
	}
	text, err := json.MarshalIndent(&document, "", "  ")
	if err != nil {
		s.Refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/openapi+json")
	_, _ = w.Write(append(text, '\n'))
}

// apiSignedIn lets only those in who are signed in, with a body that is JSON and
// says so.
func (s *server) apiSignedIn(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	err := s.Who(r)
	if err == nil && r.ContentLength != 0 && r.Method != http.MethodGet && r.Method != http.MethodHead {
		if kind, _, bad := mime.ParseMediaType(r.Header.Get("Content-Type")); bad != nil || kind != "application/json" {
			err = site.ErrMediaType
		}
	}
	if err != nil {
		s.Refuse(w, r, err)
		return
	}
	if s.streamed(w, r) {
		return
	}
	next(huma.WithValue(ctx, askedKey{}, r))
}

type askedKey struct{}

// serve registers a route of the API. An error of the engine becomes a
// problem document.
func serve[I, O any](s *server, method, path, id, summary string, f func(ctx context.Context, by request.Identity, in *I) (*O, error), change ...func(*huma.Operation)) {
	problem := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[site.Problem](), true, "")
	op := huma.Operation{
		Method: method, Path: site.APIRoot + path, OperationID: id, Summary: summary,
		BodyReadTimeout: bodyTimeout,
		Responses: map[string]*huma.Response{"default": {
			Description: "A problem document of RFC 9457",
			Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: problem}},
		}},
	}
	for _, c := range change {
		c(&op)
	}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := f(ctx, site.VisitOf(ctx).By, in)
		if waits := (*Awaiting)(nil); errors.As(err, &waits) {
			return nil, waits
		}
		if waits := awaiting(err, ""); waits != nil {
			return nil, waits
		}
		if err != nil {
			return nil, s.Problem(asked(ctx), err)
		}
		return out, nil
	})
}

// asked is the HTTP request that a route of the API answers.
func asked(ctx context.Context) *http.Request { return ctx.Value(askedKey{}).(*http.Request) }

// answering sets the status of an answer that went well.
func answering(status int) func(*huma.Operation) {
	return func(op *huma.Operation) { op.DefaultStatus = status }
}

// described sets the description of a route, below its summary.
func described(text string) func(*huma.Operation) {
	return func(op *huma.Operation) { op.Description = text }
}
