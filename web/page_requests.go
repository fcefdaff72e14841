package web

import (
	"net/http"
	"net/url"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// listLength is how many things a page lists.
const listLength = 50

// requestList is a page of requests.
type requestList struct {
	Role     grantwright.Role
	Requests []request.Request
	Next     string // the address of the next page
	First    bool   // this is the first page
	Overseer bool   // there is a list of all requests to go to
}

func (s *site) requestsPage(w http.ResponseWriter, r *http.Request) {
	role := grantwright.Concerned
	if r.URL.Query().Get("role") == string(grantwright.Overseer) {
		role = grantwright.Overseer
	}
	s.listRequests(w, r, role)
}

func (s *site) reviewsPage(w http.ResponseWriter, r *http.Request) {
	s.listRequests(w, r, grantwright.Steward)
}

func (s *site) listRequests(w http.ResponseWriter, r *http.Request, role grantwright.Role) {
	by := visitOf(r.Context()).by
	after, err := parseCursor(r.URL.Query().Get("cursor"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	found, err := s.engine.Requests(r.Context(), by, grantwright.RequestQuery{Role: role, After: after, Limit: listLength})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "requests", requestList{
		Role: role, Requests: found.Requests, Next: s.nextPage(r, found.Next), First: after.Zero(),
		Overseer: by.Has(request.Governance) || by.Has(request.Audit)})
}

// nextPage is the address of a list from a position on.
func (s *site) nextPage(r *http.Request, next store.Position) string {
	if next.Zero() {
		return ""
	}
	q := url.Values{"cursor": {formatCursor(next)}}
	if role := r.URL.Query().Get("role"); role != "" {
		q.Set("role", role)
	}
	return s.to(r, r.URL.Path) + "?" + q.Encode()
}
