package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Problem is an error as the API tells it, a problem document of RFC 9457.
type Problem struct {
	Title      string          `json:"title" doc:"The kind of problem, the same for each of its kind"`
	Status     int             `json:"status" doc:"The HTTP status"`
	Code       string          `json:"code" doc:"The kind of problem, for programs" example:"STALE"`
	Detail     string          `json:"detail,omitempty" doc:"What happened this time"`
	ID         string          `json:"id,omitempty" doc:"Of a fault of the server: the log has more under this id"`
	Errors     []Fault         `json:"errors,omitempty" nullable:"false" doc:"Each thing that is wrong with what was sent"`
	Candidates []catalog.Asset `json:"candidates,omitempty" nullable:"false" doc:"The assets that an ambiguous link may mean"`
}

// Fault is one thing that is wrong with what was sent. One of Pointer, Parameter
// and Header says where.
type Fault struct {
	Pointer   string `json:"pointer,omitempty" doc:"JSON pointer into the body, as a URI fragment" example:"#/answers/purpose"`
	Parameter string `json:"parameter,omitempty" doc:"Name of a parameter of the path or the query"`
	Header    string `json:"header,omitempty" doc:"Name of a header field"`
	Detail    string `json:"detail" doc:"What is wrong, and what would be right" example:"is required"`

	Snippet string `json:"snippet,omitempty" doc:"Of a condition, the line with a mark below the place"`

	field string // where a page shows it
}

func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of problem documents.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// ErrSignIn is wrapped by an Authenticate that finds nobody signed in.
var ErrSignIn = errors.New("web: nobody is signed in")

var (
	errCrossOrigin = &Problem{Status: http.StatusForbidden, Code: "CROSS_ORIGIN", Detail: "Another site sent this request on your behalf. Nothing was changed."}
	errNoPage      = &Problem{Status: http.StatusNotFound, Code: "NOT_FOUND", Detail: "There is nothing at this address."}
	errNoMethod    = &Problem{Status: http.StatusMethodNotAllowed, Code: "METHOD", Detail: "This address knows other methods; the header Allow lists them."}
	errMediaType   = &Problem{Status: http.StatusUnsupportedMediaType, Code: "MEDIA_TYPE", Detail: "The body must be JSON, and say so: Content-Type: application/json."}
	errTooLarge    = &Problem{Status: http.StatusRequestEntityTooLarge, Code: "TOO_LARGE", Detail: fmt.Sprintf("The body is too large, at most %d bytes are allowed.", MaxBodyBytes)}
	errForm        = &Problem{Status: http.StatusBadRequest, Code: "FORM", Detail: "The form could not be read."}
	errInternal    = &Problem{Status: http.StatusInternalServerError, Code: "INTERNAL", Detail: "Something went wrong on our side. Nothing that was confirmed is lost; try again."}
)

// kinds are the errors of the engine that are told as they are, the first that
// fits wins.
var kinds = []struct {
	err    error
	status int
	code   string
}{
	{ErrSignIn, http.StatusUnauthorized, "SIGN_IN"},
	{grantwright.ErrForbidden, http.StatusForbidden, "FORBIDDEN"},
	{review.ErrOwnRequest, http.StatusForbidden, "OWN_REQUEST"},
	{review.ErrNotSteward, http.StatusForbidden, "NOT_STEWARD"},
	{review.ErrNotOpen, http.StatusConflict, "STAGE_NOT_OPEN"},
	{review.ErrDecided, http.StatusConflict, "DECIDED"},
	{review.ErrStale, http.StatusConflict, "STALE"},
	{review.ErrNothing, http.StatusConflict, "NOTHING_TO_TAKE_BACK"},
	{grantwright.ErrState, http.StatusConflict, "STATE"},
	{grantwright.ErrNoKey, http.StatusConflict, "NO_KEY"},
	{grantwright.ErrOwnProposal, http.StatusForbidden, "OWN_PROPOSAL"},
	{grantwright.ErrProposed, http.StatusAccepted, "PROPOSED"},
	{grantwright.ErrTooMany, http.StatusConflict, "TOO_MANY"},
	{notify.ErrAccount, http.StatusUnprocessableEntity, "ACCOUNT"},
	{grantwright.ErrNoPrincipal, http.StatusConflict, "NO_PRINCIPAL"},
	{grantwright.ErrNoPlatform, http.StatusConflict, "NO_PLATFORM"},
	{grantwright.ErrPlatform, http.StatusBadGateway, "PLATFORM"},
	{provision.ErrPermanent, http.StatusConflict, "PLATFORM_REFUSES"},
	{catalog.ErrLink, http.StatusBadRequest, "LINK"},
	{catalog.ErrRef, http.StatusBadRequest, "REFERENCE"},
	{catalog.ErrConnection, http.StatusUnprocessableEntity, "CONNECTION"},
	{catalog.ErrNotFound, http.StatusNotFound, "NOT_FOUND"},
	{store.ErrNotFound, http.StatusNotFound, "NOT_FOUND"},
}

