// Package auditing are the pages on what happened, and on who has access, and had it: the
// log, the whole story of a request, access at any time, and charts of the log.
package auditing

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
	auditors := []request.Permission{request.Audit}
	f.Link(frame.Link{Section: frame.Main, Path: "/access", Text: "Access"})
	f.Link(frame.Link{Section: frame.Audit, Path: "/log", Text: "Log", For: auditors})
	f.Link(frame.Link{Section: frame.Audit, Path: "/charts", Text: "Figures", For: []request.Permission{request.Audit, request.Governance}})
	f.Link(frame.Link{Section: frame.Audit, Path: "/advice", Text: "Review assist", For: []request.Permission{request.Audit, request.Governance, request.Admin}})
	f.Handle("GET /advice", s.advicePage)
	f.Handle("GET /charts", s.chartsPage)
	f.Handle("GET /access", s.accessPage)
	f.Handle("GET /access.csv", s.accessCSV)
	f.Handle("GET /access.jsonl", s.accessLines)
	f.Handle("GET /log", s.logPage)
	f.Handle("GET /log.csv", s.logCSV)
	f.Handle("GET /log.jsonl", s.logLines)
	f.Handle("GET /requests/{id}/story", s.storyPage)
}

func (s *room) show(w http.ResponseWriter, r *http.Request, status int, name string, page any) {
	s.Show(w, r, status, templates, name, page)
}
