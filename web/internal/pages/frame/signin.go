package frame

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web/internal/site"
)

// SignIn says where browsers sign in. The zero SignIn shows a page that says that
// nobody is signed in.
type SignIn struct {
	Path string  // of the host's own sign-in
	Out  string  // of the host's own sign-out, which takes a POST
	Dev  *Picker // if it is set, people pick somebody from a list instead
}

// Picker is a sign-in by a list of people, without any proof.
type Picker struct {
	People request.Roster
	Cookie func(base string, person request.PersonID) *http.Cookie // signs in; without a person it signs out
}

// SignedIn lets only those in who are signed in; browsers are sent to sign in,
// and come back to the page that they asked for.
func (s *Frame) SignedIn(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := s.Who(r)
		switch {
		case err == nil:
			next(w, r)
		case errors.Is(err, site.ErrSignIn) && IsEmbedded(r) && r.Method != http.MethodPost: // no provider lets itself be framed
			s.Fail(w, r, err)
		case errors.Is(err, site.ErrSignIn) && s.SignInURL(r) != "" && (r.Method == http.MethodGet || r.Method == http.MethodHead):
			http.Redirect(w, r, s.SignInURL(r), http.StatusSeeOther)
		case errors.Is(err, site.ErrSignIn) && s.SignInURL(r) != "" && r.Method == http.MethodPost:
			s.AskAgain(w, r, review.StepUp{})
		default:
			s.Fail(w, r, err)
		}
	}
}

// signOutPath is where a POST signs out; empty where nobody is signed in, or can sign out.
func (s *Frame) signOutPath(r *http.Request) string {
	switch {
	case site.VisitOf(r.Context()).By.ID == "":
		return ""
	case s.signIn.Dev != nil:
		return s.To(r, "/sign-out")
	}
	return s.signIn.Out
}

// SignInURL is where a browser signs in before it comes back here; empty if the
// host has no sign-in.
func (s *Frame) SignInURL(r *http.Request) string { return s.SignInTo(r, s.Here(r), review.StepUp{}) }

// SignInTo is where a browser signs in, as a stage may ask, before it goes to a path of ours.
func (s *Frame) SignInTo(r *http.Request, to string, asks review.StepUp) string {
	at := s.signIn.Path
	if s.signIn.Dev != nil {
		at = s.To(r, "/sign-in")
	}
	if at == "" {
		return ""
	}
	u, err := url.Parse(at)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Set("return", to)
	if !asks.Within.IsZero() {
		q.Set("fresh", "1")
	}
	if len(asks.ACR) > 0 {
		q.Set("acr", asks.ACR[0])
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// signInPage is the page of the dev sign-in.
type signInPage struct {
	People request.Roster
	Return string
}

func (s *Frame) routeDevSignIn() {
	s.mux.HandleFunc("GET /sign-in", func(w http.ResponseWriter, r *http.Request) {
		s.Show(w, r, http.StatusOK, own, "signin", signInPage{s.signIn.Dev.People, site.ReturnPath(r, s.To(r, "/"))})
	})
	s.mux.HandleFunc("POST /sign-in", func(w http.ResponseWriter, r *http.Request) {
		by, err := s.signIn.Dev.People.Lookup(r.Context(), request.PersonID(r.PostFormValue("person")))
		if err != nil {
			s.Fail(w, r, site.ErrForm)
			return
		}
		http.SetCookie(w, s.signIn.Dev.Cookie(site.VisitOf(r.Context()).Base, by.Person()))
		http.Redirect(w, r, site.ReturnPath(r, s.To(r, "/")), http.StatusSeeOther)
	})
	s.mux.HandleFunc("POST /sign-out", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, s.signIn.Dev.Cookie(site.VisitOf(r.Context()).Base, ""))
		http.Redirect(w, r, s.To(r, "/sign-in"), http.StatusSeeOther)
	})
}
