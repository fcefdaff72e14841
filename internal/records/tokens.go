package records

import (
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Token is a token with the digest of its secret.
type Token struct {
	request.Token
	Digest string `json:"digest"`
}

// Tokens are the tokens of people and services.
var Tokens = store.Kind[request.TokenID, Token]{
	Name:    "tokens",
	Of:      func(t Token) request.TokenID { return t.ID },
	Indexes: []store.Indexed[Token]{TokensOf, TokensOfAll, TokensUnrevoked},
}

// The orders in which tokens are found.
var (
	// TokensOf finds those of an owner, by when they were created.
	TokensOf = store.Index[request.PersonID, Token]{Kind: "tokens", Name: "owner",
		Values: func(t Token) []request.PersonID { return []request.PersonID{t.Owner} },
		Order:  tokenCreated}

	TokensOfAll = store.Index[string, Token]{Kind: "tokens", Name: "all",
		Values: func(Token) []string { return []string{"all"} },
		Order:  tokenCreated}

	// TokensUnrevoked finds those of an owner that are not revoked, by when they expire.
	TokensUnrevoked = store.Index[request.PersonID, Token]{Kind: "tokens", Name: "unrevoked",
		Values: func(t Token) []request.PersonID { return store.Only(t.Owner, t.Revoked.IsZero()) },
		Order:  func(t Token) string { return store.OrderTime(t.Expires) }}
)

func tokenCreated(t Token) string { return store.OrderTime(t.Created) }

// TokenUse says when a token was used last, within an hour.
type TokenUse struct {
	Token request.TokenID `json:"token"`
	At    time.Time       `json:"at"`
}

// TokenUses are the last uses of tokens.
var TokenUses = store.Kind[request.TokenID, TokenUse]{
	Name:  "token_uses",
	Of:    func(u TokenUse) request.TokenID { return u.Token },
	Quiet: true,
}

// ProgramLogin is what somebody has let a program have, which fetches its token with a
// code.
type ProgramLogin struct {
	ID        string             `json:"id"` // digest of the code
	Person    request.PersonID   `json:"person"`
	Name      string             `json:"name"`
	Scope     request.TokenScope `json:"scope"`
	Days      int                `json:"days"`
	Challenge string             `json:"challenge"` // of the verifier, RFC 7636
	Until     time.Time          `json:"until"`
	Token     request.TokenID    `json:"token,omitempty"` // that the code gave, once it has
}

// ProgramLogins are those that are pending, and those that are over until they are cleaned
// up.
var ProgramLogins = store.Kind[string, ProgramLogin]{
	Name:    "program_logins",
	Of:      func(l ProgramLogin) string { return l.ID },
	Indexes: []store.Indexed[ProgramLogin]{ProgramLoginsOf, ProgramLoginsUntil},
	Quiet:   true,
}

// The orders in which they are found: by when they are over.
var (
	ProgramLoginsOf = store.Index[request.PersonID, ProgramLogin]{Kind: "program_logins", Name: "person",
		Values: func(l ProgramLogin) []request.PersonID { return []request.PersonID{l.Person} },
		Order:  func(l ProgramLogin) string { return store.OrderTime(l.Until) }}

	ProgramLoginsUntil = store.Index[string, ProgramLogin]{Kind: "program_logins", Name: "until",
		Values: func(ProgramLogin) []string { return []string{"all"} },
		Order:  func(l ProgramLogin) string { return store.OrderTime(l.Until) }}
)

// DeviceLogin is a device that waits until somebody lets it have a token, as RFC 8628
// has it.
type DeviceLogin struct {
	ID       string             `json:"id"`       // digest of the device code
	UserCode string             `json:"userCode"` // digest
	Name     string             `json:"name"`     // as the device calls itself
	Scope    request.TokenScope `json:"scope"`    // as the device asks for it; once allowed, as it was allowed
	Begun    time.Time          `json:"begun"`
	Until    time.Time          `json:"until"`
	Polled   time.Time          `json:"polled,omitzero"`
	Interval time.Duration      `json:"interval"` // between two polls, at least
	Refused  bool               `json:"refused,omitempty"`
	Person   request.PersonID   `json:"person,omitempty"` // who has allowed it
	Days     int                `json:"days,omitempty"`
}

// DeviceLogins are those that are pending, and those that are over until they are cleaned
// up.
var DeviceLogins = store.Kind[string, DeviceLogin]{
	Name: "device_logins",
	Of:   func(l DeviceLogin) string { return l.ID },
	Unique: func(l DeviceLogin) []store.Unique {
		return []store.Unique{{Name: "user_code", Value: l.UserCode}}
	},
	Indexes: []store.Indexed[DeviceLogin]{DeviceLoginsBy, DeviceLoginsUntil},
	Quiet:   true,
}

// The orders in which they are found: by when they are over.
var (
	DeviceLoginsBy = store.Index[string, DeviceLogin]{Kind: "device_logins", Name: "user_code",
		Values: func(l DeviceLogin) []string { return []string{l.UserCode} }}

	DeviceLoginsUntil = store.Index[string, DeviceLogin]{Kind: "device_logins", Name: "until",
		Values: func(DeviceLogin) []string { return []string{"all"} },
		Order:  func(l DeviceLogin) string { return store.OrderTime(l.Until) }}
)

// CodeGuesses counts the wrong user codes that somebody has entered since a time.
type CodeGuesses struct {
	Person request.PersonID `json:"person"`
	Since  time.Time        `json:"since"`
	Wrong  int              `json:"wrong"`
}

// Guesses are those of each person.
var Guesses = store.Kind[request.PersonID, CodeGuesses]{
	Name:  "code_guesses",
	Of:    func(g CodeGuesses) request.PersonID { return g.Person },
	Quiet: true,
}
