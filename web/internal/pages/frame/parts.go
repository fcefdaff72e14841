package frame

import (
	"net/http"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/words"
)

// parts is the page that shows the parts of all pages: one of each, from the stylesheet
// and the templates that the pages use. It holds examples only.
type parts struct {
	Faults   []ShownFault
	Trouble  string
	Requests []request.Status
	Grants   []provision.State

	Asset catalog.Ref
	Login string
	By    request.PersonID
	At    time.Time
}

// partsPage shows the parts. Whoever is signed in may see them.
func (s *Frame) partsPage(w http.ResponseWriter, r *http.Request) {
	said := words.Of(r)
	s.Show(w, r, http.StatusOK, own, "parts", parts{
		Faults:   []ShownFault{{"wrong", said.T("Reason") + ": " + said.T("An answer is needed.")}},
		Requests: []request.Status{request.Pending, request.Approved, request.Denied, request.Expired},
		Grants:   []provision.State{provision.Provisioning, provision.Active, provision.Failed, provision.Suspended, provision.Revoked},
		Asset:    "warehouse:sales.public.orders", Login: "eve", By: "eve@example.com",
		At: time.Date(2026, time.January, 5, 9, 0, 0, 0, time.UTC),
	})
}
