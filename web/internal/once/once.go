// Package once makes each POST of the API at most once for a person and an Idempotency-Key.
//
// The API says of each operation what it is. The routes of those that take a key are then
// registered on a Mux, which asks the engine whether the same was done before.
package once

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/site"
)

// The headers of a POST that is made at most once, and of an answer that was given before.
const (
	KeyHeader      = "Idempotency-Key"
	ReplayedHeader = "Idempotent-Replayed"
)

// creation is a POST that takes an Idempotency-Key.
type creation struct {
	secret bool // its answer holds a secret, and is not kept
}

// Reads marks a POST that changes nothing of which there could be two.
func Reads(op *huma.Operation) { op.Metadata["reads"] = true }

// ShowsSecret marks a POST whose answer holds a secret: it is shown once.
func ShowsSecret(op *huma.Operation) { op.Metadata["secret"] = true }

// bodyTimeout bounds the time in which a body must arrive.
const bodyTimeout = 15 * time.Second

// Mux registers routes, each POST that takes a key with that.
type Mux struct {
	*http.ServeMux
	Site *site.Site

	creations map[string]creation // by method and path
}

// Note notes a POST that takes a key, and documents that: before its route is registered.
// Submissions look after theirs themselves.
func (m *Mux) Note(op *huma.Operation) {
	if op.Method != http.MethodPost || op.Metadata["reads"] != nil || op.OperationID == "submit" || op.OperationID == "submit-batch" {
		return
	}
	if m.creations == nil {
		m.creations = map[string]creation{}
	}
	m.creations[op.Method+" "+op.Path] = creation{secret: op.Metadata["secret"] != nil}
	text := "At most 255 bytes; makes a repeated call the same one, with the same answer, for at least a day"
	if op.Metadata["secret"] != nil {
		text = "At most 255 bytes; a repeated call is refused with 409 for at least a day: the secret was shown in the answer to the first"
	}
	longest := request.MaxKeyBytes
	op.Parameters = append(op.Parameters, &huma.Param{Name: KeyHeader, In: "header", Description: text, Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &longest}})
}

// HandleFunc registers a route.
func (m *Mux) HandleFunc(pattern string, handle func(http.ResponseWriter, *http.Request)) {
	if c, is := m.creations[pattern]; is {
		handle = m.once(c, handle)
	}
	m.ServeMux.HandleFunc(pattern, handle)
}

// errRefused ends an act that was answered with a problem: its key may be used again.
var errRefused = errors.New("web: the act was refused")

// once makes a POST at most once for each person and Idempotency-Key.
func (m *Mux) once(c creation, handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get(KeyHeader)
		if key == "" {
			handle(w, r)
			return
		}
		if err := m.under(key, c, handle, w, r); err != nil {
			m.Site.Refuse(w, r, err)
		}
	}
}

func (m *Mux) under(key string, c creation, handle http.HandlerFunc, w http.ResponseWriter, r *http.Request) error {
	if err := m.Site.Caller(r); err != nil {
		return err
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTimeout)) // some writers have none
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	a := request.Attempt{Operation: r.Method + " " + r.URL.RequestURI(), Key: key, Body: body}
	if t := site.VisitOf(r.Context()).Token; t != nil { // what one token may is not shown to another
		a.Operation += " by token " + string(t.ID)
	}
	first := &recorder{ResponseWriter: w, header: http.Header{}}
	answered, replayed, err := m.Site.Engine.Once(r.Context(), site.VisitOf(r.Context()).By, a, func(ctx context.Context) (request.Answered, error) {
		again := r.WithContext(ctx)
		again.Body = io.NopCloser(bytes.NewReader(body))
		handle(first, again)
		if first.status >= http.StatusBadRequest {
			return request.Answered{Status: first.status}, errRefused
		}
		return first.answered(c), nil
	})
	switch {
	case replayed:
		return m.again(w, answered)
	case err != nil && !errors.Is(err, errRefused):
		return err
	}
	return first.send()
}

// again gives the answer of before once more.
func (m *Mux) again(w http.ResponseWriter, a request.Answered) error {
	for name, value := range a.Header {
		w.Header().Set(name, value)
	}
	w.Header().Set(ReplayedHeader, "true")
	if a.Withheld {
		w.Header().Del("Content-Type")
		return &site.Problem{Status: http.StatusConflict, Code: "SHOWN_ONCE", Detail: "This was done before under the same key. Its answer is not kept, as it held a secret or was too long; Location leads to what was made.",
			Errors: []site.Fault{{Header: KeyHeader, Detail: "was used for this before; take a new one to do it again"}}}
	}
	w.WriteHeader(a.Status)
	_, err := w.Write(a.Body)
	return ignored(err)
}

// ignored drops the error of a write to a client that is gone: nobody is there to be told.
func ignored(error) error { return nil }

// recorder holds an answer back until it is known to be the first.
type recorder struct {
	http.ResponseWriter
	header http.Header
	status int
	body   bytes.Buffer
}

// Unwrap leads http.ResponseController to the deadlines.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// Header are the fields of the answer.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader notes the status.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}

// answered is the answer to be kept.
func (r *recorder) answered(c creation) request.Answered {
	a := request.Answered{Status: max(r.status, http.StatusOK), Header: map[string]string{}}
	for _, name := range []string{"Content-Type", "Location", "ETag"} {
		if value := r.header.Get(name); value != "" {
			a.Header[name] = value
		}
	}
	if a.Withheld = c.secret; !c.secret {
		a.Body = r.body.Bytes()
	}
	return a
}

// send sends the answer on.
func (r *recorder) send() error {
	for name, values := range r.header {
		if strings.EqualFold(name, "Vary") {
			r.ResponseWriter.Header()[name] = append(r.ResponseWriter.Header()[name], values...)
			continue
		}
		r.ResponseWriter.Header()[name] = values
	}
	r.ResponseWriter.WriteHeader(max(r.status, http.StatusOK))
	_, err := r.ResponseWriter.Write(r.body.Bytes())
	return ignored(err)
}
