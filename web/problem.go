package web

import (
	"net/http"

	"github.com/grantwright/grantwright/web/internal/site"
)

// ErrSignIn is wrapped by an Authenticate that finds nobody signed in.
var ErrSignIn = site.ErrSignIn

// MaxBodyBytes bounds the body of a request; a longer one is answered with 413.
const MaxBodyBytes = site.MaxBodyBytes

// Problem is the problem document (RFC 9457) with which the API answers a request
// that it refuses. A client decodes it from bodies of the content type
// application/problem+json and looks at Code, which names the kind of problem.
// Status, Title and Detail are for people. Errors lists every Fault of the request
// at once, and Candidates the assets that an ambiguous link may mean. A fault of the
// server has an ID, under which the log of the handler tells more.
type Problem = site.Problem

// Fault is one fault of a request. Its Pointer (into the body), Parameter or Header
// says where, and its Detail says why. Of a condition, Snippet shows the line.
type Fault = site.Fault

// OpenID is a provider of OpenID Connect, as the OpenAPI document names it. Its Name tells
// several apart, and is empty for one alone; Issuer is its issuer identifier, a URL. Services
// says that tokens of it that services bring as bearers count.
type OpenID = site.OpenID

// ReturnPath is the path on this host that a request names in its parameter
// return, of the query or of a form. It is fallback where the parameter is
// missing, or leads to another host.
func ReturnPath(r *http.Request, fallback string) string { return site.ReturnPath(r, fallback) }
