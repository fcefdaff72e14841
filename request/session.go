package request

import (
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/internal/excerpt"
)

// SessionID names a session for ever: the SHA-256 of the token that the browser holds, in
// hexadecimal. It says nothing of the token, and opens nothing.
type SessionID string

// Session is a sign-in of a person that a browser holds by a token. It begins when they
// have signed in, is looked up with each of their requests, and ends by itself, by an act
// of theirs, of their provider or of an administrator, or when they are disabled. Only the
// token's SHA-256 is kept.
type Session struct {
	ID       SessionID `json:"id"`
	Identity Identity  `json:"identity"` // as of the last sign-in of this person, in any session
	SignedIn SignIn    `json:"signedIn"` // of this session
	Provider Provider  `json:"provider"`
	Agent    string    `json:"agent,omitempty"` // what the browser calls itself; it proves nothing
	Begun    time.Time `json:"begun"`
	Seen     time.Time `json:"seen"` // some tenths of Idle ago at most
	Expires  time.Time `json:"expires"`

	Idle time.Duration `json:"idle"` // how long it may lie unused
	Most time.Duration `json:"most"` // how long it lasts, used or not
}

// Provider is the session at the provider of identities that a session of ours goes back to.
type Provider struct {
	Issuer  string `json:"issuer"`            // its URL
	Subject string `json:"subject"`           // the provider's own id of the person
	Session string `json:"session,omitempty"` // its id of the session (sid); empty if it gives none
	Token   string `json:"token,omitempty"`   // the ID token, to be named when they sign out
}

// MaxAgentRunes bounds Session.Agent.
const MaxAgentRunes = 200

// Opened is a session that begins now.
func (s Session) Opened(now time.Time) Session {
	s.Agent = strings.ToValidUTF8(excerpt.Of(s.Agent, MaxAgentRunes), "")
	s.Begun = now
	return s.Used(now)
}

// Used is a session that is used now: it lies idle from here on.
func (s Session) Used(now time.Time) Session {
	s.Seen, s.Expires = now, now.Add(s.Idle)
	if last := s.Begun.Add(s.Most); last.Before(s.Expires) {
		s.Expires = last
	}
	return s
}

// Stale reports whether so much of the idle time is over that the use is written down.
func (s Session) Stale(now time.Time) bool { return now.Sub(s.Seen) >= s.Idle/10 }

// Who is the identity of whoever holds the session.
func (s Session) Who() Identity {
	who := s.Identity
	who.SignedIn = s.SignedIn
	return who
}

// Check refuses a session that nobody could hold.
func (s Session) Check() error {
	if err := s.Identity.Check(); err != nil {
		return err
	}
	var c checker
	if s.Idle <= 0 {
		c.fault("idle", "is %s, must be longer", s.Idle)
	}
	if s.Most <= 0 {
		c.fault("most", "is %s, must be longer", s.Most)
	}
	return c.err("session")
}

// LostGroups is a finding: a provider says of somebody who was in groups that they are in
// none. It may be so, and it may be a claim that somebody has configured away. Until an
// administrator or somebody of governance confirms it, the groups of that person are not
// known, and nothing of theirs ends.
type LostGroups struct {
	Person    PersonID  `json:"person"`
	Had       []string  `json:"had"` // the first of them
	Count     int       `json:"count"`
	At        time.Time `json:"at"`
	Confirmed PersonID  `json:"confirmed,omitempty"` // by whom; empty while nobody has
	Reason    string    `json:"reason,omitempty"`    // why they did
}

// MaxLostGroups bounds LostGroups.Had.
const MaxLostGroups = 100

// Lost is the finding that somebody's groups have all vanished at a sign-in; ok is false
// where they have not.
func Lost(was, is Identity, now time.Time) (found LostGroups, ok bool) {
	if len(was.Groups) == 0 || is.Groups == nil || len(is.Groups) > 0 {
		return LostGroups{}, false
	}
	had := slices.Sorted(slices.Values(was.Groups))
	return LostGroups{Person: is.Person(), Had: had[:min(len(had), MaxLostGroups)], Count: len(had), At: now}, true
}

// Keeping is an identity as records keep it. Where its groups are not known this time,
// they and the permissions that may have come from them stay as they were; where
// its attributes are not known, so do they.
func (i Identity) Keeping(was Identity) Identity {
	if i.Groups == nil && was.Groups != nil {
		i.Groups = was.Groups
		i.Permissions = union(was.Permissions, i.Permissions)
	}
	if i.Attributes == nil {
		i.Attributes = was.Attributes
	}
	i.SignedIn = SignIn{}
	return i
}

func union(a, b []Permission) []Permission {
	all := slices.Clone(a)
	for _, p := range b {
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}
