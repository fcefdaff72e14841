package document

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"sync/atomic"

	"github.com/danielgtaylor/huma/v2"

	"github.com/grantwright/grantwright/web/internal/exchange"
	"github.com/grantwright/grantwright/web/internal/site"
)

// Described serves an OpenAPI document.
type Described struct {
	Document *huma.OpenAPI
	Base     func(context.Context) string // the server of a request; empty for that of the document
	Refuse   func(http.ResponseWriter, *http.Request, error)

	last atomic.Pointer[description]
}

// description is the OpenAPI document as it is sent.
type description struct {
	base string // of the server that it names
	text []byte
	tag  string // weak: the same document may be sent compressed
}

// ServeHTTP answers with the OpenAPI document. A client may keep it, and asks each time whether
// it is still that.
func (s *Described) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d, err := s.at(s.Base(r.Context()))
	if err != nil {
		s.Refuse(w, r, err)
		return
	}
	w.Header().Set("ETag", d.tag)
	w.Header().Set("Cache-Control", "no-cache") // that is: not without asking
	if match := r.Header.Get("If-None-Match"); match != "" && exchange.Matches(match, d.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	kind := exchange.Accepted(r.Header.Values("Accept"), "application/openapi+json", "application/json")
	if kind == "" {
		s.Refuse(w, r, site.ErrAccept([]string{"application/openapi+json", "application/json"}))
		return
	}
	w.Header().Add("Vary", "Accept")
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(d.text)
}

// at is the document with its server at a base. It is made once: a handler has one
// base, or a few.
func (s *Described) at(base string) (*description, error) {
	if d := s.last.Load(); d != nil && d.base == base {
		return d, nil
	}
	document := *s.Document
	if base != "" {
		document.Servers = []*huma.Server{{URL: base}}
	}
	text, err := json.MarshalIndent(&document, "", "  ")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	d := &description{base, append(text, '\n'), `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
	s.last.Store(d)
	return d, nil
}
