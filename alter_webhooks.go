package grantwright

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// settingsOf are what an administrator has said of a webhook.
func settingsOf(w notify.Webhook) WebhookSettings {
	return WebhookSettings{Name: w.Name, URL: w.URL, Events: w.Events, Insecure: w.Insecure, Answers: w.Answers}
}

// with is a webhook with other settings.
func (w WebhookSettings) with(hook notify.Webhook) notify.Webhook {
	hook.Name, hook.URL, hook.Events, hook.Insecure, hook.Answers = w.Name, w.URL, w.Events, w.Insecure, w.Answers
	return hook
}

// standingHook is a webhook as it stands.
func (e *Engine) standingHook(ctx context.Context, id notify.WebhookID) (notify.Webhook, error) {
	read, err := store.Webhooks.Get(ctx, e.config.Store, id)
	return read.Value, err
}

// addingWebhook registers a webhook, with its secret as it is kept.
type addingWebhook struct {
	e *Engine

	Hook notify.Webhook `json:"hook"`
}

func (*addingWebhook) kind() store.ProposalKind      { return "webhook.register" }
func (a *addingWebhook) of() (what, name string)     { return "webhook", a.Hook.Name }
func (*addingWebhook) needs() request.Permission     { return request.Admin }
func (a *addingWebhook) check(context.Context) error { return a.Hook.Check() }
func (a *addingWebhook) carryOut(ctx context.Context, d *defining) error {
	return a.e.Webhooks().insert(ctx, d, a.Hook)
}

func (a *addingWebhook) differences(context.Context) (manifest.Differences, error) {
	return manifest.Between("webhook", a.Hook.Name, nil, settingsOf(a.Hook)), nil
}

// settingWebhook changes what an administrator has said of a webhook.
type settingWebhook struct {
	e *Engine

	ID       notify.WebhookID `json:"id"`
	Settings WebhookSettings  `json:"settings"`

	hook notify.Webhook
}

func (*settingWebhook) kind() store.ProposalKind  { return "webhook.set" }
func (a *settingWebhook) of() (what, name string) { return "webhook", a.Settings.Name }
func (*settingWebhook) needs() request.Permission { return request.Admin }

func (a *settingWebhook) check(ctx context.Context) error {
	hook, err := a.e.standingHook(ctx, a.ID)
	if err != nil {
		return err
	}
	return a.Settings.with(hook).Check()
}

func (a *settingWebhook) carryOut(ctx context.Context, d *defining) (err error) {
	a.hook, err = a.e.Webhooks().write(ctx, d.c, d.by, a.ID, event.WebhookChanged, func(hook notify.Webhook) (notify.Webhook, error) {
		if a.Settings.URL != hook.URL || a.Settings.Insecure && !hook.Insecure {
			hook.Agreed = ""
		}
		hook = a.Settings.with(hook)
		return hook, hook.Check()
	})
	return err
}

func (a *settingWebhook) differences(ctx context.Context) (manifest.Differences, error) {
	hook, err := a.e.standingHook(ctx, a.ID)
	return manifest.Between("webhook", hook.Name, settingsOf(hook), a.Settings), err
}

// agreeingToWebhook agrees that the answers of forms are sent to a webhook.
type agreeingToWebhook struct {
	e *Engine

	ID   notify.WebhookID `json:"id"`
	Name string           `json:"name"`
	URL  string           `json:"url"` // that was seen

	hook notify.Webhook
}

func (*agreeingToWebhook) kind() store.ProposalKind    { return "webhook.agree" }
func (a *agreeingToWebhook) of() (what, name string)   { return "webhook", a.Name }
func (*agreeingToWebhook) needs() request.Permission   { return request.Governance }
func (*agreeingToWebhook) check(context.Context) error { return nil }

func (a *agreeingToWebhook) carryOut(ctx context.Context, d *defining) (err error) {
	a.hook, err = a.e.Webhooks().write(ctx, d.c, d.by, a.ID, event.WebhookAgreed, func(hook notify.Webhook) (notify.Webhook, error) {
		if hook.URL != a.URL {
			return hook, fmt.Errorf("%w: the webhook has another URL by now", ErrState)
		}
		hook.Agreed = d.by
		return hook, nil
	})
	return err
}

func (a *agreeingToWebhook) differences(ctx context.Context) (manifest.Differences, error) {
	type consent struct {
		URL     string `json:"url"`
		Answers bool   `json:"answersAreSent"`
	}
	hook, err := a.e.standingHook(ctx, a.ID)
	return manifest.Between("webhook", hook.Name, consent{hook.URL, hook.Agreed != ""}, consent{a.URL, true}), err
}

// removingWebhook takes a webhook away.
type removingWebhook struct {
	e *Engine

	ID   notify.WebhookID `json:"id"`
	Name string           `json:"name"`
}

func (*removingWebhook) kind() store.ProposalKind    { return "webhook.remove" }
func (a *removingWebhook) of() (what, name string)   { return "webhook", a.Name }
func (*removingWebhook) needs() request.Permission   { return request.Admin }
func (*removingWebhook) check(context.Context) error { return nil }
func (a *removingWebhook) carryOut(ctx context.Context, d *defining) error {
	return a.e.Webhooks().remove(ctx, d, a.ID)
}

func (a *removingWebhook) differences(ctx context.Context) (manifest.Differences, error) {
	hook, err := a.e.standingHook(ctx, a.ID)
	return manifest.Between("webhook", hook.Name, settingsOf(hook), nil), err
}

// webhookAlterations are those of webhooks.
func (e *Engine) webhookAlterations() []alteration {
	return []alteration{&addingWebhook{e: e}, &settingWebhook{e: e}, &agreeingToWebhook{e: e}, &removingWebhook{e: e}}
}
