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
	if x.AnswerHeader.Get("Content-Type") == "application/jsonl" { // the validator reads one document
		x.Answer = "[" + strings.Join(strings.Split(strings.TrimSuffix(x.Answer, "\n"), "\n"), ",") + "]"
	}
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

// TestTheValidatorFindsBreaks plants one break of each kind.
func TestTheValidatorFindsBreaks(t *testing.T) {
	t.Parallel()
	v := newValidator(t)
	json := http.Header{"Content-Type": {"application/json"}, "Grantwright-User": {"eve@example.com"}}
	problem := http.Header{"Content-Type": {"application/problem+json"}}
	const base = "http://127.0.0.1/api/v1"
	whole := exchange{Method: "GET", URL: base + "/preferences", Header: json, Status: 200, AnswerHeader: json, Answer: `{"channels":{},"there":[]}`}
	if faults := whole.faults(t, v); len(faults) > 0 {
		t.Errorf("nothing is wrong, and it finds %v", faults)
	}
	lines := exchange{Method: "GET", URL: base + "/connections/warehouse/links?format=jsonl", Header: json, Status: 200, AnswerHeader: http.Header{"Content-Type": {"application/jsonl"}},
		Answer: `{"ref":"warehouse:sales","kind":"DATABASE","dataAccess":"/request"}` + "\n" + `{"ref":"warehouse:sales.public","kind":"SCHEMA","dataAccess":"/request"}` + "\n"}
	for answer, wrong := range map[string]bool{lines.Answer: false, "": false, lines.Answer + `{"ref":"x","kind":"TABLE"}` + "\n": true, lines.Answer + "no JSON\n": true, lines.Answer + `{"ref":1,"kind":"TABLE","dataAccess":"/request"}` + "\n": true} {
		lines.Answer = answer
		if faults := lines.faults(t, v); (len(faults) > 0) != wrong {
			t.Errorf("of the lines %q it finds %v", answer, faults)
		}
	}
	for name, change := range map[string]func(*exchange){
		"a field is missing":              func(x *exchange) { x.Answer = `{"channels":{}}` },
		"a field is of another type":      func(x *exchange) { x.Answer = `{"channels":{},"there":"mail"}` },
		"another media type":              func(x *exchange) { x.AnswerHeader = http.Header{"Content-Type": {"text/html"}} },
		"a problem without a code":        func(x *exchange) { x.Status, x.AnswerHeader, x.Answer = 403, problem, `{"title":"x","status":403}` },
		"an address that is not there":    func(x *exchange) { x.URL = base + "/nothing" },
		"a parameter out of its bounds":   func(x *exchange) { x.URL, x.Answer = base+"/requests?limit=501", `{"items":[]}` },
		"a body with a field of no use":   func(x *exchange) { x.Method, x.Body = "PUT", `{"channels":{},"more":1}` },
		"a body without a required field": func(x *exchange) { x.Method, x.Body = "PUT", `{}` },
	} {
		x := whole
		if change(&x); len(x.faults(t, v)) == 0 {
			t.Errorf("%s, and nothing is found", name)
		}
	}
}
