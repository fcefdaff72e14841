package tests

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// missing is the id of a webhook that is not there: whoever may act is told that.
const missing notify.WebhookID = "missing"

// found takes it for no refusal that nothing is there.
func found(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// of takes it for no refusal that the engine of the tests has no channel.
func of(by request.Identity, err error) error {
	if invalid := (*request.InvalidError)(nil); by.ID != "" && errors.As(err, &invalid) {
		return nil
	}
	return found(err)
}

// webhookActs are acts with webhooks and preferences.
var webhookActs = []struct {
	method string
	may    []string
	do     func(ctx context.Context, w *world, by request.Identity, pending, granted request.Request) error
}{
	{"Webhooks.Register", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Webhooks().Register(ctx, by, notify.WebhookSettings{Name: "catalog", URL: "https://hooks.example.com"}, "env:HOOK")
		return err
	}},
	{"Webhooks.Set", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Webhooks().Set(ctx, by, missing, notify.WebhookSettings{})
		return found(err)
	}},
	{"Webhooks.Agree", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Webhooks().Agree(ctx, by, missing, true, "")
		return found(err)
	}},
	{"Webhooks.Rotate", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Webhooks().Rotate(ctx, by, missing, "env:HOOK", 0)
		return found(err)
	}},
	{"Webhooks.Resume", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Webhooks().Resume(ctx, by, missing)
		return found(err)
	}},
	{"Webhooks.Remove", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return found(w.Webhooks().Remove(ctx, by, missing, 0))
	}},
	{"Webhooks.All", []string{"ADMIN", "GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Webhooks().All(ctx, by, "", 1)
		return err
	}},
	{"Webhooks.Webhook", []string{"ADMIN", "GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Webhooks().Webhook(ctx, by, missing)
		return found(err)
	}},
	{"Webhooks.Deliveries", []string{"ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Webhooks().Deliveries(ctx, by, missing, store.Position{}, 1)
		return found(err)
	}},
	{"Webhooks.Test", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Webhooks().Test(ctx, by, missing)
		return found(err)
	}},
	{"Webhooks.Redeliver", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return found(w.Webhooks().Redeliver(ctx, by, missing, "event"))
	}},
	{"Webhooks.RedeliverSince", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Webhooks().RedeliverSince(ctx, by, missing, time.Time{}, w.clock.Now())
		return found(err)
	}},
	{"Inbox.Preferences", []string{"requester", "steward", "nobody", "GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Inbox().Preferences(ctx, by)
		return err
	}},
	{"Inbox.Prefer", []string{"requester", "steward", "nobody", "GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Inbox().Prefer(ctx, by, notify.Preferences{})
		return err
	}},
	{"Inbox.Link", []string{"requester", "steward", "nobody", "GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return of(by, w.Inbox().Link(ctx, by, "chat", "U1"))
	}},
	{"Inbox.Confirm", []string{"requester", "steward", "nobody", "GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return of(by, w.Inbox().Confirm(ctx, by, "chat", "1"))
	}},
	{"Inbox.Unlink", []string{"requester", "steward", "nobody", "GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return of(by, w.Inbox().Unlink(ctx, by, "chat"))
	}},
	{"Inbox.Account", []string{"requester", "steward", "nobody", "GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Inbox().Account(ctx, by, "chat")
		return err
	}},
	{"Log.CloudEvents", []string{"AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Log().CloudEvents(ctx, by, 0, 1)
		return err
	}},
	{"Log.Follow", []string{"AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		seen := errors.New("seen")
		if err := w.Log().Follow(ctx, by, event.Filter{}, 0, func([]notify.CloudEvent, int64) error { return seen }); err != seen {
			return err
		}
		return nil
	}},
	{"Inbox.Messages", []string{"requester", "steward", "nobody", "GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Inbox().Messages(ctx, by, true, store.Position{}, 10)
		return err
	}},
}
