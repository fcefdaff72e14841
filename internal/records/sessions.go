package records

import (
	"encoding/json"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Sessions are the sessions of browsers, each under the digest of its token.
var Sessions = store.Kind[request.SessionID, request.Session]{
	Name:    "sessions",
	Of:      func(s request.Session) request.SessionID { return s.ID },
	Indexes: []store.Indexed[request.Session]{SessionsOf, SessionsUnder, SessionsEnding},
	Quiet:   true,
}

// The orders in which sessions are found.
var (
	// SessionsOf finds those of a person, by when they began.
	SessionsOf = store.Index[request.PersonID, request.Session]{Kind: "sessions", Name: "person",
		Values: func(s request.Session) []request.PersonID { return []request.PersonID{s.Identity.Person()} },
		Order:  func(s request.Session) string { return store.OrderTime(s.Begun) }}

	// SessionsUnder finds those that go back to a session at a provider, or to anybody's at
	// a provider, by ProviderKey and SubjectKey.
	SessionsUnder = store.Index[string, request.Session]{Kind: "sessions", Name: "provider",
		Values: func(s request.Session) []string {
			keys := []string{SubjectKey(s.Provider.Issuer, s.Provider.Subject)}
			return append(keys, store.Only(ProviderKey(s.Provider.Issuer, s.Provider.Session), s.Provider.Session != "")...)
		},
		Order: func(s request.Session) string { return store.OrderTime(s.Begun) }}

	// SessionsEnding finds all, by when they end.
	SessionsEnding = store.Index[string, request.Session]{Kind: "sessions", Name: "ending",
		Values: func(request.Session) []string { return []string{"all"} },
		Order:  func(s request.Session) string { return store.OrderTime(s.Expires) }}
)

// ProviderKey names a session at a provider.
func ProviderKey(issuer, session string) string {
	return store.Digest("sid\n" + issuer + "\n" + session)
}

// SubjectKey names a person at a provider.
func SubjectKey(issuer, subject string) string {
	return store.Digest("sub\n" + issuer + "\n" + subject)
}

// Kept is something that is kept for a while, to be taken once: a sign-in under way, or
// the mark that a token was used. Its id is the digest of its secret.
type Kept struct {
	ID      string          `json:"id"`
	Value   json.RawMessage `json:"value,omitempty"`
	Expires time.Time       `json:"expires"`
}

// KeptOnce are all of them.
var KeptOnce = store.Kind[string, Kept]{
	Name:    "kept",
	Of:      func(k Kept) string { return k.ID },
	Indexes: []store.Indexed[Kept]{KeptEnding},
	Quiet:   true,
}

// KeptEnding finds all, by when they end.
var KeptEnding = store.Index[string, Kept]{Kind: "kept", Name: "ending",
	Values: func(Kept) []string { return []string{"all"} },
	Order:  func(k Kept) string { return store.OrderTime(k.Expires) }}

// LostGroups are the findings that somebody's groups have all vanished, one for each
// person at most.
var LostGroups = store.Kind[request.PersonID, request.LostGroups]{
	Name:    "lost_groups",
	Of:      func(l request.LostGroups) request.PersonID { return l.Person },
	Indexes: []store.Indexed[request.LostGroups]{LostGroupsOpen},
	Quiet:   true,
}

// LostGroupsOpen finds those that nobody has confirmed, by when they were made.
var LostGroupsOpen = store.Index[string, request.LostGroups]{Kind: "lost_groups", Name: "open",
	Values: func(l request.LostGroups) []string { return store.Only("all", l.Confirmed == "") },
	Order:  func(l request.LostGroups) string { return store.OrderTime(l.At) }}
