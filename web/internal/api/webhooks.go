package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/conditional"
	"github.com/grantwright/grantwright/web/internal/once"
	"github.com/grantwright/grantwright/web/internal/site"
)

// WebhookBody holds the settings of a webhook.
type WebhookBody struct {
	Name     string   `json:"name" example:"catalog"`
	URL      string   `json:"url" example:"https://hooks.example.com/access"`
	Events   []string `json:"events,omitempty" nullable:"false" doc:"Types of events, or a first part and a star such as grant.*; without, all of requests and grants" example:"[\"request.*\"]"`
	Insecure bool     `json:"insecure,omitempty" doc:"Do not verify the receiver's certificate"`
	Answers  bool     `json:"answers,omitempty" doc:"Ask for the answers of forms; governance has to agree"`
}

// ChangedWebhookBody changes a webhook. It takes what GET returns.
type ChangedWebhookBody struct {
	WebhookBody
	Version int64 `json:"version,omitempty" minimum:"0" doc:"As GET returns it: what it is based on. If nothing differs from that version, nothing is changed"`

	ID         notify.WebhookID     `json:"id,omitempty" doc:"As GET returns it: the id in the path"`
	Agreed     request.PersonID     `json:"agreed,omitempty" doc:"As GET returns it: not read"`
	Secrets    []site.WebhookSecret `json:"secrets,omitempty" nullable:"false" doc:"As GET returns it: not read"`
	Owner      request.PersonID     `json:"owner,omitempty" doc:"As GET returns it: not read"`
	State      notify.WebhookState  `json:"state,omitempty" enum:"ACTIVE,SUSPENDED" doc:"As GET returns it: not read"`
	Why        string               `json:"why,omitempty" doc:"As GET returns it: not read"`
	Registered time.Time            `json:"registered,omitzero" doc:"As GET returns it: not read"`
}

// NewWebhookBody registers a webhook.
type NewWebhookBody struct {
	WebhookBody
	Secret string `json:"secret,omitempty" doc:"That signs: whsec_ and base64, or a reference such as env:NAME; without, a new one is made"`
}

// WebhookWithSecret is the one answer in which a secret is shown.
type WebhookWithSecret struct {
	Webhook site.Webhook `json:"webhook"`
	Secret  string       `json:"secret" doc:"Shown this once"`
}

// SecretBody rotates a secret.
type SecretBody struct {
	Secret  string `json:"secret,omitempty" doc:"As when a webhook is registered"`
	Overlap string `json:"overlap,omitempty" doc:"How long the one before signs beside it, as Go writes durations; 24h if it is missing, 0s for not at all" example:"24h"`
}

// ConsentBody lets answers of forms be sent, or no longer.
type ConsentBody struct {
	Agrees bool   `json:"agrees"`
	URL    string `json:"url" doc:"The one that you have seen"`
}

// RedeliveryBody sends one event again, or all of a time.
type RedeliveryBody struct {
	Event string    `json:"event,omitempty" doc:"Id of an event"`
	From  time.Time `json:"from,omitzero" doc:"Or the time from which on"`
	To    time.Time `json:"to,omitzero" doc:"And before which the deliveries were made"`
}

// Redelivered counts the deliveries that are sent again.
type Redelivered struct {
	Count int `json:"count"`
}

// WebhookNamed is a route about one webhook.
type WebhookNamed struct {
	ID notify.WebhookID `path:"id" maxLength:"255"`
}

