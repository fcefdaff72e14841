// Package deciding are the pages of requests: the lists of them, the queue of a data
// steward, and the case in which they decide.
package deciding

import (
	"context"
	"embed"
	"net/http"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
)

//go:embed all:templates
var files embed.FS

var templates = frame.Parse(files)

// mostCounted is the highest number that the navigation shows of what waits.
const mostCounted = 100

// room are the pages, in the frame of all.
type room struct{ *frame.Frame }

// Register adds the pages to a frame.
func Register(f *frame.Frame) {
	s := &room{f}
	f.Link(frame.Link{Section: frame.Main, Path: "/requests", Text: "Requests"})
	f.Link(frame.Link{Section: frame.Main, Path: "/reviews", Text: "Reviews", Count: func(ctx context.Context, by request.Identity) (int, error) {
		return s.Engine.Reviews().Waiting(ctx, by, mostCounted)
	}})
	f.Handle("GET /batches/{id}", s.batchPage)
	f.Handle("GET /requests", s.requestsPage)
	f.Handle("GET /requests.csv", s.requestsCSV)
	f.Handle("GET /requests.jsonl", s.requestsLines)
	f.Handle("GET /reviews", s.reviewsPage)
	f.Handle("POST /reviews", s.reviewsAct)
	f.Handle("POST /reviews/preview", s.bulkPage)
	f.Handle("POST /grants/preview", s.grantsPage)
	f.Handle("POST /grants", s.grantsAct)
	f.Handle("GET /requests/{id}", s.casePage)
	f.Handle("POST /requests/{id}", s.caseAct)
	f.Handle("GET /substitute", s.substitutePage)
	f.Handle("POST /substitute", s.substituteAct)
}

func (s *room) show(w http.ResponseWriter, r *http.Request, status int, name string, page any) {
	s.Show(w, r, status, templates, name, page)
}
