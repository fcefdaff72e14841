package webhooks

import (
	"context"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Latest is the state of the newest delivery of some webhooks, in their order; empty where
// nothing was sent yet.
func (w *Webhooks) Latest(ctx context.Context, ids ...notify.WebhookID) ([]notify.DeliveryState, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	queries := make([]store.Query, len(ids))
	for i, id := range ids {
		queries[i] = records.DeliveriesTo.Query(id)
		queries[i].Limit, queries[i].Descending = 1, true
	}
	pages, err := store.Pages[notify.Delivery](ctx, w.Store, queries...)
	if err != nil {
		return nil, err
	}
	all := make([]notify.DeliveryState, len(ids))
	for i, page := range pages {
		if len(page) > 0 {
			all[i] = page[0].Value.State
		}
	}
	return all, nil
}

// checkAddress refuses a URL that could never be called: its host is an address that is not
// allowed, or a name of this machine. Other names are looked up at each call.
func (w *Webhooks) checkAddress(hook notify.Webhook) error {
	if w.Client == nil {
		return nil
	}
	if err := w.Client.CheckHost(hook.URL); err != nil {
		return &request.InvalidError{What: "webhook", Faults: []request.Fault{{Field: "url", Reason: err.Error()}}}
	}
	return nil
}