func (s *server) routeWebhooks() {
	admin := described("Takes ADMIN.")
	serve(s, http.MethodGet, "/webhooks", "list-webhooks", "List the webhooks", s.webhooks, described("Takes ADMIN, GOVERNANCE or AUDIT."))
	serve(s, http.MethodPost, "/webhooks", "register-webhook", "Register a webhook", s.registerWebhook, answering(http.StatusCreated), makes, once.ShowsSecret,
		described("Takes ADMIN. It is told of what happens from now on, signed by the scheme of Standard Webhooks. The secret is shown in this answer only."), s.takesTwo)
	serve(s, http.MethodGet, "/webhooks/{id}", "webhook", "One webhook", s.webhook, described("Takes ADMIN, GOVERNANCE or AUDIT."), edited)
	serve(s, http.MethodPut, "/webhooks/{id}", "set-webhook", "Change a webhook", s.setWebhook, described("Takes ADMIN. With another URL, governance has to agree anew that answers are sent there."), s.takesTwo, edited)
	serve(s, http.MethodDelete, "/webhooks/{id}", "remove-webhook", "Remove a webhook, with what was not delivered", s.removeWebhook, answering(http.StatusNoContent), admin, s.takesTwo)
	serve(s, http.MethodPost, "/webhooks/{id}/secrets", "rotate-webhook-secret", "Give a webhook a new secret", s.rotate, answering(http.StatusCreated), makes, once.ShowsSecret, admin)
	serve(s, http.MethodPost, "/webhooks/{id}/agreement", "agree-webhook", "Agree that answers are sent to a webhook, or no longer", s.agree, described("Takes GOVERNANCE."), s.takesTwo)
	serve(s, http.MethodPost, "/webhooks/{id}/resume", "resume-webhook", "Call a webhook again that was suspended", s.resumeWebhook, described("Takes ADMIN. What happened meanwhile is sent, in order."))
	serve(s, http.MethodPost, "/webhooks/{id}/test", "test-webhook", "Send a message of type webhook.test, and say how it went", s.testWebhook, admin)
	serve(s, http.MethodGet, "/webhooks/{id}/deliveries", "webhook-deliveries", "What a webhook was sent and is to be sent, the newest first", s.deliveries, described("Takes ADMIN or AUDIT."))
	serve(s, http.MethodPost, "/webhooks/{id}/redeliveries", "redeliver", "Send one event again, or all of a time", s.redeliver, described("Takes ADMIN."))
	s.Mux.HandleFunc("GET /webhook.schema.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/schema+json")
		_, _ = w.Write(notify.Schema)
	})
}

func (b WebhookBody) settings() notify.WebhookSettings {
	return notify.WebhookSettings{Name: b.Name, URL: b.URL, Events: b.Events, Insecure: b.Insecure, Answers: b.Answers}
}

func (s *server) webhooks(ctx context.Context, by request.Identity, in *Paged) (*listed[site.Webhook], error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := site.PageSize(in.Limit)
	found, err := s.Engine.Webhooks().All(ctx, by, notify.WebhookID(after.ID), limit)
	if err != nil {
		return nil, err
	}
	var all []site.Webhook
	for _, h := range found {
		all = append(all, site.WebhookOf(h))
	}
	next := store.Position{}
	if len(found) > 0 {
		next.ID = string(found[len(found)-1].ID)
	}
	return list(all, nextIfFull(len(found), limit, next)), nil
}

func (s *server) registerWebhook(ctx context.Context, by request.Identity, in *struct{ Body NewWebhookBody }) (*shown[WebhookWithSecret], error) {
	hook, secret, err := s.Engine.Webhooks().Register(ctx, by, in.Body.settings(), in.Body.Secret)
	if waits := awaiting(err, secret); waits != nil {
		return nil, waits
	}
	if err == nil {
		s.Made(ctx, "/webhooks/"+url.PathEscape(string(hook.ID)))
	}
	return &shown[WebhookWithSecret]{WebhookWithSecret{site.WebhookOf(hook), secret}}, err
}

func (s *server) webhook(ctx context.Context, by request.Identity, in *WebhookNamed) (*shown[site.Webhook], error) {
	hook, err := s.Engine.Webhooks().Webhook(ctx, by, in.ID)
	tag(ctx, int(hook.Version))
	return &shown[site.Webhook]{site.WebhookOf(hook)}, err
}

