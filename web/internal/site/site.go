package site

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
)

// Site is the engine together with the host's way of telling who asks. The API and
// the pages both work on it.
type Site struct {
	Engine *grantwright.Engine
	Log    *slog.Logger // faults that are not shown go here

	// Authenticate returns the identity of whoever sent a request, or an error that
	// wraps ErrSignIn.
	Authenticate func(r *http.Request) (request.Identity, error)
}

// Who authenticates a request, and keeps the person with it.
func (s *Site) Who(r *http.Request) error {
	by, err := s.Authenticate(r)
	if err != nil {
		if !errors.Is(err, ErrSignIn) {
			return &fault{fmt.Errorf("Options.Authenticate: %w", err)}
		}
		return err
	}
	if err := by.Check(); err != nil {
		return &fault{fmt.Errorf("Options.Authenticate: %w", err)}
	}
	if err := s.Engine.Stops().Disabled(r.Context(), by.Person()); err != nil {
		return err
	}
	VisitOf(r.Context()).By = by
	if err := s.Engine.People().Seen(r.Context(), by); err != nil && r.Context().Err() == nil {
		s.Log.Warn("whoever is signed in could not be kept, and may not be found by others", "error", err)
	}
	return nil
}

// fault keeps what it holds from being told: it is not about what was sent.
type fault struct{ err error }

func (f *fault) Error() string { return f.err.Error() }
