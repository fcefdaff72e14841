package review

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/internal/faults"
)

// StepUp says how a steward must have signed in for an approval to count (RFC 9470). A
// denial always counts. The zero StepUp asks for nothing.
type StepUp struct {
	Within request.Duration `json:"within,omitzero"` // at most so long before the approval; zero sets no limit
	ACR    []string         `json:"acr,omitempty"`   // to one of these levels, by the provider's own names; none takes any
}

// The bounds of a StepUp.
const (
	maxACR      = 10
	maxACRBytes = 200

	// clockLeeway is how far the clock of a provider may be ahead of ours.
	clockLeeway = time.Minute
)

// ErrSignInAgain is wrapped by a StepUpError.
var ErrSignInAgain = errors.New("review: approving takes another sign-in")

// StepUpError says that a steward has to sign in again before their approval counts.
type StepUpError struct {
	Stage  string // its name; may be empty
	StepUp StepUp
}

func (e *StepUpError) Error() string {
	return fmt.Sprintf("%v: %s", ErrSignInAgain, e.StepUp)
}

func (e *StepUpError) Unwrap() error { return ErrSignInAgain }

// MaxAge is how many seconds may have passed since the sign-in: max_age of OpenID
// Connect. Negative where any time may. Months have 28 days here, so that a sign-in of
// that age is always enough.
func (s StepUp) MaxAge() int {
	if s.Within.IsZero() {
		return -1
	}
	return int(s.Within.Length(time.Date(2001, 2, 1, 0, 0, 0, 0, time.UTC)) / time.Second)
}

// IsZero reports whether nothing is asked for.
func (s StepUp) IsZero() bool { return s.Within.IsZero() && len(s.ACR) == 0 }

// Met reports whether a sign-in is enough now. Of a sign-in of which nothing is known
// nothing is.
func (s StepUp) Met(by request.SignIn, now time.Time) bool {
	if len(s.ACR) > 0 && !slices.Contains(s.ACR, by.ACR) {
		return false
	}
	if s.Within.IsZero() {
		return true
	}
	return !by.At.IsZero() && !by.At.After(now.Add(clockLeeway)) && !s.Within.End(by.At).Before(now)
}

// Covers reports whether whoever meets s meets other too.
func (s StepUp) Covers(other StepUp) bool {
	longer := !other.Within.IsZero() && (s.Within.IsZero() || s.Within.LongerThan(other.Within, checkedAt))
	further := len(other.ACR) > 0 && (len(s.ACR) == 0 || slices.ContainsFunc(s.ACR, func(acr string) bool { return !slices.Contains(other.ACR, acr) }))
	return !longer && !further
}

// String tells in words how somebody has to have signed in.
func (s StepUp) String() string {
	var parts []string
	if !s.Within.IsZero() {
		parts = append(parts, "within the last "+strings.ToLower(s.Within.String()))
	}
	if len(s.ACR) > 0 {
		parts = append(parts, "to the level "+strings.Join(s.ACR, " or "))
	}
	return "signed in " + strings.Join(parts, " and ")
}

func (s StepUp) validate(c *faults.List, field string) {
	c.Duration(field+".within", s.Within)
	if s.Within == request.Endless {
		c.Add(field+".within", "is %s, which sets no limit; leave it out", s.Within)
	}
	if len(s.ACR) > maxACR {
		c.Add(field+".acr", "are %d, at most %d are allowed", len(s.ACR), maxACR)
		return
	}
	for i, acr := range s.ACR {
		if at := fmt.Sprintf("%s.acr[%d]", field, i); acr == "" || strings.ContainsFunc(acr, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }) || len(acr) > maxACRBytes {
			c.Add(at, "must be 1 to %d printable ASCII characters without spaces, quotes and backslashes, as a provider names its levels", maxACRBytes)
		}
	}
}
