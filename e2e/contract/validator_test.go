package contract_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
)

const document = "../../web/testdata/openapi.json"

// exchange is a call and its answer, as package web's tests write them.
type exchange struct {
	Test, Method, URL, Body string
	Header                  http.Header
	Status                  int
	AnswerHeader            http.Header
	Answer                  string
}

func newValidator(t *testing.T) validator.Validator {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := libopenapi.NewDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return v
}

// sent is the request of an exchange, anew.
func (x exchange) sent(t *testing.T) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), x.Method, x.URL, strings.NewReader(x.Body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = x.Header.Clone()
	if x.Body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	}
	return r
}

// faults are what the document says against an exchange: against its answer, and against its
// request if that was accepted.
func (x exchange) faults(t *testing.T, v validator.Validator) (faults []string) {
	t.Helper()
	answer := &http.Response{StatusCode: x.Status, Header: x.AnswerHeader, Body: io.NopCloser(bytes.NewReader([]byte(x.Answer)))}
	_, wrong := v.ValidateHttpResponse(x.sent(t), answer)
	if x.Status < 300 {
		_, more := v.ValidateHttpRequest(x.sent(t))
		wrong = append(wrong, more...)
	}
	for _, e := range wrong {
		text := e.Message + ": " + e.Reason
		for _, s := range e.SchemaValidationErrors {
			text += "; " + s.Reason
		}
		faults = append(faults, text)
	}
	return faults
}
