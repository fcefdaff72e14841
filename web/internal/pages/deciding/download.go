package deciding

import (
	"io"
	"net/http"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/sheet"
	"github.com/grantwright/grantwright/web/internal/site"
)

func (s *room) requestsCSV(w http.ResponseWriter, r *http.Request) {
	var lines *sheet.Writer
	s.downloadRequests(w, r, frame.AsCSV, "requests.csv", func(out io.Writer, all []request.Request) error {
		if lines == nil {
			lines = sheet.New(out, sheet.Requests)
		}
		for _, req := range all {
			lines.Request(req)
		}
		return lines.Flush()
	})
}

func (s *room) requestsLines(w http.ResponseWriter, r *http.Request) {
	s.downloadRequests(w, r, frame.AsLines, "requests.jsonl", func(out io.Writer, all []request.Request) error {
		return frame.WriteLines(out, all, func(req request.Request) any { return req })
	})
}

// downloadRequests hands the requests of a list, filtered as the list is, to write, page by page.
func (s *room) downloadRequests(w http.ResponseWriter, r *http.Request, kind, file string, write func(io.Writer, []request.Request) error) {
	by := site.VisitOf(r.Context()).By
	q, err := filtersOf(r.URL.Query()).wanted(roleOf(r), by)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	q.Limit = store.MaxPage
	s.Download(w, r, kind, file, func(out io.Writer) (bool, error) {
		found, err := s.Engine.Requests(r.Context(), by, q)
		if err != nil {
			return false, err
		}
		q.After = found.Next
		return !q.After.Zero(), write(out, found.Requests)
	})
}

// roleOf is whose requests are asked for.
func roleOf(r *http.Request) grantwright.Role {
	if r.URL.Query().Get("role") == string(grantwright.Overseer) {
		return grantwright.Overseer
	}
	return grantwright.Concerned
}
