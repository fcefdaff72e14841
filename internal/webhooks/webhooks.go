// Package webhooks delivers events to services: their payloads, their secrets, and a
// cursor for each webhook.
package webhooks

import (
	"context"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/platforms"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/hooknotify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Webhooks delivers events to webhooks.
type Webhooks struct {
	*journal.Journal
	Platforms    *platforms.Platforms
	Provisioning *provisioning.Provisioning

	Client *hooknotify.Client
	Key    []byte // seals the secrets; empty keeps none
}

func (w *Webhooks) insert(ctx context.Context, d *governance.Revision, hook notify.Webhook) error {
	all, err := records.Webhooks.All(ctx, w.Store, "", notify.MaxWebhooks)
	if err != nil {
		return err
	}
	if len(all) >= notify.MaxWebhooks {
		return fmt.Errorf("%w: there are %d webhooks; remove one that nobody needs", store.ErrTooMany, len(all))
	}
	last, err := store.LastNumber(ctx, w.Store)
	if err != nil {
		return err
	}
	records.Webhooks.Insert(d.C, hook)
	records.Cursors.Insert(d.C, records.Cursor{ID: journal.HookCursor(hook.ID), After: last})
	w.Emit(d.C, event.WebhookRegistered.With(event.Webhook{Name: hook.Name}), d.By, nil, records.Webhooks.Subject(hook.ID))
	return nil
}

// NewSecret seals a secret, given or generated, and returns it in clear once.
func (w *Webhooks) NewSecret(id notify.WebhookID, secret string) (kept notify.Secret, shown string, err error) {
	kept.Created = w.Now()
	if isReference(secret) {
		if err := w.Platforms.CheckSecret(secret); err != nil {
			return kept, "", &request.InvalidError{What: "webhook", Faults: []request.Fault{{Field: "secret", Reason: err.Error()}}}
		}
		kept.Reference = secret
		return kept, secret, nil
	}
	if secret == "" {
		secret = hooknotify.NewSecret()
	}
	if _, err := hooknotify.ParseSecret(secret); err != nil {
		return kept, "", &request.InvalidError{What: "webhook", Faults: []request.Fault{{Field: "secret",
			Reason: "must be whsec_ and the base64 of 24 to 64 bytes, a reference such as env:NAME, or missing for a new one"}}}
	}
	kept.Sealed, err = w.seal(secret, string(id))
	return kept, secret, err
}

// secrets opens the secrets with which calls of a webhook are signed now.
func (w *Webhooks) secrets(ctx context.Context, hook notify.Webhook) ([][]byte, error) {
	var all [][]byte
	for _, secret := range hook.Live(w.Now()) {
		text, err := "", error(nil)
		if secret.Reference != "" {
			text, err = w.Platforms.ReadSecret(ctx, secret.Reference)
		} else {
			text, err = w.unseal(secret.Sealed, string(hook.ID))
		}
		if err != nil {
			return nil, err
		}
		plain, err := hooknotify.ParseSecret(text)
		if err != nil {
			return nil, err
		}
		all = append(all, plain)
	}
	return all, nil
}

// Retry makes the failed deliveries of a webhook due again, and ends its pause.
func (w *Webhooks) Retry(ctx context.Context, id notify.WebhookID) error {
	waiting, err := records.DeliveriesPending.Find(ctx, w.Store, id, store.Position{}, window)
	if err != nil {
		return err
	}
	return w.Change(ctx, func(c *store.Change) error {
		for _, d := range waiting {
			if now, err := records.Deliveries.Get(ctx, w.Store, d.Value.ID); err == nil && now.Value.State == notify.DeliveryPending {
				records.Deliveries.Update(c, now, now.Value.Again(w.Now()))
			}
		}
		cursor, err := w.Cursor(ctx, journal.HookCursor(id))
		if err != nil || cursor.Version == 0 {
			return err
		}
		next := cursor.Value
		next.Failures, next.Retry = 0, time.Time{}
		w.SaveCursor(c, cursor, next)
		return nil
	})
}

// Update changes one webhook, with an event, and rings its task.
func (w *Webhooks) Update(ctx context.Context, by request.Identity, id notify.WebhookID, t event.Type[event.Webhook], change func(notify.Webhook) (notify.Webhook, error)) (notify.Webhook, error) {
	var hook notify.Webhook
	err := w.Change(ctx, func(c *store.Change) (err error) {
		hook, err = w.write(ctx, c, by.Person(), id, t, change)
		return err
	})
	store.AfterCommit(ctx, w.Carrier.Wake)
	return hook, err
}

// write adds the update of one webhook to a change.
func (w *Webhooks) write(ctx context.Context, c *store.Change, by request.PersonID, id notify.WebhookID, t event.Type[event.Webhook], change func(notify.Webhook) (notify.Webhook, error)) (notify.Webhook, error) {
	read, err := records.Webhooks.Get(ctx, w.Store, id)
	if err != nil {
		return notify.Webhook{}, err
	}
	read.Value.Version = read.Version
	hook, err := change(read.Value)
	if err != nil {
		return hook, err
	}
	hook.Version = read.Version + 1
	records.Webhooks.Update(c, read, hook)
	w.Emit(c, t.With(event.Webhook{Name: hook.Name, Why: hook.Why}), by, nil, records.Webhooks.Subject(id))
	return hook, store.Ring(ctx, w.Store, c, journal.HookTask(id), w.Now())
}

func (w *Webhooks) remove(ctx context.Context, d *governance.Revision, id notify.WebhookID, based int64) error {
	read, err := records.Webhooks.Get(ctx, w.Store, id)
	if err != nil {
		return err
	}
	read.Value.Version = read.Version
	if err := checkVersion(read.Value, based); err != nil {
		return err
	}
	records.Webhooks.Delete(d.C, read)
	w.Emit(d.C, event.WebhookRemoved.With(event.Webhook{Name: read.Value.Name}), d.By, nil, records.Webhooks.Subject(id))
	return store.Ring(ctx, w.Store, d.C, journal.HookTask(id), w.Now())
}

// suspend suspends a webhook. The event notifies its owner.
func (w *Webhooks) suspend(ctx context.Context, id notify.WebhookID, why string) error {
	return w.Change(ctx, func(c *store.Change) error {
		read, err := records.Webhooks.Get(ctx, w.Store, id)
		if err != nil || read.Value.State != notify.WebhookActive {
			return journal.UnlessMissing(err)
		}
		hook := read.Value
		hook.State, hook.Why = notify.WebhookSuspended, why
		records.Webhooks.Update(c, read, hook)
		w.Emit(c, event.WebhookSuspended.With(event.Webhook{Name: hook.Name, Why: why}), request.SystemID, nil, records.Webhooks.Subject(id))
		return nil
	})
}
