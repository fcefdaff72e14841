// Package scim lets a provider of identities keep people and groups here, over SCIM 2.0
// (RFC 7643 and RFC 7644), and finds them as a request.Directory that knows all of them.
//
// A provider such as Okta or Entra ID creates, changes, disables and removes people under
// /scim/v2/Users, and groups with their members under /scim/v2/Groups. Who that is to the
// engine is the provider's own id: people and groups keep what they have when they are
// renamed. Inactive is disabled, by the engine's stop switch of a person.
//
//	directory := scim.Directory{Store: records, Issuer: "https://id.example.com"}
//	engine, err := grantwright.New(grantwright.Config{Store: records, Directory: directory, …})
//	provider, err := scim.Handler(engine, scim.Options{Issuer: directory.Issuer, Authorize: authorize})
//	mux.Handle("/scim/v2/", provider)
//	pages, err := web.Handler(engine, web.Options{Authenticate: session, Complete: directory.Complete, …})
//
// Schemas and the grammar of filters and paths are those of github.com/elimity-com/scim.
// Its server is not used: it tells inner errors to the client, says of no fault which
// attribute has it, answers 503 and 412 as 500, has no ETags, and knows neither
// excludedAttributes nor filters on members.value.
package scim

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/internal/enrollment"
	"github.com/grantwright/grantwright/request"
)

// Base is the path below which the handler answers.
const Base = "/scim/v2"

// Options say who may write, and how people and groups are read.
type Options struct {
	// Issuer is the issuer of the people: the one that sign-in gives them. It may be empty
	// where sign-in gives none.
	Issuer string

	// ID is the attribute that holds the id that sign-in gives people: ByExternalID, which
	// the empty ID means, ByUserName, or ByID, the id of the user here.
	ID Naming

	// GroupKey is the attribute of a group by which flows, selectors and grants name it.
	// Empty is ByName: its name when it is first written, which stays its key when it is
	// renamed. ByExternalID and ByID are the others.
	GroupKey Naming

	// Attributes are the attributes that people get, and from which of SCIM: the name of a
	// core attribute or of one of the enterprise extension, such as department. Nil is
	// DefaultAttributes. The attribute manager is always who the manager is to the engine.
	Attributes map[string]string

	// Authorize refuses a request with an error, which stays in the log. Tokens makes one.
	Authorize func(r *http.Request) error

	// URL is the address of the handler, such as https://access.example.com/scim/v2, for
	// meta.location. Empty is Base.
	URL string

	// Logger gets what is not shown. Nil logs nothing.
	Logger *slog.Logger
}

// Naming is the attribute by which something is named.
type Naming string

// The attributes by which people and groups are named.
const (
	ByExternalID Naming = "externalId"
	ByUserName   Naming = "userName"
	ByID         Naming = "id"
	ByName       Naming = "displayName"
)

// DefaultAttributes are the attributes that people get where Options.Attributes is nil.
func DefaultAttributes() map[string]string {
	return map[string]string{"userName": "userName", "title": "title", "userType": "userType", "department": "department", "division": "division",
		"organization": "organization", "costCenter": "costCenter", "employeeNumber": "employeeNumber"}
}

// handler answers a provider.
type handler struct {
	options    Options
	enrollment grantwright.Enrollment
	log        *slog.Logger
	mux        *http.ServeMux
}

// Handler serves SCIM below Base, to whom Options.Authorize lets in.
func Handler(engine *grantwright.Engine, o Options) (http.Handler, error) {
	if err := o.check(engine); err != nil {
		return nil, err
	}
	h := &handler{options: o, enrollment: engine.Enrollment(o.Issuer), log: o.Logger, mux: http.NewServeMux()}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if h.options.URL = strings.TrimSuffix(o.URL, "/"); h.options.URL == "" {
		h.options.URL = Base
	}
	if o.Attributes == nil {
		h.options.Attributes = DefaultAttributes()
	}
	h.routeUsers()
	h.routeGroups()
	h.routeDiscovery()
	return http.HandlerFunc(h.serve), nil
}

func (o Options) check(engine *grantwright.Engine) error {
	switch {
	case engine == nil:
		return errors.New("scim: the engine is missing")
	case o.Authorize == nil:
		return errors.New("scim: Options.Authorize is missing: nobody could be let in")
	case strings.Contains(o.Issuer, "|"):
		return fmt.Errorf("scim: Options.Issuer is %q, must hold no bar (|)", o.Issuer)
	case o.ID != "" && o.ID != ByExternalID && o.ID != ByUserName && o.ID != ByID:
		return fmt.Errorf("scim: Options.ID is %q, must be externalId, userName or id", o.ID)
	case o.GroupKey != "" && o.GroupKey != ByName && o.GroupKey != ByExternalID && o.GroupKey != ByID:
		return fmt.Errorf("scim: Options.GroupKey is %q, must be displayName, externalId or id", o.GroupKey)
	}
	if u, err := url.Parse(o.URL); err != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("scim: Options.URL is %q, must be an address such as https://access.example.com/scim/v2", o.URL)
	}
	for name, from := range o.Attributes {
		if name == "" || name == enrollment.ManagerAttribute {
			return fmt.Errorf("scim: Options.Attributes[%q]: must have a name, and not manager, which is the manager of a user", name)
		}
		if _, _, is := attributeOf(from); !is {
			return fmt.Errorf("scim: Options.Attributes[%q]: %q is no attribute of a user", name, from)
		}
	}
	return nil
}

// minToken is the fewest characters of a token.
const minToken = 32

