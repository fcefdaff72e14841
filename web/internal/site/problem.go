package site

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/excerpt"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Problem is an error over HTTP: a problem document of RFC 9457.
type Problem struct {
	Title      string          `json:"title" doc:"The kind of problem, the same for each of its kind"`
	Status     int             `json:"status" doc:"The HTTP status"`
	Code       string          `json:"code" doc:"The kind of problem, for programs" example:"STALE"`
	Detail     string          `json:"detail,omitempty" doc:"What happened this time"`
	ID         string          `json:"id,omitempty" doc:"Of the request, as in X-Request-Id: of a fault of the server the log has more under it"`
	Errors     []Fault         `json:"errors,omitempty" nullable:"false" doc:"Each thing that is wrong with what was sent"`
	Candidates []catalog.Asset `json:"candidates,omitempty" nullable:"false" doc:"The assets that an ambiguous link may mean, or that have a name like the one that none has"`

	OAuth string `json:"error,omitempty" doc:"Of the login of a device: the code as RFC 8628 spells it" example:"authorization_pending"`

	Header http.Header `json:"-"` // of the answer, beside its type; what the status alone says is missing
}

// Error is the detail of the problem.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status; huma reads it.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is the content type of problem documents; huma reads it.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// MaxBodyBytes bounds the body of a request.
const MaxBodyBytes = 1 << 20

// keyHeader is the header field in which the API takes the key of a submission.
const keyHeader = "Idempotency-Key"

// ErrSignIn is wrapped by an Authenticate that finds nobody signed in.
var ErrSignIn = errors.New("web: nobody is signed in")

// The problems that no error of the engine stands behind.
var (
	ErrCrossOrigin = &Problem{Status: http.StatusForbidden, Code: "CROSS_ORIGIN", Detail: "Another site sent this request on your behalf. Nothing was changed."}
	ErrNoPage      = &Problem{Status: http.StatusNotFound, Code: "NOT_FOUND", Detail: "There is nothing at this address."}
	ErrNoMethod    = &Problem{Status: http.StatusMethodNotAllowed, Code: "METHOD", Detail: "This address knows other methods; the header Allow lists them."}
	ErrMediaType   = &Problem{Status: http.StatusUnsupportedMediaType, Code: "MEDIA_TYPE", Detail: "The body must be JSON, and say so: Content-Type: application/json."}
	ErrTooLarge    = &Problem{Status: http.StatusRequestEntityTooLarge, Code: "TOO_LARGE", Detail: fmt.Sprintf("The body is too large, at most %d bytes are allowed.", MaxBodyBytes)}
	ErrForm        = &Problem{Status: http.StatusBadRequest, Code: "FORM", Detail: "The form could not be read."}
	ErrAway        = &Problem{Status: http.StatusServiceUnavailable, Code: "STORE", Detail: "The records cannot be read or written at present. Nothing that was confirmed is lost; try again."}
	ErrInternal    = &Problem{Status: http.StatusInternalServerError, Code: "INTERNAL", Detail: "Something went wrong on our side. Nothing that was confirmed is lost; try again."}
)

// TooOften refuses a client that asks too often, and says when it may again.
func TooOften(wait time.Duration) *Problem {
	return &Problem{Status: http.StatusTooManyRequests, Code: "RATE", Detail: "Too many requests came from you. Slow down, and try again later.",
		Header: http.Header{"Retry-After": {strconv.Itoa(int(math.Ceil(wait.Seconds())))}}}
}

// ErrAccept refuses a request that takes no media type of the answer.
func ErrAccept(offers []string) error {
	return &Problem{Status: http.StatusNotAcceptable, Code: "NOT_ACCEPTABLE", Detail: "The answer is not there in a media type that the header Accept takes.",
		Errors: []Fault{{Header: "Accept", Detail: "must take " + strings.Join(offers, " or ")}}}
}

