package site

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/grantwright/grantwright/internal/excerpt"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Fault is one fault of a request. One of Pointer, Parameter and Header says where
// it is.
type Fault struct {
	Pointer   string `json:"pointer,omitempty" doc:"JSON pointer into the body, as a URI fragment" example:"#/answers/purpose"`
	Parameter string `json:"parameter,omitempty" doc:"Name of a parameter of the path or the query"`
	Header    string `json:"header,omitempty" doc:"Name of a header field"`
	Detail    string `json:"detail" doc:"What is wrong, and what would be right" example:"is required"`

	Snippet string `json:"snippet,omitempty" doc:"Of a condition, the line with a mark below the place"`

	on string // the field of the form, where a page shows it
}

// Field is the field of a form that the fault is about, such as answers.purpose;
// empty if it is about no form.
func (f Fault) Field() string { return f.on }

// bounded is the fault with the beginning of texts that are too long.
func (f Fault) bounded() Fault {
	f.Pointer, f.Parameter, f.Header = excerpt.Of(f.Pointer, maxPlaceBytes), excerpt.Of(f.Parameter, maxPlaceBytes), excerpt.Of(f.Header, maxPlaceBytes)
	f.Detail, f.Snippet = excerpt.Of(f.Detail, maxDetail), excerpt.Of(f.Snippet, maxDetail)
	return f
}

// faultsOf are the faults of every *request.InvalidError in an error.
func faultsOf(err error) []Fault {
	var faults []Fault
	for _, f := range request.FaultsOf(err) {
		faults = append(faults, FaultAt(f.Field, f.Reason))
	}
	return faults
}

// FaultAt is a fault in a field of a form or of a body.
func FaultAt(field, reason string) Fault {
	if field == "key" { // of a submission; the API takes it as a header
		return Fault{Header: keyHeader, Detail: reason, on: field}
	}
	return Fault{Pointer: Pointer(field), Detail: reason, on: field}
}

// conditionFaults lists the fault of every condition in an error, with its place.
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
	f := FaultAt(field, strings.TrimPrefix(e.Error(), "review: "+e.Rule+": "))
	f.Snippet = e.Snippet()
	return f
}

var steps = regexp.MustCompile(`\.|\[(\d+)\]`)

// Pointer writes a field such as columns[0] or answers.purpose as a JSON pointer.
func Pointer(field string) string {
	field = strings.NewReplacer("~", "~0", "/", "~1").Replace(field)
	return "#/" + fragment(steps.ReplaceAllStringFunc(field, func(step string) string {
		return "/" + strings.Trim(step, ".[]")
	}))
}

// fragment escapes the bytes that the fragment of a URI cannot hold.
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
