package notify

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/grantwright/grantwright/request"
)

// WebhookID names a webhook.
type WebhookID string

// WebhookState says whether a webhook is called.
type WebhookState string

// The states of a webhook.
const (
	WebhookActive    WebhookState = "ACTIVE"
	WebhookSuspended WebhookState = "SUSPENDED" // it failed for too long, or said that it is gone; nothing is lost
)

// The limits of a webhook.
const (
	MaxWebhookNameBytes = 200
	MaxWebhookURLBytes  = 2000
	MaxWebhookFilters   = 50
	MaxLiveSecrets      = 2 // the newest, and the one before it while receivers change over
)

// Webhook is a service of somebody's that is told of events by HTTP, signed by
// the scheme of Standard Webhooks (standardwebhooks.com).
type Webhook struct {
	ID     WebhookID `json:"id"`
	Name   string    `json:"name"`
	URL    string    `json:"url"`
	Events []string  `json:"events,omitempty"` // types, or a first part and a star, such as "grant.*"; none means all of requests and grants

	// Insecure switches off the verification of the receiver's certificate.
	Insecure bool `json:"insecure,omitempty"`

	// Answers asks for the answers of forms. They are sent only while Agreed
	// names somebody of GOVERNANCE who has agreed to this URL.
	Answers bool             `json:"answers,omitempty"`
	Agreed  request.PersonID `json:"agreed,omitempty"`

	Secrets []Secret         `json:"secrets"` // the newest first
	Owner   request.PersonID `json:"owner"`   // who registered it, and is told when it is suspended

	State      WebhookState `json:"state"`
	Why        string       `json:"why,omitempty"` // why it is suspended
	Registered time.Time    `json:"registered"`

	Version int64 `json:"-"` // how often it was changed, from 1; of one that is read alone or was changed
}

// Secret is one that signs what a webhook is sent. It is never kept in the
// clear, and shown once.
type Secret struct {
	Sealed    string    `json:"sealed,omitempty"`    // under the engine's key
	Reference string    `json:"reference,omitempty"` // to where the operator keeps it, such as env:NAME
	Created   time.Time `json:"created"`
	Expires   time.Time `json:"expires,omitzero"` // when it signs no more; zero if never
}

// Live are the secrets that sign at the time now, the newest first.
func (w Webhook) Live(now time.Time) []Secret {
	return slices.DeleteFunc(slices.Clone(w.Secrets), func(s Secret) bool { return !s.Expires.IsZero() && !now.Before(s.Expires) })
}

// Rotated puts a new secret before the others. The one that was the newest signs
// until a given time beside it; older ones sign no more.
func (w Webhook) Rotated(s Secret, until time.Time) Webhook {
	secrets := []Secret{s}
	if live := w.Live(s.Created); len(live) > 0 && until.After(s.Created) {
		before := live[0]
		if before.Expires.IsZero() || until.Before(before.Expires) {
			before.Expires = until
		}
		secrets = append(secrets, before)
	}
	w.Secrets = secrets
	return w
}

// Wants reports whether the webhook is told of events of a type.
func (w Webhook) Wants(t Topic) bool {
	if t == WebhookTest {
		return false // a test is sent by hand, to one webhook
	}
	if len(w.Events) == 0 {
		return strings.HasPrefix(string(t), "request.") || strings.HasPrefix(string(t), "grant.")
	}
	return slices.ContainsFunc(w.Events, func(filter string) bool {
		first, all := strings.CutSuffix(filter, "*")
		return filter == string(t) || all && strings.HasPrefix(string(t), first)
	})
}

// MayTellAnswers reports whether answers are sent to the webhook.
func (w Webhook) MayTellAnswers() bool { return w.Answers && w.Agreed != "" }

// Check refuses a webhook that cannot be called, or not in secret.
func (w Webhook) Check() error {
	var faults []request.Fault
	fault := func(field, reason string, args ...any) {
		faults = append(faults, request.Fault{Field: field, Reason: fmt.Sprintf(reason, args...)})
	}
	if reason := badText(w.Name, MaxWebhookNameBytes); reason != "" {
		fault("name", "%s", reason)
	}
	if reason := badURL(w.URL); reason != "" {
		fault("url", "%s", reason)
	}
	if len(w.Events) > MaxWebhookFilters {
		fault("events", "has %d filters, at most %d are allowed", len(w.Events), MaxWebhookFilters)
	}
	for i, filter := range w.Events {
		if !isFilter(filter) {
			fault(fmt.Sprintf("events[%d]", i), `must be a type of event such as "request.created", or its first part and a star such as "grant.*"`)
		}
	}
	if len(faults) > 0 {
		return &request.InvalidError{What: "webhook", Faults: faults}
	}
	return nil
}

func badText(s string, most int) string {
	switch {
	case s == "":
		return "is missing"
	case len(s) > most:
		return fmt.Sprintf("has %d bytes, at most %d are allowed", len(s), most)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "holds a control character, or is not valid UTF-8"
	}
	return ""
}

// badURL says why a URL cannot be that of a webhook. What it may hold of a
// password would stand in logs and on pages.
func badURL(text string) string {
	if reason := badText(text, MaxWebhookURLBytes); reason != "" {
		return reason
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return "must be a URL such as https://hooks.example.com/access"
	case u.User != nil:
		return "holds a user name or password; receivers verify the signature instead"
	case u.Fragment != "":
		return "ends in a fragment (#), which is never sent"
	}
	return ""
}

func isFilter(filter string) bool {
	first, star := strings.CutSuffix(filter, ".*")
	if star {
		return isWord(first)
	}
	first, second, two := strings.Cut(filter, ".")
	return two && isWord(first) && isWord(second)
}

func isWord(s string) bool {
	good, err := path.Match("[a-z]*", s)
	return err == nil && good && !strings.ContainsFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' })
}

// With is a webhook with other settings.
func (w WebhookSettings) With(hook Webhook) Webhook {
	hook.Name, hook.URL, hook.Events, hook.Insecure, hook.Answers = w.Name, w.URL, w.Events, w.Insecure, w.Answers
	return hook
}

// MaxRedelivered bounds how many deliveries are sent again by one call.
const MaxRedelivered = 5000

// KeyBytes is the length of Config.Key.
const KeyBytes = 32

// ErrNoKey is wrapped when a secret would have to be kept, and Config.Key is
// missing.
var ErrNoKey = errors.New("grantwright: there is no key that seals secrets, so that they can only be references, such as env:NAME")

// MaxWebhooks bounds how many webhooks there are.
const MaxWebhooks = 100

// DefaultOverlap is how long the previous secret goes on to sign beside a new one.
const DefaultOverlap = 24 * time.Hour

// MaxOverlap bounds the time in which two secrets sign side by side.
const MaxOverlap = 30 * 24 * time.Hour

// WebhookSettings are what an administrator says of a webhook.
type WebhookSettings struct {
	Name     string
	URL      string
	Events   []string // see notify.Webhook
	Insecure bool     // do not verify the receiver's certificate
	Answers  bool     // ask for the answers of forms; GOVERNANCE has to agree

	// Version is that of the webhook that was seen: with another, the change is a
	// *StaleError. Zero leaves that open.
	Version int64 `json:"-"`
}
