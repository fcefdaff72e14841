package request

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/grantwright/grantwright/internal/excerpt"
)

// ErrToken is wrapped when the secret of a token lets nobody in: it is unknown or
// mistyped, its token has expired or was revoked, or whoever it acts for is not known any
// more.
var ErrToken = errors.New("grantwright: the token lets nobody in")

// ErrTooOften is wrapped when something was tried so often that it has to wait.
var ErrTooOften = errors.New("grantwright: too often")

// TokenID names a token. It is part of the secret, and no secret itself.
type TokenID string

// TokenPrefix begins the secret of every token, so that scanners for secrets find it.
const TokenPrefix = "gwt_"

// Token is how a program acts for somebody. A person issues it, and is shown its secret
// once; it holds until it expires or is revoked. Whoever it acts for is looked up at each
// use: a token never gives more than its owner may at that time.
type Token struct {
	ID          TokenID      `json:"id"`
	Name        string       `json:"name"`                  // for people to read
	Owner       PersonID     `json:"owner"`                 // the person who answers for it
	Actor       PersonID     `json:"actor"`                 // for whom it acts: the owner, or a service of theirs
	Kind        IdentityKind `json:"kind"`                  // of the actor: PERSON or SERVICE
	Permissions []Permission `json:"permissions,omitempty"` // of a service: ASKING, ASKING_FOR_OTHERS, AUDIT
	Scope       TokenScope   `json:"scope"`
	Created     time.Time    `json:"created"`
	CreatedBy   PersonID     `json:"createdBy"`
	Expires     time.Time    `json:"expires"`
	Revoked     time.Time    `json:"revoked,omitzero"`
	RevokedBy   PersonID     `json:"revokedBy,omitempty"`
	LastUsed    time.Time    `json:"lastUsed,omitzero"` // within an hour; zero if it never was
	State       TokenState   `json:"state,omitempty"`   // when it was read; no record keeps it
}

// TokenState says whether a token may be used.
type TokenState string

// The states of tokens.
const (
	TokenActive  TokenState = "ACTIVE"
	TokenExpired TokenState = "EXPIRED"
	TokenRevoked TokenState = "REVOKED"
)

// StateAt is the state of the token at a time.
func (t Token) StateAt(now time.Time) TokenState {
	switch {
	case !t.Revoked.IsZero():
		return TokenRevoked
	case !now.Before(t.Expires):
		return TokenExpired
	}
	return TokenActive
}

// The classes of operations that a scope may name. None includes another.
const (
	ScopeRead       = "read"
	ScopeAsk        = "ask"        // submit and withdraw requests, and what belongs to it
	ScopeDecide     = "decide"     // decide on requests, revoke, and do by hand
	ScopeGovern     = "govern"     // forms, flows, masks, guardrails, and changes of them
	ScopeAdminister = "administer" // connections, webhooks, stop switches
)

// ScopeClasses lists all of them.
func ScopeClasses() []string {
	return []string{ScopeRead, ScopeAsk, ScopeDecide, ScopeGovern, ScopeAdminister}
}

// TokenScope is what a token may be used for.
type TokenScope struct {
	// Operations are classes such as ScopeRead, and ids of single operations, such as
	// submit. One that is in neither way listed is refused.
	Operations []string `json:"operations"`

	// Connections are those that the token is limited to, by name. None means all.
	Connections []string `json:"connections,omitempty"`
}

// Allows reports whether the scope holds an operation, by its class or by its id. An
// operation without a class is in no scope.
func (s TokenScope) Allows(class, operation string) bool {
	return class != "" && (slices.Contains(s.Operations, class) || slices.Contains(s.Operations, operation))
}

// AllowsOn reports whether the scope holds a connection.
func (s TokenScope) AllowsOn(connection string) bool {
	return len(s.Connections) == 0 || slices.Contains(s.Connections, connection)
}

// The bounds of tokens.
const (
	DefaultTokenDays = 90  // that a token may hold at most, unless the host says otherwise
	MaxTokenDays     = 366 // that a host may allow
	MaxTokens        = 100 // of one owner that are active at a time
	maxTokenName     = 100 // characters
	maxScope         = 100 // operations, and connections
)

// TokenSettings is what a token is issued with.
type TokenSettings struct {
	Name    string
	Scope   TokenScope
	Days    int           // how long it holds, from 1 on
	Service *TokenService // nil for whoever issues it
}

