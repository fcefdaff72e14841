package grantwright

import (
	"context"
	"time"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/webhooks"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Deliveries lists what a webhook was sent and is to be sent, the newest first,
// from a position on: zero for the first page, the one returned for the next.
// Delivered ones are kept for notify.KeptFor. It takes ADMIN or AUDIT.
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

// Test sends a message of type webhook.test at once, once, also to a webhook that
// is suspended, and returns how it went. It takes ADMIN.
func (s Webhooks) Test(ctx context.Context, by request.Identity, id notify.WebhookID) (notify.Delivery, error) {
	if err := permit(by, "test a webhook", request.Admin); err != nil {
		return notify.Delivery{}, err
	}
	read, err := records.Webhooks.Get(ctx, s.e.journal.Store, id)
	if err != nil {
		return notify.Delivery{}, err
	}
	eventID, now := s.e.journal.NewID(), s.e.journal.Now()
	d := notify.Delivery{ID: notify.DeliveryID(id, eventID), Webhook: id, Made: now, Payload: notify.Payload{
		Type: notify.WebhookTest, Timestamp: now, ID: eventID, Data: notify.Told{By: by.Person(), About: []string{string(records.Webhooks.Subject(id))}}}}
	d = d.Tried(s.e.webhooks.Post(ctx, read.Value, d))
	if d.State != notify.DeliveryDelivered {
		d.State, d.Attempts, d.Failing, d.Next = notify.DeliveryFailed, 0, time.Time{}, time.Time{} // it is not tried again
	}
	return d, s.e.journal.Change(ctx, func(c *store.Change) error {
		records.Deliveries.Insert(c, d)
		return nil
	})
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
	sent := 0
	for after := (store.Position{Order: store.OrderTime(from)}); sent < notify.MaxRedelivered; {
		page, err := records.DeliveriesTo.Find(ctx, s.e.journal.Store, id, after, webhooks.RedeliverBatch)
		if err != nil {
			return sent, err
		}
		var ids []string
		for _, d := range page {
			if after = d.At; d.Value.Made.Before(to) && d.Value.Number > 0 {
				ids = append(ids, d.Value.ID)
			}
		}
		if err := s.e.webhooks.Redeliver(ctx, id, ids); err != nil {
			return sent, err
		}
		sent += len(ids)
		if len(page) < webhooks.RedeliverBatch || !page[len(page)-1].Value.Made.Before(to) {
			break
		}
	}
	return sent, nil
}
