package site

import (
	"encoding/json"
	"io"
	"net/http"
)

// Refuse answers with the problem document of an error.
func (s *Site) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	WriteProblem(w, s.Problem(r, err))
}

// Problem makes the problem document of an error, with the id of the request. Faults of
// the server are logged under it.
func (s *Site) Problem(r *http.Request, err error) *Problem {
	p := ProblemOf(err)
	p.ID = VisitOf(r.Context()).ID
	switch p.Code {
	case ErrAway.Code:
		s.Log.WarnContext(r.Context(), "the store is away", "id", p.ID, "method", r.Method, "path", r.URL.Path, "error", err)
	case ErrInternal.Code:
		s.Log.ErrorContext(r.Context(), "a request failed", "id", p.ID, "method", r.Method, "path", r.URL.Path, "error", err)
	}
	return p
}

// WriteProblem answers with a problem document.
func WriteProblem(w http.ResponseWriter, p *Problem) {
	p.SetHeaders(w)
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	_ = out.Encode(p)
}

// SetHeaders sets the header fields of the problem.
func (p *Problem) SetHeaders(w http.ResponseWriter) {
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
}

// Plain answers with a line of text.
func Plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}
