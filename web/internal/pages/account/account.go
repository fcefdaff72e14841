// Package account are the pages of whoever is signed in: who they are, their notices,
// sessions and tokens, and the logins of programs and devices.
package account

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
	f.Link(frame.Link{Section: frame.Main, Path: "/inbox", Text: "Inbox"})
	f.Link(frame.Link{Section: frame.Own, Path: "/me", Text: "Who you are"})
	f.Link(frame.Link{Section: frame.Own, Path: "/preferences", Text: "Preferences"})
	f.Link(frame.Link{Section: frame.Own, Path: "/sessions", Text: "Sessions"})
	f.Link(frame.Link{Section: frame.Own, Path: "/tokens", Text: "Tokens"})
	f.Handle("GET /me", s.mePage)
	f.Handle("GET /tokens", s.tokensPage)
	f.Handle("POST /tokens", s.tokensAct)
	f.Handle("GET /cli", s.programPage)
	f.Handle("POST /cli", s.programAct)
	f.Handle("GET /device", s.devicePage)
	f.Handle("POST /device", s.deviceAct)
	f.Handle("GET /inbox", s.inboxPage)
	f.Handle("POST /inbox", s.inboxAct)
	f.Handle("GET /preferences", s.preferencesPage)
	f.Handle("POST /preferences", s.preferencesAct)
	f.Handle("GET /sessions", s.sessionsPage)
	f.Handle("POST /sessions", s.sessionsAct)
	f.Handle("GET /sessions/groups", s.lostGroupsPage)
	f.Handle("POST /sessions/groups", s.lostGroupsAct)
}

func (s *room) show(w http.ResponseWriter, r *http.Request, status int, name string, page any) {
	s.Show(w, r, status, templates, name, page)
}
