package grantwright

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/webhooks"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Webhooks is what administrators do with the services that are told of events.
type Webhooks struct{ e *Engine }

// Webhooks returns the webhooks of the engine.
func (e *Engine) Webhooks() Webhooks { return Webhooks{e} }

// Register adds a webhook, which is told of what happens from now on. Secret is
// the one that signs: a reference such as env:NAME, a secret that the receiver has
// made (whsec_ and base64), or empty for a new one. It is returned, and never
// shown again; a reference is returned as it is. Where changes take two people,
// the error is a *ProposedError, and the secret is returned all the same. It takes
// ADMIN.
func (s Webhooks) Register(ctx context.Context, by request.Identity, w notify.WebhookSettings, secret string) (notify.Webhook, string, error) {
	if err := permit(by, "register a webhook", request.Admin); err != nil {
		return notify.Webhook{}, "", err
	}
	hook := notify.Webhook{ID: notify.WebhookID(s.e.journal.NewID()), Name: w.Name, URL: w.URL, Events: w.Events, Insecure: w.Insecure, Answers: w.Answers,
		Owner: by.Person(), State: notify.WebhookActive, Registered: s.e.journal.Now()}
	kept, shown, err := s.e.webhooks.NewSecret(hook.ID, secret)
	if err := errors.Join(hook.Check(), err); err != nil {
		return notify.Webhook{}, "", err
	}
	hook.Secrets = []notify.Secret{kept}
	err = s.e.governance.Alter(ctx, by, &webhooks.Registration{Webhooks: s.e.webhooks, Hook: hook})
	if err != nil && !errors.Is(err, manifest.ErrProposed) {
		return notify.Webhook{}, "", err
	}
	return hook, shown, err
}

// Set changes the settings of a webhook. With another URL, GOVERNANCE has to agree anew
// that answers are sent there. Settings in which nothing differs change nothing, if they name
// the version of now. It takes ADMIN.
func (s Webhooks) Set(ctx context.Context, by request.Identity, id notify.WebhookID, w notify.WebhookSettings) (notify.Webhook, error) {
	if err := permit(by, "change a webhook", request.Admin); err != nil {
		return notify.Webhook{}, err
	}
	if w.Version != 0 {
		if hook, err := s.Webhook(ctx, by, id); err != nil || webhooks.Stands(w, hook) {
			return hook, err
		}
	}
	a := &webhooks.SettingsChange{Webhooks: s.e.webhooks, ID: id, Settings: w, Based: w.Version}
	err := s.e.governance.Alter(ctx, by, a)
	store.AfterCommit(ctx, s.e.journal.Carrier.Wake)
	return a.Hook, err
}

// Agree says whether governance agrees that the answers of forms are sent to a
// webhook that asks for them. URL is the one that was seen: if it is another by
// now, the error wraps ErrState. It takes GOVERNANCE.
func (s Webhooks) Agree(ctx context.Context, by request.Identity, id notify.WebhookID, agrees bool, url string) (notify.Webhook, error) {
	if err := permit(by, "agree that answers are sent to a webhook", request.Governance); err != nil {
		return notify.Webhook{}, err
	}
	if !agrees { // what ends a disclosure waits for nobody
		return s.e.webhooks.Update(ctx, by, id, event.WebhookAgreed, func(hook notify.Webhook) (notify.Webhook, error) {
			hook.Agreed = ""
			return hook, nil
		})
	}
	seen, err := s.e.webhooks.Webhook(ctx, id)
	if err != nil {
		return notify.Webhook{}, err
	}
	a := &webhooks.Agreement{Webhooks: s.e.webhooks, ID: id, Name: seen.Name, URL: url}
	err = s.e.governance.Alter(ctx, by, a)
	store.AfterCommit(ctx, s.e.journal.Carrier.Wake)
	return a.Hook, err
}

// Rotate gives a webhook a new secret, as Register does. The one before it signs
// beside it for an overlap, so that receivers can change over; zero means
// DefaultOverlap, less than zero none. It takes ADMIN.
func (s Webhooks) Rotate(ctx context.Context, by request.Identity, id notify.WebhookID, secret string, overlap time.Duration) (notify.Webhook, string, error) {
	if err := permit(by, "rotate the secret of a webhook", request.Admin); err != nil {
		return notify.Webhook{}, "", err
	}
	return s.e.webhooks.Rotate(ctx, by, id, secret, overlap)
}

// Resume calls a webhook again that was suspended. What happened meanwhile is
// sent, in order. It takes ADMIN.
func (s Webhooks) Resume(ctx context.Context, by request.Identity, id notify.WebhookID) (notify.Webhook, error) {
	if err := permit(by, "resume a webhook", request.Admin); err != nil {
		return notify.Webhook{}, err
	}
	if err := s.e.webhooks.Retry(ctx, id); err != nil {
		return notify.Webhook{}, err
	}
	return s.e.webhooks.Update(ctx, by, id, event.WebhookResumed, func(hook notify.Webhook) (notify.Webhook, error) {
		if hook.State != notify.WebhookSuspended {
			return hook, fmt.Errorf("%w: only a SUSPENDED webhook can be resumed, it is %s", store.ErrState, hook.State)
		}
		hook.State, hook.Why = notify.WebhookActive, ""
		return hook, nil
	})
}

