package frame

import (
	"maps"
	"net/http"
	"slices"

	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web/internal/site"
)

// AskAgain keeps what somebody has sent when nobody is signed in any more, or not as an
// approval takes it: it holds all of it, to be sent again once they are.
func (s *Frame) AskAgain(w http.ResponseWriter, r *http.Request, asks review.StepUp) {
	if !s.Posted(w, r) {
		return
	}
	page := again{Here: s.Here(r), SignIn: s.SignInTo(r, s.To(r, "/signed-in"), asks), Asks: asks}
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		if unrepeated[name] {
			page.Lost = page.Lost || r.PostForm.Get(name) != ""
			continue
		}
		for _, value := range r.PostForm[name] {
			page.Fields = append(page.Fields, sent{name, value})
		}
	}
	s.Show(w, r, http.StatusUnauthorized, own, "again", page)
}

// again is the page of what was sent while nobody was signed in.
type again struct {
	Here   string // where it was sent, with its query
	SignIn string
	Fields []sent
	Lost   bool // a secret was among it, which is not repeated

	Asks review.StepUp // zero where nobody is signed in
}

// sent is one value of a form.
type sent struct{ Name, Value string }

// unrepeated are fields that may hold a secret, which no page repeats.
var unrepeated = map[string]bool{"secret": true, "password": true, "token": true}

// signedInPage is where somebody arrives who has signed in beside a page that waits for it.
func (s *Frame) signedInPage(w http.ResponseWriter, r *http.Request) {
	s.Show(w, r, http.StatusOK, own, "signedin", site.VisitOf(r.Context()).By)
}
