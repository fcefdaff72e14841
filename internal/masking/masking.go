// Package masking brings masked views into force on the platforms, and suspends them.
package masking

import (
	"time"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/platforms"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/rulebook"
)

// Masking enforces masks on the platforms.
type Masking struct {
	*journal.Journal
	Platforms    *platforms.Platforms
	Rules        *rulebook.Rulebook
	Provisioning *provisioning.Provisioning

	Every time.Duration // between two checks of the masked views
}
