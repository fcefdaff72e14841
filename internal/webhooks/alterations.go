package webhooks

import (
	"github.com/grantwright/grantwright/internal/governance"
)

// Alterations are those of webhooks.
func (w *Webhooks) Alterations() []governance.Alteration {
	return []governance.Alteration{&Registration{Webhooks: w}, &SettingsChange{Webhooks: w}, &Agreement{Webhooks: w}, &Removal{Webhooks: w}}
}
