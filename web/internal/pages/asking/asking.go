// Package asking are the pages of whoever asks for access: the form of an asset, its
// preview, and what is asked again.
package asking

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
	f.Handle("GET /request", s.formPage)
	f.Handle("POST /request", s.formSubmit)
	f.Handle("POST /request/report", s.reportAct)
	f.Handle("GET /requests/{id}/edit", s.editPage)
	f.Handle("POST /requests/{id}/edit", s.editAct)
	f.Handle("GET /requests/{id}/renewal", s.renewalPage)
}

func (s *room) show(w http.ResponseWriter, r *http.Request, status int, name string, page any) {
	s.Show(w, r, status, templates, name, page)
}
