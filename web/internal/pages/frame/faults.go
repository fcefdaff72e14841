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

// ErrNoDecision is the answer to a button that says nothing.
var ErrNoDecision = &site.Problem{Status: http.StatusUnprocessableEntity, Code: "INVALID", Detail: "Choose what you decide first."}
