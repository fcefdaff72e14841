package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/grantwright/grantwright/request"
)

// who authenticates a request, and keeps the person with it.
func (s *site) who(r *http.Request) error {
	by, err := s.options.Authenticate(r)
	if err != nil {
		if !errors.Is(err, ErrSignIn) {
			return &fault{fmt.Errorf("Options.Authenticate: %w", err)}
		}
		return err
	}
	if err := by.Check(); err != nil {
		return &fault{fmt.Errorf("Options.Authenticate: %w", err)}
	}
	if err := s.engine.Stops().Disabled(r.Context(), by.Person()); err != nil {
		return err
	}
	visitOf(r.Context()).by = by
	if err := s.engine.People().Seen(r.Context(), by); err != nil && r.Context().Err() == nil {
		s.log.Warn("whoever is signed in could not be kept, and may not be found by others", "error", err)
	}
	return nil
}

// fault keeps what it holds from being told: it is not about what was sent.
type fault struct{ err error }

func (f *fault) Error() string { return f.err.Error() }

// signedIn lets only those in who are signed in; browsers are sent to sign in,
// and come back to what they asked for.
func (s *site) signedIn(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := s.who(r)
		switch {
		case err == nil:
			next(w, r)
		case errors.Is(err, ErrSignIn) && s.signInURL(r) != "" && (r.Method == http.MethodGet || r.Method == http.MethodHead):
			http.Redirect(w, r, s.signInURL(r), http.StatusSeeOther)
		default:
			s.fail(w, r, err)
		}
	}
}

// signInURL is where a browser signs in before it comes back here; empty if the
// host has not said where.
func (s *site) signInURL(r *http.Request) string {
	at := s.options.SignInPath
	if s.dev != nil {
		at = s.to(r, "/sign-in")
	}
	if at == "" {
		return ""
	}
	u, err := url.Parse(at)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Set("return", s.here(r))
	u.RawQuery = q.Encode()
	return u.String()
}

// signInPage is what the page of the dev sign-in shows.
type signInPage struct {
	People request.Roster
	Return string
}

func (s *site) routeDevSignIn() {
	s.mux.HandleFunc("GET /sign-in", func(w http.ResponseWriter, r *http.Request) {
		s.show(w, r, http.StatusOK, "signin", signInPage{s.dev.People, ReturnPath(r, s.to(r, "/"))})
	})
	s.mux.HandleFunc("POST /sign-in", func(w http.ResponseWriter, r *http.Request) {
		by, err := s.dev.People.Lookup(r.Context(), request.PersonID(r.PostFormValue("person")))
		if err != nil {
			s.fail(w, r, errForm)
			return
		}
		http.SetCookie(w, s.dev.cookie(visitOf(r.Context()).base, by.Person()))
		http.Redirect(w, r, ReturnPath(r, s.to(r, "/")), http.StatusSeeOther)
	})
	s.mux.HandleFunc("POST /sign-out", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, s.dev.cookie(visitOf(r.Context()).base, ""))
		http.Redirect(w, r, s.to(r, "/sign-in"), http.StatusSeeOther)
	})
}
