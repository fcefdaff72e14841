// Package operating are the pages of administrators: work by hand, stop switches,
// webhooks, and assets that are missing.
package operating

import (
	"embed"
	"net/http"

	"github.com/grantwright/grantwright/request"
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
	f.Link(frame.Link{Section: frame.Administration, Path: "/tasks", Text: "Tasks", For: []request.Permission{request.Admin, request.Governance}})
	f.Link(frame.Link{Section: frame.Administration, Path: "/wanted", Text: "Missing assets", For: []request.Permission{request.Admin, request.Governance}})
	f.Link(frame.Link{Section: frame.Administration, Path: "/webhooks", Text: "Webhooks", For: []request.Permission{request.Admin, request.Governance, request.Audit}})
	f.Link(frame.Link{Section: frame.Administration, Path: "/stops", Text: "Emergency", For: []request.Permission{request.Admin, request.Governance, request.Audit}})
	f.Handle("GET /wanted", s.wantedPage)
	f.Handle("POST /wanted", s.wantedAct)
	f.Handle("GET /tasks", s.tasksPage)
	f.Handle("POST /tasks", s.tasksAct)
	f.Handle("GET /tasks/{id}", s.taskPage)
	f.Handle("POST /tasks/{id}", s.taskAct)
	f.Handle("GET /stops", s.stopsPage)
	f.Handle("POST /stops", s.stopsAct)
	f.Handle("GET /webhooks", s.webhooksPage)
	f.Handle("POST /webhooks", s.webhooksAct)
	f.Handle("GET /webhooks/{id}", s.webhookPage)
	f.Handle("POST /webhooks/{id}", s.webhookAct)
}

func (s *room) show(w http.ResponseWriter, r *http.Request, status int, name string, page any) {
	s.Show(w, r, status, templates, name, page)
}
