package webhooks

import (
	"github.com/grantwright/grantwright/internal/governance"
)

// OwnAlterations are those of webhooks.
func (w *Webhooks) OwnAlterations() []governance.Alteration {
	return []governance.Alteration{&AddingWebhook{Webhooks: w}, &SettingWebhook{Webhooks: w}, &AgreeingToWebhook{Webhooks: w}, &RemovingWebhook{Webhooks: w}}
}