// problemOf says what an error of the engine is over HTTP. What it does not know
// is a fault of the server, and nothing of its text is told.
func problemOf(err error) *Problem {
	if p := (*Problem)(nil); errors.As(err, &p) {
		return p.complete()
	}
	p := typedProblem(err)
	for i := 0; p == nil && i < len(kinds); i++ {
		if k := kinds[i]; errors.Is(err, k.err) {
			p = &Problem{Status: k.status, Code: k.code, Detail: sentence(err)}
		}
	}
	tooLarge := (*http.MaxBytesError)(nil)
	switch {
	case p != nil:
	case errors.As(err, &tooLarge):
		p = errTooLarge
	case errors.Is(err, store.ErrConflict):
		p = &Problem{Status: http.StatusServiceUnavailable, Code: "BUSY", Detail: "Too many changed the same at once. Try again."}
	case errors.Is(err, store.ErrInvalid):
		p = &Problem{Status: http.StatusUnprocessableEntity, Code: "CANNOT_BE_STORED", Detail: "It holds text that cannot be stored, or too much of it."}
	case errors.Is(err, context.DeadlineExceeded):
		p = &Problem{Status: http.StatusGatewayTimeout, Code: "TIMEOUT", Detail: "It took too long: a platform does not answer. Try again."}
	default:
		p = errInternal
	}
	return p.complete()
}

// typedProblem is problemOf for errors that say more than their text.
func typedProblem(err error) *Problem {
	var (
		ambiguous *grantwright.AmbiguousError
		forbidden *grantwright.ForbiddenError
		open      *grantwright.OpenError
		taken     *grantwright.PrincipalTakenError
		key       *grantwright.KeyError
		stale     *grantwright.StaleError
		inUse     *grantwright.InUseError
		proposal  *grantwright.StaleProposalError
		diff      *grantwright.StaleDiffError
		limit     *grantwright.LimitError
		prevented *grantwright.PreventedError
		rule      *review.RuleError
		question  *review.QuestionError
	)
	switch faults := faultsOf(err); {
	case len(faults) > 0:
		return &Problem{Status: http.StatusUnprocessableEntity, Code: "INVALID", Detail: sentence(err), Errors: faults}
	case errors.As(err, &ambiguous):
		return &Problem{Status: http.StatusConflict, Code: "AMBIGUOUS", Detail: sentence(err), Candidates: ambiguous.Candidates}
	case errors.As(err, &forbidden):
		return &Problem{Status: http.StatusForbidden, Code: "FORBIDDEN", Detail: fmt.Sprintf("You may not %s: that takes %s.", forbidden.Act, forbidden.Needs)}
	case errors.As(err, &stale) || errors.As(err, &proposal) || errors.As(err, &diff):
		return &Problem{Status: http.StatusConflict, Code: "STALE", Detail: sentence(err)}
	case errors.As(err, &inUse):
		return &Problem{Status: http.StatusConflict, Code: "IN_USE", Detail: sentence(err)}
	case errors.As(err, &limit):
		return &Problem{Status: http.StatusTooManyRequests, Code: "LIMIT", Detail: sentence(err)}
	case errors.As(err, &prevented):
		return &Problem{Status: http.StatusConflict, Code: "PREVENTED", Detail: sentence(err)}
	case errors.As(err, &open):
		return &Problem{Status: http.StatusConflict, Code: "OPEN", Detail: sentence(err)}
	case errors.As(err, &taken):
		return &Problem{Status: http.StatusConflict, Code: "PRINCIPAL_TAKEN", Detail: sentence(err)}
	case errors.As(err, &key):
		return &Problem{Status: http.StatusUnprocessableEntity, Code: "KEY_REUSED", Detail: sentence(err), Errors: []Fault{{Header: keyHeader, Detail: "was used for another submission"}}}
	case errors.As(err, &question) || errors.As(err, &rule):
		return &Problem{Status: http.StatusUnprocessableEntity, Code: "CONDITION", Detail: sentence(err), Errors: conditionFaults(err)}
	case errors.Is(err, request.ErrUnknownPerson):
		return &Problem{Status: http.StatusUnprocessableEntity, Code: "UNKNOWN_PERSON", Detail: sentence(err), Errors: []Fault{faultAt("beneficiary", "is nobody we know")}}
	}
	return nil
}

