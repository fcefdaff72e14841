package catalog

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/internal/excerpt"
)

// ErrConnection is wrapped by every error about a connection that cannot be used.
var ErrConnection = errors.New("catalog: connection")

// Connection is a data platform that an administrator registered.
type Connection struct {
	Name       string `json:"name"`           // the first part of every Ref on it
	Technology string `json:"technology"`     // which Platform opens it, such as "postgres"
	Host       string `json:"host,omitempty"` // the name that catalogs know the platform by; links match it, or Name

	// URL says where the platform is and who we are there, such as
	// postgres://grantwright@db.example.com/postgres?sslmode=verify-full.
	// It never holds a password. Empty for a platform that has none.
	URL string `json:"url,omitempty"`

	// Secret refers to the password: env:NAME or file:/path. The secret itself
	// is read when the platform is opened, and is never stored.
	Secret string `json:"secret,omitempty"`

	Principals Principals `json:"principals"`

	Scope Scope `json:"scope,omitzero"` // which objects are assets; zero for all

	// SyncEvery is the time between two periodic syncs; zero means on demand only.
	SyncEvery time.Duration `json:"syncEvery,omitempty"`

	// Assist says how data stewards are advised on requests here. Empty is by whatever the host
	// has set up.
	Assist Assist `json:"assist,omitempty"`

	Registered time.Time `json:"registered"`

	// Version counts how often it was changed, from 1. In what is registered it names the
	// version that it was based on: 0 leaves that open, and less is for a new one only.
	Version int64 `json:"-"`
}

// Assist is how data stewards are advised.
type Assist string

// The ways of advising, beside the empty one.
const (
	AssistPrecedent Assist = "PRECEDENT" // by earlier determinations alone: nothing leaves the house
	AssistOff       Assist = "OFF"
)

// Principals map people to their names on the platform: who a beneficiary is
// there. The table is asked first, then the expression. Who is in neither has
// no principal, and can have no access on this connection.
type Principals struct {
	// Table holds the platform's name for a person, by the person's id.
	Table map[string]string `json:"table,omitempty"`

	// Expression is CEL over person (id, issuer, name, groups, attributes) with a
	// string result, such as person.attributes.login[0].
	Expression string `json:"expression,omitempty"`

	// Kinds are what may be given access here: PERSON, GROUP, SERVICE. None means
	// PERSON alone.
	Kinds []string `json:"kinds,omitempty"`
}

// kinds are what a principal may stand for.
var kinds = []string{"PERSON", "GROUP", "SERVICE"}

// Takes reports whether a kind of beneficiary may be given access; an empty kind
// is a person.
func (p Principals) Takes(kind string) bool {
	if kind == "" {
		kind = kinds[0]
	}
	if len(p.Kinds) == 0 {
		return kind == kinds[0]
	}
	return slices.Contains(p.Kinds, kind)
}

// Taken lists what may be given access.
func (p Principals) Taken() string {
	return strings.Join(slices.DeleteFunc(slices.Clone(kinds), func(k string) bool { return !p.Takes(k) }), ", ")
}

var (
	secretReference = regexp.MustCompile(`^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.+)$`)
	secretParameter = regexp.MustCompile(`(?i)passw|pwd|secret|token|sslinline`)
)

// Check says what is wrong with the connection, if anything is.
func (c Connection) Check() error {
	if err := CheckConnectionName(c.Name); err != nil {
		return fmt.Errorf("%w: name: %w", ErrConnection, err)
	}
	if c.Technology == "" {
		return fmt.Errorf("%w %s: technology is missing", ErrConnection, c.Name)
	}
	if err := checkPlatform(c.Technology, c.Host); err != nil {
		return fmt.Errorf("%w %s: %w", ErrConnection, c.Name, err)
	}
	if c.Secret != "" && !secretReference.MatchString(c.Secret) {
		// The text is not repeated: it may be the secret itself.
		return fmt.Errorf("%w %s: secret must be a reference, env:NAME or file:/path", ErrConnection, c.Name)
	}
	for i, kind := range c.Principals.Kinds {
		if !slices.Contains(kinds, kind) || slices.Contains(c.Principals.Kinds[:i], kind) {
			return fmt.Errorf("%w %s: principals.kinds: %q must be one of %s, and be there once", ErrConnection, c.Name, excerpt.Of(kind, maxShown), strings.Join(kinds, ", "))
		}
	}
	if !slices.Contains([]Assist{"", AssistPrecedent, AssistOff}, c.Assist) {
		return fmt.Errorf("%w %s: assist is %q, must be %s, %s or empty", ErrConnection, c.Name, excerpt.Of(c.Assist, maxShown), AssistPrecedent, AssistOff)
	}
	if err := c.Scope.check(); err != nil {
		return fmt.Errorf("%w %s: %w", ErrConnection, c.Name, err)
	}
	if c.SyncEvery < 0 || c.SyncEvery > 0 && c.SyncEvery < time.Second {
		return fmt.Errorf("%w %s: syncEvery is %s, must be at least 1s, or 0 for none", ErrConnection, c.Name, c.SyncEvery)
	}
	return c.checkURL()
}

// checkURL never repeats the URL, nor the error of its parsing, which does.
func (c Connection) checkURL() error {
	if c.URL == "" {
		return nil
	}
	refuse := func(reason string) error { return fmt.Errorf("%w %s: url %s", ErrConnection, c.Name, reason) }
	u, err := url.Parse(c.URL)
	if err != nil {
		return refuse("cannot be read")
	}
	if u.Scheme == "" || u.Opaque != "" || u.Fragment != "" {
		return refuse("must read like scheme://user@host/name?parameters")
	}
	// A query that cannot be read in full could hide a password from us, but not
	// from the driver.
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return refuse("has parameters that cannot be read")
	}
	_, found := u.User.Password()
	for name := range query {
		found = found || secretParameter.MatchString(name)
	}
	if found {
		return refuse("holds a password; give a reference to it in secret")
	}
	return nil
}
