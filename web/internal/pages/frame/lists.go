package frame

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/site"
)

// ListLength is how many things a page lists.
const ListLength = 50

// AtInput is how browsers write a time without a zone; we read it as UTC.
const AtInput = "2006-01-02T15:04"

// settleTimeout is how long an act waits for the platform, so that the page
// that follows mostly shows how it went.
const settleTimeout = 2 * time.Second

// NextPage is the address of a list from a position on, with all else that was asked for;
// empty for the zero position.
func (s *Frame) NextPage(r *http.Request, next store.Position) string {
	if next.Zero() {
		return ""
	}
	q := url.Values{}
	for name, values := range r.URL.Query() {
		q[name] = values
	}
	q.Set("cursor", site.FormatCursor(next))
	return s.To(r, r.URL.Path) + "?" + q.Encode()
}

// LastOf names the last of a page that is full.
func LastOf[T any](all []T, name func(T) string) string {
	if len(all) < ListLength {
		return ""
	}
	return name(all[len(all)-1])
}

// Changed goes on to a page after a change, or to the proposal that it has become.
func (s *Frame) Changed(w http.ResponseWriter, r *http.Request, err error, next string) {
	switch {
	case s.ToProposal(w, r, err):
	case err != nil:
		s.Fail(w, r, err)
	default:
		http.Redirect(w, r, s.To(r, next), http.StatusSeeOther)
	}
}

// ToProposal redirects to the change that awaits a second person, if the error is
// about one.
func (s *Frame) ToProposal(w http.ResponseWriter, r *http.Request, err error) bool {
	proposed := (*manifest.ProposedError)(nil)
	if !errors.As(err, &proposed) {
		return false
	}
	http.Redirect(w, r, s.To(r, "/proposals/"+string(proposed.Proposal)), http.StatusSeeOther)
	return true
}

// SettleShortly gives the platform a moment. The page that follows shows its answer,
// or that there is none yet.
func (s *Frame) SettleShortly(r *http.Request, req request.Request) {
	if req.Status != request.Approved && req.Status != request.Revoked {
		return
	}
	if err := s.WaitForGrant(r.Context(), site.VisitOf(r.Context()).By, req.ID, settleTimeout); err != nil {
		s.Log.WarnContext(r.Context(), "the platform was not waited for", "request", req.ID, "error", err)
	}
}
