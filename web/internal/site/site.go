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

	// Authenticate returns the identity of whoever sent a request, or an error that
	// wraps ErrSignIn.
	Authenticate func(r *http.Request) (request.Identity, error)

	PerPerson *limit.Limiter // holds each person to a rate; nil to none
}

// Who authenticates a request and records the person in its Visit.
func (s *Site) Who(r *http.Request) error {
	by, err := s.Authenticate(r)
	if err != nil {
		if errors.Is(err, ErrSignIn) || errors.Is(err, store.ErrAway) || errors.As(err, new(*Problem)) {
			return err
		}
		return &fault{fmt.Errorf("Options.Authenticate: %w", err)}
	}
	if err := by.Check(); err != nil {
		return &fault{fmt.Errorf("Options.Authenticate: %w", err)}
	}
	if err := s.Engine.StopSwitches().Disabled(r.Context(), by.Person()); err != nil {
		return err
	}
	VisitOf(r.Context()).By = by
	if s.PerPerson != nil {
		if wait := s.PerPerson.Take(string(by.Person())); wait > 0 {
			return TooOften(wait)
		}
	}
	if err := s.Engine.People().Seen(r.Context(), by); err != nil && r.Context().Err() == nil {
		s.Log.Warn("whoever is signed in could not be kept, and may not be found by others", "error", err)
	}
	return nil
}

// fault hides an error of the host. ProblemOf does not look into it, so that its text
// stays in the log.
type fault struct{ err error }

func (f *fault) Error() string { return f.err.Error() }
