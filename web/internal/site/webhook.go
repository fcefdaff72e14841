package site

import (
	"time"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
)

// Webhook is a webhook without its secrets.
type Webhook struct {
	ID         notify.WebhookID    `json:"id"`
	Name       string              `json:"name"`
	URL        string              `json:"url"`
	Events     []string            `json:"events" nullable:"false"`
	Insecure   bool                `json:"insecure,omitempty"`
	Answers    bool                `json:"answers,omitempty"`
	Agreed     request.PersonID    `json:"agreed,omitempty" doc:"Who of governance has agreed that answers are sent to this URL"`
	Secrets    []WebhookSecret     `json:"secrets" nullable:"false" doc:"When those that sign were made, and end; never what they are"`
	Owner      request.PersonID    `json:"owner" doc:"Who registered it, and is told when it is suspended"`
	State      notify.WebhookState `json:"state" enum:"ACTIVE,SUSPENDED"`
	Why        string              `json:"why,omitempty" doc:"It is suspended"`
	Registered time.Time           `json:"registered"`
	Version    int64               `json:"version,omitempty" doc:"How often it was changed; in a list it is missing"`
}

// WebhookSecret is the time in which a secret signs.
type WebhookSecret struct {
	Reference string     `json:"reference,omitempty" doc:"Where the operator keeps it"`
	Created   time.Time  `json:"created"`
	Expires   *time.Time `json:"expires,omitempty"`
}

// WebhookOf leaves the secrets out of a webhook.
func WebhookOf(h notify.Webhook) Webhook {
	out := Webhook{ID: h.ID, Name: h.Name, URL: h.URL, Events: append([]string{}, h.Events...), Insecure: h.Insecure, Answers: h.Answers, Agreed: h.Agreed,
		Owner: h.Owner, State: h.State, Why: h.Why, Registered: h.Registered, Version: h.Version, Secrets: []WebhookSecret{}}
	for _, secret := range h.Secrets {
		out.Secrets = append(out.Secrets, WebhookSecret{secret.Reference, secret.Created, notify.Moment(secret.Expires)})
	}
	return out
}
