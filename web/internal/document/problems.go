package document

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/grantwright/grantwright/web/internal/exchange"
	"github.com/grantwright/grantwright/web/internal/site"
)

// problems are what an operation can answer with instead, by their status; 0 is any other.
var problems = map[int]struct{ name, description string }{
	0:                                {"Problem", "A problem document of RFC 9457"},
	http.StatusBadRequest:            {"BadRequest", "The body is no JSON, or a cursor or a link cannot be read"},
	http.StatusUnauthorized:          {"Unauthorized", "Nobody is signed in, or the token is not good (any more)"},
	http.StatusForbidden:             {"Forbidden", "You may not, or another site sent the request"},
	http.StatusNotFound:              {"NotFound", "It is not there, or you may not know that it is"},
	http.StatusNotAcceptable:         {"NotAcceptable", "The answer is not there in a media type that Accept takes"},
	http.StatusConflict:              {"Conflict", "Not in the state in which things are; errors names based where another version was the newest"},
	http.StatusPreconditionFailed:    {"PreconditionFailed", "If-Match names another version than ETag, which is that of now; or If-None-Match is *, and it is there"},
	http.StatusRequestEntityTooLarge: {"TooLarge", "The body is too large"},
	http.StatusUnsupportedMediaType:  {"UnsupportedMediaType", "The body must be JSON, and say so"},
	http.StatusUnprocessableEntity:   {"Invalid", "Something is wrong with what was sent; errors names each fault"},
	http.StatusPreconditionRequired:  {"PreconditionRequired", "Say which version you have seen: If-Match, or version"},
	http.StatusTooManyRequests:       {"TooMany", "Too many requests came, or there are as many of these as there may be; Retry-After says when to try again"},
}

// addProblems adds the answers that several operations share, and returns references to them.
func addProblems(o *huma.OpenAPI) map[int]*huma.Response {
	schema := o.Components.Schemas.Schema(reflect.TypeFor[site.Problem](), true, "")
	o.Components.Responses = map[string]*huma.Response{}
	refs := map[int]*huma.Response{}
	for status, p := range problems {
		text := func(description string) *huma.Header {
			return &huma.Header{Description: description, Schema: &huma.Schema{Type: huma.TypeString}}
		}
		r := &huma.Response{Description: p.description, Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}},
			Headers: map[string]*huma.Param{exchange.IDHeader: text("The id of the request")}}
		switch status {
		case http.StatusUnauthorized:
			r.Headers["WWW-Authenticate"] = text("How to say who you are")
		case http.StatusPreconditionFailed:
			r.Headers["ETag"] = text("The version of now")
		case http.StatusTooManyRequests:
			r.Headers["Retry-After"] = &huma.Header{Description: "Seconds", Schema: &huma.Schema{Type: huma.TypeInteger}}
		}
		o.Components.Responses[p.name] = r
		refs[status] = &huma.Response{Ref: "#/components/responses/" + p.name}
	}
	return refs
}
