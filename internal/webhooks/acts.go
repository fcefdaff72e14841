package webhooks

import (
	"context"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Rotate gives a webhook a new secret, and returns it. The one before it signs beside it for
// an overlap; zero is notify.DefaultOverlap, less than zero none.
func (w *Webhooks) Rotate(ctx context.Context, by request.Identity, id notify.WebhookID, secret string, overlap time.Duration) (notify.Webhook, string, error) {
	if overlap > notify.MaxOverlap {
		return notify.Webhook{}, "", &request.InvalidError{What: "webhook", Faults: []request.Fault{{Field: "overlap", Reason: "must be 30 days at most"}}}
	}
	if overlap == 0 {
		overlap = notify.DefaultOverlap
	}
	kept, shown, err := w.NewSecret(id, secret)
	if err != nil {
		return notify.Webhook{}, "", err
	}
	hook, err := w.Update(ctx, by, id, event.WebhookRotated, func(hook notify.Webhook) (notify.Webhook, error) {
		return hook.Rotated(kept, kept.Created.Add(overlap)), nil
	})
	if err != nil {
		return notify.Webhook{}, "", err
	}
	return hook, shown, nil
}

// Test sends a message of type webhook.test at once, once, and keeps how it went.
func (w *Webhooks) Test(ctx context.Context, by request.Identity, id notify.WebhookID) (notify.Delivery, error) {
	read, err := records.Webhooks.Get(ctx, w.Store, id)
	if err != nil {
		return notify.Delivery{}, err
	}
	eventID, now := w.NewID(), w.Now()
	d := notify.Delivery{ID: notify.DeliveryID(id, eventID), Webhook: id, Made: now, Payload: notify.Payload{
		Type: notify.WebhookTest, Timestamp: now, ID: eventID, Data: notify.Told{By: by.Person(), About: []string{string(records.Webhooks.Subject(id))}}}}
	d = d.Tried(w.Post(ctx, read.Value, d))
	if d.State != notify.DeliveryDelivered {
		d.State, d.Attempts, d.Failing, d.Next = notify.DeliveryFailed, 0, time.Time{}, time.Time{} // it is not tried again
	}
	return d, w.Change(ctx, func(c *store.Change) error {
		records.Deliveries.Insert(c, d)
		return nil
	})
}

// RedeliverMade sends everything again of which the delivery was made between two times, at
// most notify.MaxRedelivered, in the order of the log, and returns how many.
func (w *Webhooks) RedeliverMade(ctx context.Context, id notify.WebhookID, from, to time.Time) (int, error) {
	sent := 0
	for after := (store.Position{Order: store.OrderTime(from)}); sent < notify.MaxRedelivered; {
		page, err := records.DeliveriesTo.Find(ctx, w.Store, id, after, RedeliverBatch)
		if err != nil {
			return sent, err
		}
		var ids []string
		for _, d := range page {
			if after = d.At; d.Value.Made.Before(to) && d.Value.Number > 0 {
				ids = append(ids, d.Value.ID)
			}
		}
		if err := w.Redeliver(ctx, id, ids); err != nil {
			return sent, err
		}
		sent += len(ids)
		if len(page) < RedeliverBatch || !page[len(page)-1].Value.Made.Before(to) {
			break
		}
	}
	return sent, nil
}
