package notices

import (
	"context"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/store"
)

// RingTasks rings the tasks of the webhooks that some events concern.
func (no *Notices) RingTasks(ctx context.Context, c *store.Change, events []store.Event) error {
	hooks, err := records.Webhooks.All(ctx, no.Store, "", notify.MaxWebhooks)
	if err != nil {
		return err
	}
	for _, hook := range hooks {
		if hook.Value.State == notify.WebhookActive && anyOf(events, func(e store.Event) bool { return hook.Value.Wants(notify.Topic(e.Type)) }) {
			if err := store.Ring(ctx, no.Store, c, journal.HookTask(hook.Value.ID), no.Now()); err != nil {
				return err
			}
		}
	}
	return nil
}

func anyOf(events []store.Event, fits func(store.Event) bool) bool {
	for _, e := range events {
		if fits(e) {
			return true
		}
	}
	return false
}
