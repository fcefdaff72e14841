// Package auditing are the pages on who has access, and had it.
package auditing

import (
	"embed"
	"net/http"

	"github.com/grantwright/grantwright/web/internal/pages/frame"
)

//go:embed all:templates
var files embed.FS

var templates = frame.Parse(files)

// room are the pages, in the frame of all.
type room struct{ *frame.Frame }

// Register adds the pages to a frame.
func Register(f *frame.Frame) {
	s := &room{f}
	f.Link(frame.Link{Section: frame.Main, Path: "/access", Text: "Access"})
	f.Handle("GET /access", s.accessPage)
}

func (s *room) show(w http.ResponseWriter, r *http.Request, status int, name string, page any) {
	s.Show(w, r, status, templates, name, page)
}
