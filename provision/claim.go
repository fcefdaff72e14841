package provision

import (
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// MaxClaims bounds what is claimed at once.
const MaxClaims = 50

// Claim makes access that others gave a grant of ours: the platform then holds the
// same access through us too, and ours ends at its end. What others gave stays as it
// was beside it, unless TakeOver says otherwise.
type Claim struct {
	Asset     catalog.Ref      `json:"asset"`
	Principal string           `json:"principal"`    // who has it on the platform
	By        string           `json:"by,omitempty"` // who gave it; empty if only one did
	Owner     request.PersonID `json:"owner"`        // whose it is from then on: the person, group or service that is the principal
	Duration  request.Duration `json:"duration"`     // from now; ENDLESS is refused
	Reason    string           `json:"reason"`       // why they should keep it

	// TakeOver has what others gave taken away once ours works, where the platform lets
	// us: then the end of the grant is the end of the access.
	TakeOver bool `json:"takeOver,omitempty"`
}

// Claimed is what came of a claim, or would.
type Claimed struct {
	Claim
	Trouble string     `json:"trouble,omitempty"` // why it cannot be claimed; then nothing was done
	Found   *Foreign   `json:"found,omitempty"`   // the access as it stands
	Plan    *Plan      `json:"plan,omitempty"`    // of a dry run: what the platform would run for our grant
	Request request.ID `json:"request,omitempty"` // of the grant
	Already bool       `json:"already,omitempty"` // there was a grant of ours for just this; no other was made
	Taken   bool       `json:"taken,omitempty"`   // what others gave is gone from the platform: it was read back
	Left    string     `json:"left,omitempty"`    // why it is not, where it was to be taken over
}

// MaxForeign bounds how much access of others one survey goes through.
const MaxForeign = 100_000
