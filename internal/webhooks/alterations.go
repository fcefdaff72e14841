package webhooks

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// checkVersion refuses a change that was based on another version of a webhook; 0 leaves
// that open.
func checkVersion(hook notify.Webhook, based int64) error {
	if based == 0 || based == hook.Version {
		return nil
	}
	return &manifest.StaleError{What: "webhooks", Name: hook.Name, Based: int(based), Newest: int(hook.Version)}
}

// Stands reports whether settings are just those of a webhook, by their Version too.
func Stands(s notify.WebhookSettings, hook notify.Webhook) bool {
	return s.Version != 0 && s.Version == hook.Version && len(manifest.Between("webhook", hook.Name, settingsOf(hook), s)) == 0
}

// settingsOf are the settings of a webhook that an administrator chooses.
func settingsOf(w notify.Webhook) notify.WebhookSettings {
	return notify.WebhookSettings{Name: w.Name, URL: w.URL, Events: w.Events, Insecure: w.Insecure, Answers: w.Answers}
}

// Webhook reads a webhook.
func (w *Webhooks) Webhook(ctx context.Context, id notify.WebhookID) (notify.Webhook, error) {
	read, err := records.Webhooks.Get(ctx, w.Store, id)
	return read.Value, err
}

// Registration registers a webhook, with its sealed secret.
type Registration struct {
	Webhooks *Webhooks `json:"-"`

	Hook notify.Webhook `json:"hook"`
}

// Kind is the name of the change in a stored proposal.
func (*Registration) Kind() manifest.ProposalKind { return "webhook.register" }

// Of is the webhook.
func (a *Registration) Of() (what, name string) { return "webhook", a.Hook.Name }

// Needs is ADMIN.
func (*Registration) Needs() request.Permission { return request.Admin }

// Check looks for faults in the webhook.
func (a *Registration) Check(context.Context) error {
	return errors.Join(a.Hook.Check(), a.Webhooks.checkAddress(a.Hook))
}

// CarryOut stores the webhook.
func (a *Registration) CarryOut(ctx context.Context, d *governance.Revision) error {
	return a.Webhooks.insert(ctx, d, a.Hook)
}

// Differences shows the settings of the new webhook.
func (a *Registration) Differences(context.Context) (manifest.Differences, error) {
	return manifest.Between("webhook", a.Hook.Name, nil, settingsOf(a.Hook)), nil
}

// SettingsChange changes the settings of a webhook.
type SettingsChange struct {
	Webhooks *Webhooks `json:"-"`

	ID       notify.WebhookID       `json:"id"`
	Settings notify.WebhookSettings `json:"settings"`
	Based    int64                  `json:"based,omitempty"` // the version of the webhook that was seen; 0 leaves that open

	Hook notify.Webhook `json:"-"`
}

// Kind is the name of the change in a stored proposal.
func (*SettingsChange) Kind() manifest.ProposalKind { return "webhook.set" }

// Of is the webhook, by its new name.
func (a *SettingsChange) Of() (what, name string) { return "webhook", a.Settings.Name }

// Needs is ADMIN.
func (*SettingsChange) Needs() request.Permission { return request.Admin }

// Check looks for faults in the webhook as it would be.
func (a *SettingsChange) Check(ctx context.Context) error {
	hook, err := a.Webhooks.Webhook(ctx, a.ID)
	if err != nil {
		return err
	}
	next := a.Settings.With(hook)
	if next.URL == hook.URL {
		return next.Check()
	}
	return errors.Join(next.Check(), a.Webhooks.checkAddress(next))
}

// CarryOut stores the settings. Another URL, or one that need not be secure any more,
// takes back the agreement that the webhook receives answers.
func (a *SettingsChange) CarryOut(ctx context.Context, d *governance.Revision) (err error) {
	a.Hook, err = a.Webhooks.write(ctx, d.C, d.By, a.ID, event.WebhookChanged, func(hook notify.Webhook) (notify.Webhook, error) {
		if err := checkVersion(hook, a.Based); err != nil {
			return hook, err
		}
		if a.Settings.URL != hook.URL || a.Settings.Insecure && !hook.Insecure {
			hook.Agreed = ""
		}
		hook = a.Settings.With(hook)
		return hook, hook.Check()
	})
	return err
}

