package webhooks

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// settingsOf are what an administrator has said of a webhook.
func settingsOf(w notify.Webhook) notify.WebhookSettings {
	return notify.WebhookSettings{Name: w.Name, URL: w.URL, Events: w.Events, Insecure: w.Insecure, Answers: w.Answers}
}

// StandingHook is a webhook as it stands.
func (w *Webhooks) StandingHook(ctx context.Context, id notify.WebhookID) (notify.Webhook, error) {
	read, err := records.Webhooks.Get(ctx, w.Store, id)
	return read.Value, err
}

// AddingWebhook registers a webhook, with its secret as it is kept.
type AddingWebhook struct {
	Webhooks *Webhooks `json:"-"`

	Hook notify.Webhook `json:"hook"`
}

func (*AddingWebhook) Kind() manifest.ProposalKind { return "webhook.register" }

func (a *AddingWebhook) Of() (what, name string) { return "webhook", a.Hook.Name }

func (*AddingWebhook) Needs() request.Permission { return request.Admin }

func (a *AddingWebhook) Check(context.Context) error { return a.Hook.Check() }

func (a *AddingWebhook) CarryOut(ctx context.Context, d *governance.Defining) error {
	return a.Webhooks.insert(ctx, d, a.Hook)
}

func (a *AddingWebhook) Differences(context.Context) (manifest.Differences, error) {
	return manifest.Between("webhook", a.Hook.Name, nil, settingsOf(a.Hook)), nil
}

// SettingWebhook changes what an administrator has said of a webhook.
type SettingWebhook struct {
	Webhooks *Webhooks `json:"-"`

	ID       notify.WebhookID       `json:"id"`
	Settings notify.WebhookSettings `json:"settings"`

	Hook notify.Webhook `json:"-"`
}

func (*SettingWebhook) Kind() manifest.ProposalKind { return "webhook.set" }

func (a *SettingWebhook) Of() (what, name string) { return "webhook", a.Settings.Name }

func (*SettingWebhook) Needs() request.Permission { return request.Admin }

func (a *SettingWebhook) Check(ctx context.Context) error {
	hook, err := a.Webhooks.StandingHook(ctx, a.ID)
	if err != nil {
		return err
	}
	return a.Settings.With(hook).Check()
}

func (a *SettingWebhook) CarryOut(ctx context.Context, d *governance.Defining) (err error) {
	a.Hook, err = a.Webhooks.write(ctx, d.C, d.By, a.ID, event.WebhookChanged, func(hook notify.Webhook) (notify.Webhook, error) {
		if a.Settings.URL != hook.URL || a.Settings.Insecure && !hook.Insecure {
			hook.Agreed = ""
		}
		hook = a.Settings.With(hook)
		return hook, hook.Check()
	})
	return err
}

func (a *SettingWebhook) Differences(ctx context.Context) (manifest.Differences, error) {
	hook, err := a.Webhooks.StandingHook(ctx, a.ID)
	return manifest.Between("webhook", hook.Name, settingsOf(hook), a.Settings), err
}

// AgreeingToWebhook agrees that the answers of forms are sent to a webhook.
type AgreeingToWebhook struct {
	Webhooks *Webhooks `json:"-"`

	ID   notify.WebhookID `json:"id"`
	Name string           `json:"name"`
	URL  string           `json:"url"` // that was seen

	Hook notify.Webhook `json:"-"`
}

func (*AgreeingToWebhook) Kind() manifest.ProposalKind { return "webhook.agree" }

func (a *AgreeingToWebhook) Of() (what, name string) { return "webhook", a.Name }

func (*AgreeingToWebhook) Needs() request.Permission { return request.Governance }

func (*AgreeingToWebhook) Check(context.Context) error { return nil }

func (a *AgreeingToWebhook) CarryOut(ctx context.Context, d *governance.Defining) (err error) {
	a.Hook, err = a.Webhooks.write(ctx, d.C, d.By, a.ID, event.WebhookAgreed, func(hook notify.Webhook) (notify.Webhook, error) {
		if hook.URL != a.URL {
			return hook, fmt.Errorf("%w: the webhook has another URL by now", store.ErrState)
		}
		hook.Agreed = d.By
		return hook, nil
	})
	return err
}

func (a *AgreeingToWebhook) Differences(ctx context.Context) (manifest.Differences, error) {
	type consent struct {
		URL     string `json:"url"`
		Answers bool   `json:"answersAreSent"`
	}
	hook, err := a.Webhooks.StandingHook(ctx, a.ID)
	return manifest.Between("webhook", hook.Name, consent{hook.URL, hook.Agreed != ""}, consent{a.URL, true}), err
}

// RemovingWebhook takes a webhook away.
type RemovingWebhook struct {
	Webhooks *Webhooks `json:"-"`

	ID   notify.WebhookID `json:"id"`
	Name string           `json:"name"`
}

func (*RemovingWebhook) Kind() manifest.ProposalKind { return "webhook.remove" }

func (a *RemovingWebhook) Of() (what, name string) { return "webhook", a.Name }

func (*RemovingWebhook) Needs() request.Permission { return request.Admin }

func (*RemovingWebhook) Check(context.Context) error { return nil }

func (a *RemovingWebhook) CarryOut(ctx context.Context, d *governance.Defining) error {
	return a.Webhooks.remove(ctx, d, a.ID)
}

func (a *RemovingWebhook) Differences(ctx context.Context) (manifest.Differences, error) {
	hook, err := a.Webhooks.StandingHook(ctx, a.ID)
	return manifest.Between("webhook", hook.Name, settingsOf(hook), nil), err
}