// kinds give errors of the engine their status and their code. The first that fits
// wins, and the text of the error becomes the detail.
var kinds = []struct {
	err    error
	status int
	code   string
}{
	{ErrSignIn, http.StatusUnauthorized, "SIGN_IN"},
	{request.ErrTooOften, http.StatusTooManyRequests, "LIMIT"},
	{request.ErrCode, http.StatusBadRequest, "CODE"},
	{request.ErrPending, http.StatusBadRequest, "AUTHORIZATION_PENDING"},
	{request.ErrSlowDown, http.StatusBadRequest, "SLOW_DOWN"},
	{request.ErrRefused, http.StatusBadRequest, "ACCESS_DENIED"},
	{request.ErrTokenOver, http.StatusBadRequest, "EXPIRED_TOKEN"},
	{request.ErrForbidden, http.StatusForbidden, "FORBIDDEN"},
	{review.ErrOwnRequest, http.StatusForbidden, "OWN_REQUEST"},
	{review.ErrNotSteward, http.StatusForbidden, "NOT_STEWARD"},
	{review.ErrNotOpen, http.StatusConflict, "STAGE_NOT_OPEN"},
	{review.ErrDecided, http.StatusConflict, "DECIDED"},
	{review.ErrStale, http.StatusConflict, "STALE"},
	{review.ErrNothing, http.StatusConflict, "NOTHING_TO_TAKE_BACK"},
	{store.ErrState, http.StatusConflict, "STATE"},
	{notify.ErrNoKey, http.StatusConflict, "NO_KEY"},
	{manifest.ErrOwnProposal, http.StatusForbidden, "OWN_PROPOSAL"},
	{manifest.ErrProposed, http.StatusAccepted, "PROPOSED"},
	{store.ErrTooMany, http.StatusConflict, "TOO_MANY"},
	{notify.ErrAccount, http.StatusUnprocessableEntity, "ACCOUNT"},
	{provision.ErrNoPrincipal, http.StatusConflict, "NO_PRINCIPAL"},
	{provision.ErrNoPlatform, http.StatusConflict, "NO_PLATFORM"},
	{provision.ErrPlatform, http.StatusBadGateway, "PLATFORM"},
	{provision.ErrPermanent, http.StatusConflict, "PLATFORM_REFUSES"},
	{catalog.ErrLink, http.StatusBadRequest, "LINK"},
	{catalog.ErrRef, http.StatusBadRequest, "REFERENCE"},
	{catalog.ErrConnection, http.StatusUnprocessableEntity, "CONNECTION"},
	{catalog.ErrNotFound, http.StatusNotFound, "NOT_FOUND"},
	{store.ErrNotFound, http.StatusNotFound, "NOT_FOUND"},
}

// ProblemOf makes the problem document of an error. An unknown error is a fault of
// the server, and its text stays out of the document.
func ProblemOf(err error) *Problem {
	if p := (*Problem)(nil); errors.As(err, &p) {
		return p.Complete()
	}
	if errors.Is(err, request.ErrForbidden) && errors.Is(err, store.ErrNotFound) { // they may not know that it exists
		return (&Problem{Status: http.StatusNotFound, Code: "NOT_FOUND", Detail: Sentence(err)}).Complete()
	}
	p := typedProblem(err)
	for i := 0; p == nil && i < len(kinds); i++ {
		if k := kinds[i]; errors.Is(err, k.err) {
			p = &Problem{Status: k.status, Code: k.code, Detail: Sentence(err)}
		}
	}
	tooLarge := (*http.MaxBytesError)(nil)
	switch {
	case p != nil:
	case errors.As(err, &tooLarge):
		p = ErrTooLarge
	case errors.Is(err, store.ErrConflict):
		p = &Problem{Status: http.StatusServiceUnavailable, Code: "BUSY", Detail: "Too many changed the same at once. Try again."}
	case errors.Is(err, store.ErrAway):
		p = ErrAway
	case errors.Is(err, store.ErrInvalid):
		p = &Problem{Status: http.StatusUnprocessableEntity, Code: "CANNOT_BE_STORED", Detail: "It holds text that cannot be stored, or too much of it."}
	case errors.Is(err, context.DeadlineExceeded):
		p = &Problem{Status: http.StatusGatewayTimeout, Code: "TIMEOUT", Detail: "It took too long: a platform does not answer. Try again."}
	default:
		p = ErrInternal
	}
	return p.Complete()
}