// conditionFaults says of every condition of an error what is wrong with it, and
// where.
func conditionFaults(err error) []Fault {
	switch e := err.(type) {
	case *review.QuestionError:
		return []Fault{conditionFault(fmt.Sprintf("questions[%d].when", e.Question), e.RuleError)}
	case *review.RuleError:
		return []Fault{conditionFault(e.Rule, e)}
	case interface{ Unwrap() []error }:
		var all []Fault
		for _, inner := range e.Unwrap() {
			all = append(all, conditionFaults(inner)...)
		}
		return all
	case interface{ Unwrap() error }:
		return conditionFaults(e.Unwrap())
	}
	return nil
}

func conditionFault(field string, e *review.RuleError) Fault {
	f := faultAt(field, strings.TrimPrefix(e.Error(), "review: "+e.Rule+": "))
	f.Snippet = e.Snippet()
	return f
}

// complete gives a problem its title.
func (p *Problem) complete() *Problem {
	c := *p
	c.Title = http.StatusText(p.Status)
	return &c
}

// faultsOf gathers what is wrong from every *request.InvalidError of an error:
// several may be joined.
func faultsOf(err error) []Fault {
	var faults []Fault
	if invalid, is := err.(*request.InvalidError); is {
		for _, f := range invalid.Faults {
			faults = append(faults, faultAt(f.Field, f.Reason))
		}
		return faults
	}
	switch e := err.(type) {
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			faults = append(faults, faultsOf(inner)...)
		}
	case interface{ Unwrap() error }:
		return faultsOf(e.Unwrap())
	}
	return faults
}

func faultAt(field, reason string) Fault {
	if field == "key" { // of a submission; the API takes it as a header
		return Fault{Header: keyHeader, Detail: reason, field: field}
	}
	return Fault{Pointer: pointer(field), Detail: reason, field: field}
}

var steps = regexp.MustCompile(`\.|\[(\d+)\]`)

// pointer writes a field such as columns[0] or answers.purpose as a JSON pointer.
func pointer(field string) string {
	field = strings.NewReplacer("~", "~0", "/", "~1").Replace(field)
	return "#/" + fragment(steps.ReplaceAllStringFunc(field, func(step string) string {
		return "/" + strings.Trim(step, ".[]")
	}))
}

// fragment escapes what must not stand in the fragment of a URI.
func fragment(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"#%<>[]\\^`{|}", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

var (
	packages = regexp.MustCompile(`(^|: |; )((grantwright|catalog|request|review|provision|store|notify|web): )+`)
	word1    = regexp.MustCompile(`^[a-z]+[ ,:;.]`)
)

// sentence is the text of an error for people: without the names of packages,
// with a capital letter and a full stop.
func sentence(err error) string {
	text := strings.TrimSpace(packages.ReplaceAllString(strings.ReplaceAll(err.Error(), "\n", "; "), "$1"))
	return capital(text)
}

func capital(text string) string {
	if text != "" && !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "?") {
		text += "."
	}
	if word1.MatchString(text) { // and not a name, or an address
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	return text
}

// fail answers with a problem: a page for people, a problem document for programs.
func (s *site) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := s.problem(r, err)
	if isAPI(r.URL.Path) {
		writeProblem(w, p)
		return
	}
	s.show(w, r, p.Status, "error", p)
}

// problem is problemOf, and logs what is not told.
func (s *site) problem(r *http.Request, err error) *Problem {
	p := problemOf(err)
	if p.Code == errInternal.Code {
		p.ID = newID()[:12]
		s.log.Error("a request failed", "id", p.ID, "method", r.Method, "path", r.URL.Path, "error", err)
	}
	return p
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	huma.DefaultJSONFormat.Marshal(w, p)
}

// transformed turns the errors of huma, which are about what was sent, into
// problem documents like all others.
func transformed(_ huma.Context, _ string, body any) (any, error) {
	model, is := body.(*huma.ErrorModel)
	if !is {
		return body, nil
	}
	p := &Problem{Status: model.Status, Code: "INVALID", Detail: capital(model.Detail)}
	switch model.Status {
	case http.StatusRequestEntityTooLarge:
		return errTooLarge.complete(), nil
	case http.StatusBadRequest:
		p.Code = "BODY"
	}
	for _, d := range model.Errors {
		p.Errors = append(p.Errors, faultOf(d))
	}
	return p.complete(), nil
}

// faultOf reads where huma found a fault, such as body.answers.purpose.
func faultOf(d *huma.ErrorDetail) Fault {
	where, field, _ := strings.Cut(d.Location, ".")
	switch {
	case where == "path" || where == "query":
		return Fault{Parameter: field, Detail: d.Message}
	case where == "header":
		return Fault{Header: field, Detail: d.Message}
	case field == "" && strings.HasPrefix(d.Message, "#/"): // as readJSON says it
		at, reason, _ := strings.Cut(d.Message, " ")
		return Fault{Pointer: at, Detail: reason}
	case field == "":
		return Fault{Pointer: "#", Detail: d.Message}
	}
	return Fault{Pointer: pointer(field), Detail: d.Message}
}
