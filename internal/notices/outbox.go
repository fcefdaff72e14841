package notices

import (
	"context"
	"time"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/store"
)

// RingTasks rings the tasks of the webhooks that some events concern, unless those are due
// already. One that answers nothing well is called when its pause is over.
func (no *Notices) RingTasks(ctx context.Context, c *store.Change, events []store.Event) error {
	hooks, err := records.Webhooks.All(ctx, no.Store, "", notify.MaxWebhooks)
	if err != nil {
		return err
	}
	var cursors []string
	var tasks []store.TaskID
	for _, hook := range hooks {
		if hook.Value.State == notify.WebhookActive && anyOf(events, func(e store.Event) bool { return hook.Value.Wants(notify.Topic(e.Type)) }) {
			cursors, tasks = append(cursors, journal.HookCursor(hook.Value.ID)), append(tasks, journal.HookTask(hook.Value.ID))
		}
	}
	if len(tasks) == 0 {
		return nil
	}
	read, err := records.Cursors.Some(ctx, no.Store, cursors...)
	if err != nil {
		return err
	}
	at := map[store.TaskID]time.Time{}
	for _, cursor := range read {
		at[store.TaskID(cursor.Value.ID)] = cursor.Value.Retry
	}
	now := no.Now()
	for _, id := range tasks {
		if at[id].Before(now) {
			at[id] = now
		}
	}
	return no.ringLate(ctx, c, tasks, at)
}

// ringLate rings those of some tasks that are not due at their time already. One that is
// due, or due again, has yet to read the log.
func (no *Notices) ringLate(ctx context.Context, c *store.Change, ids []store.TaskID, at map[store.TaskID]time.Time) error {
	found, err := store.Tasks.Some(ctx, no.Store, ids...)
	if err != nil {
		return err
	}
	due := map[store.TaskID]time.Time{}
	for _, t := range found {
		if due[t.Value.ID] = t.Value.Due; t.Value.Holder != "" {
			due[t.Value.ID] = t.Value.Again
		}
	}
	for _, id := range ids {
		if due[id].IsZero() || due[id].After(at[id]) {
			if err := store.Ring(ctx, no.Store, c, id, at[id]); err != nil {
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
