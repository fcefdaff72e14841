package route

import (
	"context"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/scopes"
	"github.com/grantwright/grantwright/web/internal/site"
)

// placed is a body that names assets and requests.
type placed interface {
	Places() ([]catalog.Ref, []request.ID)
}

// open are the operations that nobody signs in for: whoever calls them has a code, or gets
// one that nobody has allowed yet.
var open = map[string]bool{"exchange-code": true, "begin-device": true, "device-token": true}

// admit finds out who calls an operation, and refuses a token whose scope does not hold it.
func (s *Server) admit(ctx huma.Context, r *http.Request) error {
	id := ctx.Operation().OperationID
	if open[id] {
		return nil
	}
	if err := s.Caller(r); err != nil {
		return err
	}
	t := site.VisitOf(r.Context()).Token
	if t == nil || scopes.Of(id).Class == scopes.Always {
		return nil
	}
	rule := scopes.Of(id)
	if !t.Scope.Allows(rule.Class, id) {
		if rule.Class == "" {
			return site.OutOfScope("", "No token does this: sign in, and do it yourself.")
		}
		return site.OutOfScope(rule.Class, "The scope of the token does not hold this: it takes %s, or %s alone.", rule.Class, id)
	}
	if len(t.Scope.Connections) == 0 {
		return nil
	}
	return s.admitAt(ctx, rule.At, t.Scope)
}

// admitAt refuses a token that is limited to connections where the request itself says, or
// does not say, that it is about others.
func (s *Server) admitAt(ctx huma.Context, at scopes.Place, scope request.TokenScope) error {
	var refs []catalog.Ref
	var ids []request.ID
	switch at {
	case scopes.Anywhere, scopes.InBody, scopes.ByAnswer: // of the latter two within sees to it
		return nil
	case scopes.InPath:
		refs, ids = pathPlaces(ctx)
	case scopes.InQuery:
		refs = queried(ctx, "connection")
	case scopes.InTree:
		refs = append(queried(ctx, "in"), queried(ctx, "below")...)
	}
	return s.checkPlaces(ctx.Context(), scope, refs, ids)
}

// pathPlaces are the asset, the connection or the request that a path names.
func pathPlaces(ctx huma.Context) ([]catalog.Ref, []request.ID) {
	switch path := ctx.Operation().Path; {
	case strings.Contains(path, "{ref}"):
		return []catalog.Ref{catalog.Ref(ctx.Param("ref"))}, nil
	case strings.Contains(path, "/connections/{name}"):
		return []catalog.Ref{catalog.Ref(ctx.Param("name"))}, nil
	case strings.Contains(path, "/requests/{id}"), strings.Contains(path, "/grants/{id}"):
		return nil, []request.ID{request.ID(ctx.Param("id"))} // a grant has the id of its request
	}
	return nil, nil
}

func queried(ctx huma.Context, name string) []catalog.Ref {
	u := ctx.URL()
	var refs []catalog.Ref
	for _, value := range u.Query()[name] {
		refs = append(refs, catalog.Ref(value))
	}
	return refs
}

// checkPlaces refuses what is about another connection, and what does not say about which.
func (s *Server) checkPlaces(ctx context.Context, scope request.TokenScope, refs []catalog.Ref, ids []request.ID) error {
	on := strings.Join(scope.Connections, ", ")
	if len(refs) == 0 && len(ids) == 0 {
		return site.OutOfScope("", "The token is limited to %s, and this does not say that it is about nothing else: name an asset, a request, a grant or a connection.", on)
	}
	covers, err := s.Engine.Tokens().Covers(ctx, scope, ids...)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		covers = covers && scope.AllowsOn(ref.Connection())
	}
	if !covers {
		return site.OutOfScope("", "The token is limited to %s, and this is not there.", on)
	}
	return nil
}

// within calls the function of an operation. A token that is limited to connections is
// refused where the body, or the answer, is about others.
func within[I, O any](s *Server, ctx context.Context, id string, f func(ctx context.Context, by request.Identity, in *I) (*O, error), in *I) (*O, error) {
	v := site.VisitOf(ctx)
	if v.Token != nil {
		ctx = request.WithToken(ctx, *v.Token)
	}
	limited := v.Token != nil && len(v.Token.Scope.Connections) > 0
	if limited && scopes.Of(id).At == scopes.InBody {
		if err := s.checkBody(ctx, v.Token.Scope, in); err != nil {
			return nil, err
		}
	}
	out, err := f(ctx, v.By, in)
	if limited && scopes.Of(id).At == scopes.ByAnswer {
		if err != nil { // which may name assets elsewhere
			return nil, s.checkPlaces(ctx, v.Token.Scope, nil, nil)
		}
		return out, s.checkBody(ctx, v.Token.Scope, out)
	}
	return out, err
}

// checkBody is checkPlaces of the field Body of an input or an output.
func (s *Server) checkBody(ctx context.Context, scope request.TokenScope, of any) error {
	var refs []catalog.Ref
	var ids []request.ID
	if body := reflect.ValueOf(of).Elem().FieldByName("Body"); body.IsValid() {
		if b, is := body.Interface().(placed); is {
			refs, ids = b.Places()
		}
	}
	return s.checkPlaces(ctx, scope, refs, ids)
}