// Tokens authorizes requests with one of some bearer tokens (RFC 6750): several while one
// takes the place of another. Only their hashes are kept, and compared in constant time.
func Tokens(tokens ...string) (func(r *http.Request) error, error) {
	var sums [][sha256.Size]byte
	for _, t := range tokens {
		if len(t) < minToken || strings.ContainsAny(t, " \t\r\n") {
			return nil, fmt.Errorf("scim: a token must have at least %d characters at random, and no space", minToken)
		}
		sums = append(sums, sha256.Sum256([]byte(t)))
	}
	if len(sums) == 0 {
		return nil, errors.New("scim: the token is missing")
	}
	return func(r *http.Request) error {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") || len(r.Header.Values("Authorization")) != 1 {
			return errors.New("scim: there is no bearer token")
		}
		sum, known := sha256.Sum256([]byte(token)), 0
		for _, s := range sums {
			known |= subtle.ConstantTimeCompare(sum[:], s[:])
		}
		if known != 1 {
			return errors.New("scim: the bearer token is none of those that are known")
		}
		return nil
	}, nil
}

// MaxBodyBytes bounds a request: a group with some 20,000 members.
const MaxBodyBytes = 4 << 20

// serve lets in who may, bounds the body and finds the route.
func (h *handler) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if err := h.options.Authorize(r); err != nil {
		h.log.Warn("a SCIM request was refused", "error", err, "path", r.URL.Path)
		w.Header().Set("WWW-Authenticate", `Bearer realm="scim"`)
		h.fail(w, r, refusal(http.StatusUnauthorized, "", "a valid bearer token is needed"))
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, MaxBodyBytes)
	_, pattern := h.mux.Handler(r)
	if pattern == "" {
		h.fail(w, r, h.noRoute(r))
		return
	}
	h.mux.ServeHTTP(w, r)
}

// noRoute is the error for a path or a method that there is not.
func (h *handler) noRoute(r *http.Request) error {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := h.mux.Handler(other); pattern != "" {
			return refusal(http.StatusMethodNotAllowed, "", "%s is not possible here", r.Method)
		}
	}
	if strings.TrimPrefix(r.URL.Path, Base) == "/Me" || strings.HasPrefix(r.URL.Path, Base+"/Bulk") {
		return refusal(http.StatusNotImplemented, "", "this part of SCIM is not supported; /ServiceProviderConfig says what is")
	}
	return refusal(http.StatusNotFound, "", "there is nothing at this path")
}

// route adds a route that answers with a document, or an error.
func (h *handler) route(pattern string, answer func(r *http.Request) (reply, error)) {
	method, path, _ := strings.Cut(pattern, " ")
	h.mux.HandleFunc(method+" "+Base+path, func(w http.ResponseWriter, r *http.Request) {
		out, err := answer(r)
		if err != nil {
			h.fail(w, r, err)
			return
		}
		h.send(w, r, out)
	})
}

// reply is what a request is answered with.
type reply struct {
	status   int // zero means 200
	body     any // nil sends none, with 204
	etag     string
	location string
}

func (h *handler) send(w http.ResponseWriter, r *http.Request, out reply) {
	if out.etag != "" {
		w.Header().Set("ETag", out.etag)
	}
	if out.location != "" {
		w.Header().Set("Location", out.location)
	}
	switch {
	case out.body == nil:
		w.WriteHeader(http.StatusNoContent)
		return
	case r.Method == http.MethodGet && out.etag != "" && matches(r.Header.Get("If-None-Match"), out.etag):
		w.WriteHeader(http.StatusNotModified)
		return
	case out.status == 0:
		out.status = http.StatusOK
	}
	h.write(w, out.status, out.body)
}

func (h *handler) write(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		h.log.Error("a SCIM answer cannot be written", "error", err)
		status, text = http.StatusInternalServerError, []byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"500"}`)
	}
	w.Header().Set("Content-Type", "application/scim+json")
	w.WriteHeader(status)
	_, _ = w.Write(text) // who asked may have gone
}

// readBody reads a JSON object.
func readBody(r *http.Request, into any) error {
	text, err := io.ReadAll(r.Body)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return refusal(http.StatusRequestEntityTooLarge, "", "the body has more than %d bytes", MaxBodyBytes)
	}
	if err != nil {
		return refusal(http.StatusBadRequest, scimerrors.ScimTypeInvalidSyntax, "the body could not be read to its end")
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return refusal(http.StatusBadRequest, scimerrors.ScimTypeInvalidSyntax, "the body is no JSON object of the kind that is expected: %v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return refusal(http.StatusBadRequest, scimerrors.ScimTypeInvalidSyntax, "something follows the JSON object of the body")
	}
	return nil
}

// matches reports whether a header such as If-Match names an entity tag (RFC 9110, section
// 13.1), by the weak comparison: every tag here is weak.
func matches(header, etag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		if one = strings.TrimSpace(one); one == "*" || one != "" && strings.TrimPrefix(one, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}

// unchanged refuses a change of something that is another by now than If-Match says.
func unchanged(r *http.Request, version int) error {
	if header := r.Header.Get("If-Match"); header != "" && !matches(header, etag(version)) {
		return refusal(http.StatusPreconditionFailed, "", "it was changed meanwhile: its version is %s now", etag(version))
	}
	return nil
}

func etag(version int) string { return fmt.Sprintf(`W/"%d"`, version) }

// personID is who a user is to the engine, without the issuer.
func (o Options) personID(e request.Enrollee) string {
	switch o.ID {
	case ByUserName:
		return e.UserName
	case ByID:
		return e.ID
	}
	return e.ExternalID
}