// Remove takes a webhook away, with what was not delivered. Based is the version of it that
// was seen: with another, the error is a *StaleError. Zero leaves that open. It takes ADMIN.
func (s Webhooks) Remove(ctx context.Context, by request.Identity, id notify.WebhookID, based int64) error {
	if err := permit(by, "remove a webhook", request.Admin); err != nil {
		return err
	}
	seen, err := s.e.webhooks.Webhook(ctx, id)
	if err != nil {
		return err
	}
	return s.e.governance.Alter(ctx, by, &webhooks.Removal{Webhooks: s.e.webhooks, ID: id, Name: seen.Name, Based: based})
}

// All lists the webhooks by id, from the one after a given id, at most limit of
// them. It takes ADMIN, GOVERNANCE or AUDIT.
func (s Webhooks) All(ctx context.Context, by request.Identity, after notify.WebhookID, limit int) ([]notify.Webhook, error) {
	if err := permit(by, "list webhooks", request.Admin, request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return journal.Values(records.Webhooks.All(ctx, s.e.journal.Store, after, limit))
}

// Webhook reads one webhook. It takes ADMIN, GOVERNANCE or AUDIT.
func (s Webhooks) Webhook(ctx context.Context, by request.Identity, id notify.WebhookID) (notify.Webhook, error) {
	if err := permit(by, "see a webhook", request.Admin, request.Governance, request.Audit); err != nil {
		return notify.Webhook{}, err
	}
	read, err := records.Webhooks.Get(ctx, s.e.journal.Store, id)
	read.Value.Version = read.Version
	return read.Value, err
}

// Deliveries lists the deliveries of a webhook, done and to be done, the newest first,
// from a position on: zero for the first page, the one returned for the next. Delivered
// ones are kept for notify.KeptFor. It takes ADMIN or AUDIT.
func (s Webhooks) Deliveries(ctx context.Context, by request.Identity, id notify.WebhookID, after store.Position, limit int) ([]notify.Delivery, store.Position, error) {
	if err := permit(by, "list the deliveries of a webhook", request.Admin, request.Audit); err != nil {
		return nil, after, err
	}
	if _, err := records.Webhooks.Get(ctx, s.e.journal.Store, id); err != nil {
		return nil, after, err
	}
	read, err := records.DeliveriesTo.Newest(ctx, s.e.journal.Store, id, after, limit)
	return journal.PageOf(read, after, err)
}

// Latest is the state of the newest delivery of some webhooks, in their order; empty where
// nothing was sent yet. It takes ADMIN, GOVERNANCE or AUDIT.
func (s Webhooks) Latest(ctx context.Context, by request.Identity, ids ...notify.WebhookID) ([]notify.DeliveryState, error) {
	if err := permit(by, "list webhooks", request.Admin, request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return s.e.webhooks.Latest(ctx, ids...)
}

// Test sends a message of type webhook.test at once, once, also to a webhook that
// is suspended, and returns how it went. It takes ADMIN.
func (s Webhooks) Test(ctx context.Context, by request.Identity, id notify.WebhookID) (notify.Delivery, error) {
	if err := permit(by, "test a webhook", request.Admin); err != nil {
		return notify.Delivery{}, err
	}
	return s.e.webhooks.Test(ctx, by, id)
}

// Redeliver sends something again: the same event, with the same id. It takes ADMIN.
func (s Webhooks) Redeliver(ctx context.Context, by request.Identity, id notify.WebhookID, eventID string) error {
	if err := permit(by, "redeliver to a webhook", request.Admin); err != nil {
		return err
	}
	if err := s.e.webhooks.MayCall(ctx, id); err != nil {
		return err
	}
	return s.e.webhooks.Redeliver(ctx, id, []string{notify.DeliveryID(id, eventID)})
}

// RedeliverSince sends everything again of which the delivery was made between
// two times, at most MaxRedelivered of them, and returns how many: in the order
// of the log. It takes ADMIN.
func (s Webhooks) RedeliverSince(ctx context.Context, by request.Identity, id notify.WebhookID, from, to time.Time) (int, error) {
	if err := permit(by, "redeliver to a webhook", request.Admin); err != nil {
		return 0, err
	}
	if err := s.e.webhooks.MayCall(ctx, id); err != nil {
		return 0, err
	}
	if !from.Before(to) {
		return 0, &request.InvalidError{What: "range", Faults: []request.Fault{{Field: "from", Reason: "must be before to"}}}
	}
	return s.e.webhooks.RedeliverMade(ctx, id, from, to)
}