// TokenService is the service that a token acts for. Its PersonID is ServiceIssuer, a bar,
// and ID.
type TokenService struct {
	ID    string // such as nightly-load
	Name  string // for people to read
	Owner PersonID

	// Permissions of the service: ASKING, ASKING_FOR_OTHERS, and AUDIT, which counts while
	// the owner has it.
	Permissions []Permission
}

// ServiceIssuer is the issuer of the services for which tokens of ours act. No other
// issuer may have this name.
const ServiceIssuer = "grantwright"

// Person is the id under which records speak of the service.
func (s TokenService) Person() PersonID {
	return Identity{Issuer: ServiceIssuer, ID: s.ID}.Person()
}

// By are the settings with whoever issues the token as the owner of a service that has none.
func (s TokenSettings) By(by PersonID) TokenSettings {
	if s.Service != nil {
		service := *s.Service
		service.Owner = cmp.Or(service.Owner, by)
		s.Service = &service
	}
	return s
}

// Needs are the permissions that it takes to issue the token, all of them: none for whoever
// issues it for themselves, or for a service of their own that only reads.
func (s TokenSettings) Needs(by PersonID) (all []Permission) {
	if s.Service == nil {
		return nil
	}
	if s.Service.Owner != by || len(s.Service.Permissions) > 0 || !slices.Equal(s.Scope.Operations, []string{ScopeRead}) {
		all = append(all, Admin)
	}
	if slices.Contains(s.Service.Permissions, Audit) {
		all = append(all, Audit)
	}
	return all
}

// Concerns reports whether somebody owns a token, or it acts for them.
func (t Token) Concerns(p PersonID) bool { return p == t.Owner || p == t.Actor }

var (
	serviceID = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)
	scopeWord = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
)

// Check refuses settings that no token can have. Days are at most most.
func (s TokenSettings) Check(most int) error {
	var c checker
	c.line("name", s.Name, maxTokenName)
	if s.Days < 1 || s.Days > most {
		c.fault("days", "must be 1 to %d", most)
	}
	s.Scope.check(&c)
	if s.Service != nil {
		s.Service.check(&c)
	}
	return c.err("token")
}

func (s TokenScope) check(c *checker) {
	switch {
	case len(s.Operations) == 0:
		c.fault("scope.operations", "must name at least one of read, ask, decide, govern and administer, or ids of operations")
	case len(s.Operations) > maxScope:
		c.fault("scope.operations", "are %d, at most %d are allowed", len(s.Operations), maxScope)
	}
	for i, o := range s.Operations[:min(len(s.Operations), maxScope)] {
		if !scopeWord.MatchString(o) {
			c.fault(fmt.Sprintf("scope.operations[%d]", i), "is %q, must be a class such as read, or the id of an operation", excerpt.Of(o, maxShown))
		}
	}
	if len(s.Connections) > maxScope {
		c.fault("scope.connections", "are %d, at most %d are allowed", len(s.Connections), maxScope)
	}
	for i, name := range s.Connections[:min(len(s.Connections), maxScope)] {
		if name == "" || len(name) > 255 || !utf8.ValidString(name) || slices.Contains(s.Connections[:i], name) {
			c.fault(fmt.Sprintf("scope.connections[%d]", i), "must be the name of a connection, each once")
		}
	}
}

func (s TokenService) check(c *checker) {
	if !serviceID.MatchString(s.ID) {
		c.fault("service.id", "must be 1 to 63 of a-z, 0-9, dot, underscore and hyphen, and begin with a letter or a digit")
	}
	c.line("service.name", s.Name, maxTokenName)
	c.short("service.owner", string(s.Owner), MaxPersonBytes)
	for i, p := range s.Permissions {
		if !slices.Contains([]Permission{Asking, AskingForOthers, Audit}, p) || slices.Contains(s.Permissions[:i], p) {
			c.fault(fmt.Sprintf("service.permissions[%d]", i), "must be ASKING, ASKING_FOR_OTHERS or AUDIT, each once: a token never decides or governs for a service")
		}
	}
	if slices.Contains(s.Permissions, AskingForOthers) && !slices.Contains(s.Permissions, Asking) {
		c.fault("service.permissions", "must hold ASKING beside ASKING_FOR_OTHERS")
	}
}

// line is a text of one line for people, which may not be empty.
func (c *checker) line(field, s string, most int) {
	switch n := utf8.RuneCountInString(s); {
	case s == "":
		c.fault(field, "is missing")
	case n > most:
		c.fault(field, "has %d characters, at most %d are allowed", n, most)
	case !utf8.ValidString(s) || !printable(s):
		c.fault(field, "must be one line of printable characters")
	}
}

func printable(s string) bool {
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
