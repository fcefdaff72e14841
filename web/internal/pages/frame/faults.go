package frame

import (
	"net/http"
	"strings"

	"github.com/grantwright/grantwright/web/internal/site"
)

// ShownFault is one line of the summary of errors.
type ShownFault struct{ Field, Text string }

// Titled is a sentence about a thing with a title.
func Titled(field, title, text string) ShownFault {
	return ShownFault{field, title + colon(title) + " " + text}
}

// colon separates a title from a sentence about it.
func colon(title string) string {
	if strings.ContainsAny(title[max(0, len(title)-1):], "?.:!") {
		return ""
	}
	return ":"
}

// About makes a sentence of the fault of a field.
func About(reason string) string {
	for _, verb := range []string{"is ", "are ", "has ", "must ", "holds "} {
		if strings.HasPrefix(reason, verb) {
			return site.Capital("this " + reason)
		}
	}
	return site.Capital(reason)
}

// titles are the headings of problems in words for people, by status.
var titles = map[int]string{
	http.StatusBadRequest:            "This could not be read",
	http.StatusUnauthorized:          "Nobody is signed in",
	http.StatusForbidden:             "This is not yours to see or do",
	http.StatusNotFound:              "Not found",
	http.StatusMethodNotAllowed:      "This does not work here",
	http.StatusConflict:              "This cannot be done now",
	http.StatusRequestEntityTooLarge: "This is too large",
	http.StatusUnprocessableEntity:   "Please check what you entered",
	http.StatusTooManyRequests:       "Too much at once",
	http.StatusBadGateway:            "The platform does not answer",
	http.StatusServiceUnavailable:    "Please try again shortly",
	http.StatusGatewayTimeout:        "The platform takes too long",
}

// faultPage is a problem as people see it.
type faultPage struct {
	*site.Problem
	Heading string
	Stale   bool   // it was made from what others have changed since
	Back    string // the page to which it was sent, as it is now; empty where there is none
}

// faultOf makes the page of a problem. What was sent to a page leads back to it.
func (s *Frame) faultOf(r *http.Request, p *site.Problem) faultPage {
	page := faultPage{Problem: p, Heading: titles[p.Status], Stale: p.Code == "STALE"}
	if page.Heading == "" {
		page.Heading = "Something went wrong"
	}
	if r.Method == http.MethodPost {
		shown := r.Clone(r.Context())
		shown.Method = http.MethodGet
		if _, pattern := s.mux.Handler(shown); pattern != "" {
			page.Back = s.Here(r)
		}
	}
	return page
}

// ErrNoDecision is the answer to a button that says nothing.
var ErrNoDecision = &site.Problem{Status: http.StatusUnprocessableEntity, Code: "INVALID", Detail: "Choose what you decide first."}
