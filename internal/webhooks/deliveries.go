package webhooks

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/hooknotify"
	"github.com/grantwright/grantwright/store"
)

// RedeliverBatch is how many deliveries are redelivered in one commit.
const RedeliverBatch = 200

// MayCall refuses to redeliver to a webhook that is not called.
func (w *Webhooks) MayCall(ctx context.Context, id notify.WebhookID) error {
	read, err := records.Webhooks.Get(ctx, w.Store, id)
	if err == nil && read.Value.State != notify.WebhookActive {
		err = fmt.Errorf("%w: the webhook is %s; resume it first", store.ErrState, read.Value.State)
	}
	return err
}

// Redeliver makes some deliveries due again.
func (w *Webhooks) Redeliver(ctx context.Context, id notify.WebhookID, deliveries []string) error {
	err := w.Change(ctx, func(c *store.Change) error {
		read, err := records.Deliveries.Some(ctx, w.Store, deliveries...)
		if err != nil {
			return err
		}
		if len(read) < len(deliveries) {
			return fmt.Errorf("%w: delivery %q", store.ErrNotFound, deliveries)
		}
		for _, d := range read {
			records.Deliveries.Update(c, d, d.Value.Again(w.Now()))
		}
		return store.Ring(ctx, w.Store, c, journal.HookTask(id), w.Now())
	})
	store.AfterCommit(ctx, w.Carrier.Wake)
	return err
}

// Post sends a delivery once.
func (w *Webhooks) Post(ctx context.Context, hook notify.Webhook, d notify.Delivery) notify.Try {
	fail := func(err error) notify.Try { return notify.Try{At: w.Now(), Error: err.Error()} }
	payload, err := w.complete(ctx, hook, d.Payload)
	if err != nil {
		return fail(err)
	}
	body, err := json.Marshal(payload)
	if err != nil {
		return fail(err)
	}
	secrets, err := w.secrets(ctx, hook)
	if err != nil {
		return fail(err)
	}
	return w.Client.Post(ctx, hooknotify.Call{URL: hook.URL, Insecure: hook.Insecure, Secrets: secrets, ID: d.Payload.ID, Body: body})
}

// complete adds the answers of the form to a payload, if the webhook may receive
// them.
func (w *Webhooks) complete(ctx context.Context, hook notify.Webhook, p notify.Payload) (notify.Payload, error) {
	if !hook.MayTellAnswers() || p.Data.Request == nil {
		return p, nil
	}
	read, err := records.Requests.Get(ctx, w.Store, p.Data.Request.ID)
	return p.WithAnswers(read.Value.Answers), err
}