// Differences compares the settings with those of now.
func (a *SettingsChange) Differences(ctx context.Context) (manifest.Differences, error) {
	hook, err := a.Webhooks.Webhook(ctx, a.ID)
	return manifest.Between("webhook", hook.Name, settingsOf(hook), a.Settings), err
}

// Agreement agrees that a webhook receives the answers of forms.
type Agreement struct {
	Webhooks *Webhooks `json:"-"`

	ID   notify.WebhookID `json:"id"`
	Name string           `json:"name"`
	URL  string           `json:"url"` // that was seen

	Hook notify.Webhook `json:"-"`
}

// Kind is the name of the change in a stored proposal.
func (*Agreement) Kind() manifest.ProposalKind { return "webhook.agree" }

// Of is the webhook.
func (a *Agreement) Of() (what, name string) { return "webhook", a.Name }

// Needs is GOVERNANCE.
func (*Agreement) Needs() request.Permission { return request.Governance }

// Check finds nothing: the faults show only in the records.
func (*Agreement) Check(context.Context) error { return nil }

// CarryOut stores who agreed. It refuses a webhook that has another URL by now.
func (a *Agreement) CarryOut(ctx context.Context, d *governance.Revision) (err error) {
	a.Hook, err = a.Webhooks.write(ctx, d.C, d.By, a.ID, event.WebhookAgreed, func(hook notify.Webhook) (notify.Webhook, error) {
		if hook.URL != a.URL {
			return hook, fmt.Errorf("%w: the webhook has another URL by now", store.ErrState)
		}
		hook.Agreed = d.By
		return hook, nil
	})
	return err
}

// Differences shows the URL that would receive answers.
func (a *Agreement) Differences(ctx context.Context) (manifest.Differences, error) {
	type consent struct {
		URL     string `json:"url"`
		Answers bool   `json:"answersAreSent"`
	}
	hook, err := a.Webhooks.Webhook(ctx, a.ID)
	return manifest.Between("webhook", hook.Name, consent{hook.URL, hook.Agreed != ""}, consent{a.URL, true}), err
}

// Removal removes a webhook.
type Removal struct {
	Webhooks *Webhooks `json:"-"`

	ID    notify.WebhookID `json:"id"`
	Name  string           `json:"name"`
	Based int64            `json:"based,omitempty"` // the version that was seen; 0 leaves that open
}

// Kind is the name of the change in a stored proposal.
func (*Removal) Kind() manifest.ProposalKind { return "webhook.remove" }

// Of is the webhook.
func (a *Removal) Of() (what, name string) { return "webhook", a.Name }

// Needs is ADMIN.
func (*Removal) Needs() request.Permission { return request.Admin }

// Check finds nothing: the faults show only in the records.
func (*Removal) Check(context.Context) error { return nil }

// CarryOut removes the webhook.
func (a *Removal) CarryOut(ctx context.Context, d *governance.Revision) error {
	return a.Webhooks.remove(ctx, d, a.ID, a.Based)
}

// Differences shows the settings of the webhook that would be removed.
func (a *Removal) Differences(ctx context.Context) (manifest.Differences, error) {
	hook, err := a.Webhooks.Webhook(ctx, a.ID)
	return manifest.Between("webhook", hook.Name, settingsOf(hook), nil), err
}

// Alterations are the alterations of webhooks.
func (w *Webhooks) Alterations() []governance.Alteration {
	return []governance.Alteration{&Registration{Webhooks: w}, &SettingsChange{Webhooks: w}, &Agreement{Webhooks: w}, &Removal{Webhooks: w}}
}
