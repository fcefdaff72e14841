// Package site is the ground on which the API and the pages stand: the engine, who
// is signed in, the problem documents of errors, the cursors of lists, and the forms
// in which both show plans, jobs, webhooks and replays. It knows neither of them.
package site

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/limit"
)

// Site is the engine together with the host's way of telling who asks. The API and
// the pages both work on it.
type Site struct {
	Engine *grantwright.Engine
	Log    *slog.Logger // faults that are not shown go here
	URL    string       // of the pages, as people know it; empty where the host does not say

	// Authenticate returns the identity of whoever sent a request, or an error that
	// wraps ErrSignIn.
	Authenticate func(r *http.Request) (request.Identity, error)

	PerPerson *limit.Limiter // holds each person to a rate; nil to none
}

// Who authenticates a request, once, and records the person in its Visit. A token of ours is
// refused: Caller takes it.
func (s *Site) Who(r *http.Request) error {
	visit := VisitOf(r.Context())
	if visit.known {
		return nil
	}
	if _, ours, _ := Bearer(r); ours {
		return ErrTokenOnPage
	}
	by, err := s.Authenticate(r)
	if err != nil {
		if errors.Is(err, ErrSignIn) || errors.Is(err, store.ErrAway) || errors.As(err, new(*Problem)) {
			return err
		}
		return &fault{fmt.Errorf("Options.Authenticate: %w", err)}
	}
	err = by.Check()
	if err == nil && by.Issuer == request.ServiceIssuer {
		err = fmt.Errorf("the issuer %q is that of the services of tokens", by.Issuer)
	}
	if err != nil {
		return &fault{fmt.Errorf("Options.Authenticate: %w", err)}
	}
	if err := s.holdToRate(by); err != nil {
		return err
	}
	if err := s.Engine.People().Arrive(r.Context(), by); err != nil {
		return err
	}
	visit.By, visit.known = by, true
	return nil
}

// holdToRate refuses somebody who asks too often.
func (s *Site) holdToRate(by request.Identity) error {
	if s.PerPerson != nil {
		if wait := s.PerPerson.Take(string(by.Person())); wait > 0 {
			return TooOften(wait)
		}
	}
	return nil
}

// fault hides an error of the host. ProblemOf does not look into it, so that its text
// stays in the log.
type fault struct{ err error }

func (f *fault) Error() string { return f.err.Error() }
