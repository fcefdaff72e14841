// Package operating are the pages of administrators: connections, people, failed access, work
// by hand, stop switches, webhooks, and assets that are missing.
package operating

import (
	"embed"
	"net/http"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
)

//go:embed all:templates
var files embed.FS

var templates = frame.Parse(files)

// EventWords writes an event in a language; empty where it has no words.
type EventWords func(*words.Words, event.Name) string

// room are the pages, in the frame of all.
type room struct {
	*frame.Frame
	events EventWords
}

// Register adds the pages to a frame. They name events by the words that they are given.
func Register(f *frame.Frame, events EventWords) {
	s := &room{f, events}
	staff, governors := []request.Permission{request.Admin, request.Governance, request.Audit}, []request.Permission{request.Admin, request.Governance}
	f.Link(frame.Link{Section: frame.Administration, Path: "/connections", Text: "Connections", For: staff})
	f.Link(frame.Link{Section: frame.Administration, Path: "/people", Text: "People", For: staff})
	f.Link(frame.Link{Section: frame.Administration, Path: "/failed", Text: "Failed access", For: staff})
	f.Link(frame.Link{Section: frame.Administration, Path: "/tasks", Text: "Tasks", For: governors})
	f.Link(frame.Link{Section: frame.Administration, Path: "/wanted", Text: "Missing assets", For: governors})
	f.Link(frame.Link{Section: frame.Administration, Path: "/webhooks", Text: "Webhooks", For: staff})
	f.Link(frame.Link{Section: frame.Administration, Path: "/stops", Text: "Emergency", For: staff})
	f.Handle("GET /connections", s.connectionsPage)
	f.Handle("GET /connections/new", s.newConnectionPage)
	f.Handle("POST /connections/new", s.newConnectionAct)
	f.Handle("GET /connections/{name}", s.connectionPage)
	f.Handle("POST /connections/{name}", s.connectionAct)
	f.Handle("GET /connections/{name}/setup", s.setupPage)
	f.Handle("GET /connections/{name}/setup.sql", s.setupFile)
	f.Handle("GET /connections/{name}/findings", s.findingsPage)
	f.Handle("POST /connections/{name}/findings", s.findingsAct)
	f.Handle("GET /connections/{name}/foreign", s.foreignPage)
	f.Handle("POST /connections/{name}/foreign", s.foreignAct)
	f.Handle("GET /people", s.peoplePage)
	f.Handle("GET /person", s.personPage)
	f.Handle("POST /person", s.personAct)
	f.Handle("GET /failed", s.failedPage)
	f.Handle("POST /failed", s.failedAct)
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