func (s *server) setWebhook(ctx context.Context, by request.Identity, in *struct {
	WebhookNamed
	conditional.Seen
	Body ChangedWebhookBody
}) (*shown[site.Webhook], error) {
	if in.Body.ID != "" && in.Body.ID != in.ID {
		return nil, site.Invalid("webhook", "id", "must be that of the path")
	}
	based, err := conditional.Change{IfMatch: in.IfMatch}.Based(int(in.Body.Version))
	if err != nil {
		return nil, err
	}
	settings := in.Body.settings()
	settings.Version = max(based, 0) // there is one of this id, or the answer is 404
	hook, err := s.Engine.Webhooks().Set(ctx, by, in.ID, settings)
	tag(ctx, int(hook.Version))
	return &shown[site.Webhook]{site.WebhookOf(hook)}, err
}

func (s *server) removeWebhook(ctx context.Context, by request.Identity, in *struct {
	WebhookNamed
	conditional.Seen
}) (*struct{}, error) {
	based, err := in.Version()
	if err != nil {
		return nil, err
	}
	return nil, s.Engine.Webhooks().Remove(ctx, by, in.ID, based)
}

func (s *server) rotate(ctx context.Context, by request.Identity, in *struct {
	WebhookNamed
	Body SecretBody
}) (*shown[WebhookWithSecret], error) {
	overlap := time.Duration(0)
	if in.Body.Overlap != "" {
		d, err := time.ParseDuration(in.Body.Overlap)
		if err != nil || d < 0 {
			return nil, site.Invalid("webhook", "overlap", `must be a duration such as "24h"`)
		}
		if overlap = d; d == 0 {
			overlap = -1
		}
	}
	hook, secret, err := s.Engine.Webhooks().Rotate(ctx, by, in.ID, in.Body.Secret, overlap)
	if err == nil {
		s.Made(ctx, "/webhooks/"+url.PathEscape(string(hook.ID)))
	}
	return &shown[WebhookWithSecret]{WebhookWithSecret{site.WebhookOf(hook), secret}}, err
}

func (s *server) agree(ctx context.Context, by request.Identity, in *struct {
	WebhookNamed
	Body ConsentBody
}) (*shown[site.Webhook], error) {
	hook, err := s.Engine.Webhooks().Agree(ctx, by, in.ID, in.Body.Agrees, in.Body.URL)
	return &shown[site.Webhook]{site.WebhookOf(hook)}, err
}

func (s *server) resumeWebhook(ctx context.Context, by request.Identity, in *WebhookNamed) (*shown[site.Webhook], error) {
	hook, err := s.Engine.Webhooks().Resume(ctx, by, in.ID)
	return &shown[site.Webhook]{site.WebhookOf(hook)}, err
}

func (s *server) testWebhook(ctx context.Context, by request.Identity, in *WebhookNamed) (*shown[notify.Delivery], error) {
	d, err := s.Engine.Webhooks().Test(ctx, by, in.ID)
	return &shown[notify.Delivery]{d}, err
}

func (s *server) deliveries(ctx context.Context, by request.Identity, in *struct {
	WebhookNamed
	Paged
}) (*listed[notify.Delivery], error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := site.PageSize(in.Limit)
	found, next, err := s.Engine.Webhooks().Deliveries(ctx, by, in.ID, after, limit)
	if err != nil {
		return nil, err
	}
	return list(found, nextIfFull(len(found), limit, next)), nil
}

func (s *server) redeliver(ctx context.Context, by request.Identity, in *struct {
	WebhookNamed
	Body RedeliveryBody
}) (*shown[Redelivered], error) {
	one, many := in.Body.Event != "", !in.Body.From.IsZero() || !in.Body.To.IsZero()
	if one == many {
		return nil, site.Invalid("redelivery", "event", "must be given, or else from and to")
	}
	if one {
		return &shown[Redelivered]{Redelivered{1}}, s.Engine.Webhooks().Redeliver(ctx, by, in.ID, in.Body.Event)
	}
	n, err := s.Engine.Webhooks().RedeliverSince(ctx, by, in.ID, in.Body.From, in.Body.To)
	return &shown[Redelivered]{Redelivered{n}}, err
}