// typedProblem is ProblemOf for errors with fields of their own.
func typedProblem(err error) *Problem {
	var (
		ambiguous *catalog.AmbiguousError
		unknown   *catalog.UnknownError
		forbidden *request.ForbiddenError
		nobody    *request.UnknownError
		open      *request.OpenError
		taken     *provision.PrincipalTakenError
		key       *request.KeyError
		stale     *manifest.StaleError
		inUse     *manifest.InUseError
		proposal  *manifest.StaleProposalError
		diff      *manifest.StaleDiffError
		limit     *request.LimitError
		unanswer  *request.UnansweredError
		prevented *review.PreventedError
		rule      *review.RuleError
		question  *review.QuestionError
		stepUp    *review.StepUpError
	)
	switch faults := faultsOf(err); {
	case errors.Is(err, request.ErrToken):
		return badToken(err)
	case len(faults) > 0:
		return &Problem{Status: http.StatusUnprocessableEntity, Code: "INVALID", Detail: Sentence(err), Errors: faults}
	case errors.As(err, &ambiguous):
		return &Problem{Status: http.StatusConflict, Code: "AMBIGUOUS", Detail: Sentence(err), Candidates: ambiguous.Candidates}
	case errors.As(err, &unknown):
		return &Problem{Status: http.StatusNotFound, Code: "NOT_FOUND", Detail: Sentence(err), Candidates: unknown.Similar}
	case errors.As(err, &nobody):
		return &Problem{Status: http.StatusNotFound, Code: "NOT_FOUND", Detail: Sentence(err)}
	case errors.As(err, &forbidden):
		return &Problem{Status: http.StatusForbidden, Code: "FORBIDDEN", Detail: Refusal(forbidden)}
	case errors.As(err, &stale) || errors.As(err, &proposal) || errors.As(err, &diff):
		return &Problem{Status: http.StatusConflict, Code: "STALE", Detail: Sentence(err)}
	case errors.As(err, &inUse):
		return &Problem{Status: http.StatusConflict, Code: "IN_USE", Detail: Sentence(err)}
	case errors.As(err, &limit):
		p := &Problem{Status: http.StatusTooManyRequests, Code: "LIMIT", Detail: Sentence(err)}
		if strings.HasSuffix(limit.Field, "beneficiary") {
			p.Errors = []Fault{FaultAt(limit.Field, Sentence(err))}
		}
		return p
	case errors.As(err, &stepUp):
		return &Problem{Status: http.StatusUnauthorized, Code: "STEP_UP", Detail: Sentence(err), Header: http.Header{"WWW-Authenticate": {challengeOf(stepUp.StepUp)}}}
	case errors.As(err, &prevented):
		return &Problem{Status: http.StatusConflict, Code: "PREVENTED", Detail: Sentence(err)}
	case errors.As(err, &open):
		return &Problem{Status: http.StatusConflict, Code: "OPEN", Detail: Sentence(err)}
	case errors.As(err, &taken):
		return &Problem{Status: http.StatusConflict, Code: "PRINCIPAL_TAKEN", Detail: Sentence(err)}
	case errors.As(err, &key):
		return &Problem{Status: http.StatusUnprocessableEntity, Code: "KEY_REUSED", Detail: Sentence(err), Errors: []Fault{{Header: keyHeader, Detail: "was used for another submission"}}}
	case errors.As(err, &unanswer):
		return &Problem{Status: http.StatusConflict, Code: "UNANSWERED", Detail: Sentence(err), Errors: []Fault{{Header: keyHeader, Detail: "was used for this already"}}}
	case errors.As(err, &question) || errors.As(err, &rule):
		return &Problem{Status: http.StatusUnprocessableEntity, Code: "CONDITION", Detail: Sentence(err), Errors: conditionFaults(err)}
	case errors.Is(err, request.ErrUnknownPerson):
		return &Problem{Status: http.StatusUnprocessableEntity, Code: "UNKNOWN_PERSON", Detail: Sentence(err), Errors: []Fault{FaultAt("beneficiary", "is nobody we know")}}
	}
	return nil
}

// challengeOf asks for another sign-in as RFC 9470 does.
func challengeOf(s review.StepUp) string {
	text := `Bearer error="insufficient_user_authentication", error_description="The approval takes another sign-in"`
	if s.MaxAge() >= 0 {
		text += fmt.Sprintf(`, max_age="%d"`, s.MaxAge())
	}
	if len(s.ACR) > 0 {
		text += fmt.Sprintf(`, acr_values="%s"`, strings.Join(s.ACR, " "))
	}
	return text
}

// The bounds of one answer. What was sent may hold very many faults, and each may quote
// what was sent.
const (
	maxFaults     = 100
	maxDetail     = 2000 // bytes, of a problem and of a fault
	maxPlaceBytes = 500  // of a pointer, and of the name of a parameter or of a field
)

// Complete is the problem with its title, and with no more faults than help: the last
// one says how many there are beside them.
func (p *Problem) Complete() *Problem {
	c := *p
	c.Title = http.StatusText(p.Status)
	c.Detail = excerpt.Of(c.Detail, maxDetail)
	c.Errors = slices.Clone(p.Errors[:min(len(p.Errors), maxFaults)])
	for i := range c.Errors {
		c.Errors[i] = c.Errors[i].bounded()
	}
	if more := len(p.Errors) - maxFaults; more > 0 {
		c.Errors = append(c.Errors, Fault{Detail: fmt.Sprintf("and %d faults more, which are not listed", more)})
	}
	return &c
}

// GetHeaders are the header fields of the answer: how to say who one is, and after how many
// seconds to try again, where that helps. huma reads it.
func (p *Problem) GetHeaders() http.Header {
	if p.Header != nil {
		return p.Header
	}
	switch p.Status {
	case http.StatusUnauthorized:
		return http.Header{"Www-Authenticate": {`Bearer realm="Grantwright"`}} // RFC 9110, section 11.6.1
	case http.StatusTooManyRequests:
		return http.Header{"Retry-After": {"60"}}
	case http.StatusServiceUnavailable:
		return http.Header{"Retry-After": {"5"}}
	}
	return nil
}
